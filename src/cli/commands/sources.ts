import type { Command } from 'commander';
import { envelopes } from '../../envelopes/index.ts';
import type { Row } from '../../query/plain-value.ts';
import { sources } from '../../sources/index.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
} from '../options.ts';
import { makeOutput } from '../output.ts';

/** `custody sources`: what each log source, and each wrapper of a shipper or cloud, is recognised by. */
export function registerSources(program: Command): void {
  const command = program
    .command('sources')
    .summary('what each log source is recognised by')
    .description(
      'Lists the log sources that Custody knows, and the wrappers of shippers and clouds in which it finds ' +
        'their records, and by what it recognises each.',
    );
  addFormatOption(addCommonOptions(command)).action((options: CommonOptions & FormatOption) => {
    const logs: Row[] = sources.map((source) => ({
      id: source.id,
      kind: 'source',
      title: source.title,
      formats: [...source.formats],
      recognised_by: [
        ...source.promise.all,
        ...source.promise.any.map((keys) => keys.join(' or ')),
        ...source.promise.none.map((key) => `no ${key}`),
        ...(source.lines?.recognised_by ?? []).map((line) => `or a line: ${line}`),
      ],
      documents: source.documents.map((document) => document.url),
    }));
    const wrappers: Row[] = envelopes.map((envelope) => ({
      id: envelope.id,
      kind: 'envelope',
      title: envelope.title,
      formats: [envelope.open && 'json', envelope.strip && 'line'].filter(
        (each) => each !== undefined,
      ),
      recognised_by: [...envelope.recognised_by],
      documents: envelope.documents.map((document) => document.url),
    }));
    const columns = ['id', 'kind', 'title', 'formats', 'recognised_by', 'documents'];
    makeOutput(options).rows(options.format, columns, [...logs, ...wrappers]);
  });
}

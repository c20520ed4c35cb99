import type { Command } from 'commander';
import type { Row } from '../../query/plain-value.ts';
import { sources } from '../../sources/index.ts';
import {
  addCommonOptions,
  addFormatOption,
  type CommonOptions,
  type FormatOption,
} from '../options.ts';
import { makeOutput } from '../output.ts';

/** `custody sources`: what each log source is recognised by. */
export function registerSources(program: Command): void {
  const command = program
    .command('sources')
    .summary('what each log source is recognised by')
    .description('Lists the log sources that Custody knows and by what it recognises each.');
  addFormatOption(addCommonOptions(command)).action((options: CommonOptions & FormatOption) => {
    const rows: Row[] = sources.map((source) => ({
      id: source.id,
      title: source.title,
      formats: [...source.formats],
      recognised_by: [
        ...source.promise.all,
        ...source.promise.any.map((keys) => keys.join(' or ')),
        ...source.promise.none.map((key) => `no ${key}`),
      ],
      documents: source.documents.map((document) => document.url),
    }));
    const columns = ['id', 'title', 'formats', 'recognised_by', 'documents'];
    makeOutput(options).rows(options.format, columns, rows);
  });
}

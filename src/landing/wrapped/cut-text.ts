import { parsePositionedJson } from '../positioned-json.ts';

/** https://github.com/falcosecurity/plugins, plugins/k8saudit-eks: how CloudWatch marks what it cut off. */
const mark = /\[Truncated\.\.\.\]\s*$/;

/**
 * The members of a JSON object that stand whole before the place where it was cut off, as an object of its
 * own; null for a text without the mark of a cut. The last member is left out: it may be the one cut.
 */
export function withoutCutMember(text: string): string | null {
  if (!mark.test(text)) return null;
  const bytes = Buffer.from(text.replace(mark, ''));
  const root = parsePositionedJson(bytes);
  if (root?.kind !== 'object') return null;
  const members = root.members.slice(0, -1).map(({ key, value }) => {
    const place = value.locate(0, 0);
    const isText = value.kind === 'text' || place === null;
    const literal = isText
      ? JSON.stringify(value.text)
      : bytes.toString('utf8', place.start, place.end);
    return `${JSON.stringify(key)}:${literal}`;
  });
  const kept = `{${members.join(',')}}`.replace(/[\r\n]/g, ' ');
  try {
    JSON.parse(kept);
    return kept;
  } catch {
    return null;
  }
}

import { isUtf8 } from 'node:buffer';
import { type Envelope, textAt } from './envelope.ts';

const version1 =
  /^<\d{1,3}>1 \S+ \S+ \S+ \S+ \S+ (?:-|(?:\[(?:[^\]\\"]|"(?:[^"\\]|\\.)*"|\\.)*\])+) ?\ufeff?(?=[^ ])/;
const old =
  /^(?:<\d{1,3}>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)) \S+ [^\s:[{]+(?:\[\d+\])?: ?(?:@cee: ?)?(?=[{[])/;

/** Lines of syslog with JSON in their message, and the objects that rsyslog and journald make of them. */
export const envelope: Envelope = {
  id: 'syslog',
  title: 'syslog around JSON; journald',
  recognised_by: ['a header of RFC 5424 or RFC 3164, then JSON', 'MESSAGE', 'msg beside syslogtag'],
  documents: [
    { title: 'RFC 5424', url: 'https://www.rfc-editor.org/rfc/rfc5424' },
    { title: 'RFC 3164', url: 'https://www.rfc-editor.org/rfc/rfc3164' },
    {
      title: 'systemd: journal JSON format',
      url: 'https://systemd.io/JOURNAL_EXPORT_FORMATS/#journal-json-format',
    },
    {
      title: 'systemd: journal fields',
      url: 'https://www.freedesktop.org/software/systemd/man/latest/systemd.journal-fields.html',
    },
  ],
  open(value) {
    const message = textAt(value, 'MESSAGE') ?? textOfBytes(value.MESSAGE);
    if (message !== null) return [{ pointer: '/MESSAGE', value: message }];
    const msg = textAt(value, 'msg');
    if (msg === null || textAt(value, 'syslogtag') === null) return null;
    return [{ pointer: '/msg', value: msg }];
  },
  strip(line) {
    const found = version1.exec(line) ?? old.exec(line);
    return found && { rest: line.slice(found[0].length) };
  },
};

/** A field that is not all printable text is a list of bytes; null where it is none. */
function textOfBytes(field: unknown): string | null {
  if (!Array.isArray(field) || field.length === 0) return null;
  const isBytes = field.every((each) => Number.isInteger(each) && each >= 0 && each <= 255);
  const bytes = isBytes ? Buffer.from(field as number[]) : null;
  return bytes !== null && isUtf8(bytes) ? bytes.toString('utf8') : null;
}

import { columnsAs, type Source } from '../source.ts';

/** A message of RFC 5424 whose application is Conjur: priority, version, time, host, application. */
const message = /^<\d{1,3}>1 \S+ \S+ conjur \S+ \S+ (?:-(?: |$)|\[)/;
/** 43868 is the enterprise number of Conjur's structured data. */
const structured = /^(?:\S+ ){6}\[(?:[^\]]|\\\])*?@43868 /;

/** The audit log of Conjur, open source and Enterprise. */
export const conjur: Source = {
  id: 'conjur',
  title: 'Conjur audit log',
  // Enterprise servers write the same as JSON beside, with the structured data as objects.
  promise: {
    all: ['action@43868'],
    any: [['auth@43868', 'subject@43868']],
    none: ['apiVersion', 'kind', 'protoPayload', 'eventSource'],
  },
  formats: ['json', 'text'],
  lines: {
    recognised_by: ['a message of RFC 5424 of conjur with structured data of 43868'],
    fits: (line) => message.test(line),
    tells: (line) => message.test(line) && structured.test(line),
  },
  // Of JSON; a message of RFC 5424 is taken apart in normalise.sql.
  columns: columnsAs('text', {
    time_stated: ['timestamp'],
    time_received: ['@timestamp'],
    time_iso: ['ISODATE'],
    host_stated: ['HOST'],
    process_stated: ['PID'],
    message_id_stated: ['MSGID'],
    message_stated: ['MESSAGE'],
    user_stated: ['auth@43868', 'user'],
    authenticator_stated: ['auth@43868', 'authenticator'],
    service_stated: ['auth@43868', 'service'],
    resource_stated: ['subject@43868', 'resource'],
    role_stated: ['subject@43868', 'role'],
    version_stated: ['subject@43868', 'version'],
    annotation_stated: ['subject@43868', 'annotation'],
    owner_stated: ['subject@43868', 'owner'],
    privilege_stated: ['subject@43868', 'privilege'],
    address_stated: ['client@43868', 'ip'],
    result_stated: ['action@43868', 'result'],
    operation_stated: ['action@43868', 'operation'],
    policy_stated: ['policy@43868', 'id'],
    policy_version_stated: ['policy@43868', 'version'],
  }),
  // Conjur logs neither values nor tokens: what a text of a known format may hold is all there is.
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  documents: [
    {
      title: 'Conjur: RFC 5424 event specification',
      url: 'https://github.com/cyberark/conjur/blob/master/docs/audit.md',
    },
    {
      title: 'CyberArk: audit log structure',
      url: 'https://docs.cyberark.com/Product-Doc/OnlineHelp/AAM-DAP/Latest/en/Content/Operations/Services/Audit/dap-auditlog-structure.htm',
    },
    {
      title: 'CyberArk: audit event reference',
      url: 'https://docs.cyberark.com/Product-Doc/OnlineHelp/AAM-DAP/Latest/en/Content/Operations/Services/Audit/dap-audit-events.htm',
    },
    { title: 'RFC 5424', url: 'https://www.rfc-editor.org/rfc/rfc5424' },
  ],
};

import { visitNodes } from '../../landing/positioned-tree.ts';
import { columnsAs, type Source } from '../source.ts';

/** As text a line is pairs of a name and a value; both of these are in all of them. */
const account = /\baccount_id["']?\s*[:=]\s*["']?\w/;
const access = /\baccess_id["']?\s*[:=]\s*["']?[\w-]+/;
const action = /\baction["']?\s*[:=]\s*["']?\w/;

/** What a request may hand in; its log should not have it. */
const secretKeys = [
  'token',
  'uid_token',
  'access_key',
  'password',
  'secret_value',
  'value',
  'new_value',
  'private_key',
];

/** The audit log of an Akeyless account, as its gateway forwards it. */
export const akeyless: Source = {
  id: 'akeyless',
  title: 'Akeyless audit log',
  promise: {
    all: ['access_id', 'action'],
    any: [
      ['account_id', 'request_parameters'],
      ['timestamp', 'time', '@timestamp'],
    ],
    none: ['apiVersion', 'kind', 'protoPayload', 'eventSource', 'verb', 'stage'],
  },
  formats: ['json', 'text'],
  lines: {
    recognised_by: ['account_id, access_id and action, each with a value behind : or ='],
    fits: isLine,
    tells: isLine,
  },
  columns: [
    ...columnsAs('text', {
      time_stated: ['timestamp'],
      time_short: ['time'],
      time_received: ['@timestamp'],
      account_stated: ['account_id'],
      access_stated: ['access_id'],
      action_stated: ['action'],
      item_type_stated: ['item_type'],
      status_stated: ['status'],
      duration_stated: ['duration'],
      unique_id_stated: ['unique_id'],
      access_type_stated: ['access_type'],
      parameter_access_type: ['request_parameters', 'access_type'],
      parameter_unique_id: ['request_parameters', 'unique_id'],
      parameter_user_agent: ['request_parameters', 'user_agent'],
      parameter_version: ['request_parameters', 'version'],
      resolved_item_name: ['request_parameters', 'resolved_item_name'],
      parameter_item_name: ['request_parameters', 'item_name'],
      parameter_name: ['request_parameters', 'name'],
    }),
    ...columnsAs('json', {
      address_stated: ['remote_addr'],
      parameter_names: ['request_parameters', 'names'],
    }),
  ],
  redact: {
    signals: { secret: { keys: secretKeys, when: 'text' } },
    candidates: [['secret']],
    nestedWords: secretKeys,
    mark(root, mark) {
      visitNodes(root, (node) => {
        for (const { key, value } of node.members) {
          if (secretKeys.includes(key) && value.kind === 'text' && value.text !== '') mark(value);
        }
      });
    },
  },
  documents: [
    { title: 'Akeyless: audit logs', url: 'https://docs.akeyless.io/docs/audit-logs' },
    { title: 'Akeyless: actions in the log', url: 'https://docs.akeyless.io/docs/log-actions' },
    {
      title: 'Google SecOps: Akeyless Vault logs',
      url: 'https://docs.cloud.google.com/chronicle/docs/ingestion/default-parsers/akeyless-vault',
    },
  ],
};

/** What begins as JSON and is none is a torn entry. */
function isLine(line: string): boolean {
  return !line.startsWith('{') && account.test(line) && access.test(line) && action.test(line);
}

import type { Tables } from './run-case.ts';

/**
 * One statement about RBAC, by its first key: `Role`, `ClusterRole`, `RoleBinding`,
 * `ClusterRoleBinding`, `user` or `snapshot`. A namespaced name is `namespace/name`.
 */
// biome-ignore lint/suspicious/noExplicitAny: what YAML holds; the tables check the columns.
export type Statement = Record<string, any>;

/** Turns statements into the facts that logs and snapshots would state. */
export function rbacFacts(statements: readonly Statement[]): Tables {
  const tables: Record<string, Statement[]> = {};
  for (const [index, statement] of statements.entries()) {
    for (const [table, fact] of told(statement)) {
      const id = `${table}-${index}`;
      tables[table] = [...(tables[table] ?? []), { id, ...fact }];
    }
  }
  return tables;
}

function told(statement: Statement): [string, Statement][] {
  const [kind = ''] = Object.keys(statement);
  const { at, [kind]: value, ...rest } = statement;
  if (kind === 'snapshot') return snapshot(time(value), rest);
  const common: Statement = { at: time(at), ...rest };
  if (kind === 'user') return [['fact_group_membership', { ...common, actor: value }]];
  const { action = 'observed', complete = true, role, subjects, ...others } = common;
  const base = { ...others, action, complete, kind, ...named(value) };
  if (kind.endsWith('Binding'))
    return [['fact_role_binding', { ...base, ...bound(role, subjects) }]];
  return [['fact_role', base]];
}

/** A snapshot of everything, with one object of each kind that has no part in any case. */
function snapshot(at: string, rest: Statement): [string, Statement][] {
  const seen = { at, action: 'observed', complete: true, ...rest };
  const nobody = { role_kind: 'ClusterRole', role_name: 'nothing', subjects: [] };
  return [
    ['fact_role', { ...seen, kind: 'ClusterRole', name: 'nothing', rules: [] }],
    ['fact_role', { ...seen, kind: 'Role', namespace: 'elsewhere', name: 'nothing', rules: [] }],
    ['fact_role_binding', { ...seen, kind: 'ClusterRoleBinding', name: 'nobody', ...nobody }],
    [
      'fact_role_binding',
      { ...seen, kind: 'RoleBinding', namespace: 'elsewhere', name: 'nobody', ...nobody },
    ],
  ];
}

function named(value: string): Statement {
  const [first, second] = value.split('/');
  if (second === undefined) return { name: first };
  return { namespace: first, name: second === '' ? null : second };
}

/** `role: ClusterRole view`, `subjects: [User jane, Group dev, ServiceAccount payments/api]`. */
function bound(role: string | undefined, subjects: string[] | undefined): Statement {
  const [role_kind, role_name] = role?.split(' ') ?? [];
  const entries = subjects?.map((subject) => {
    const [kind = '', ...words] = subject.split(' ');
    const name = words.join(' ');
    return kind === 'ServiceAccount' ? { kind, ...named(name) } : { kind, name };
  });
  return { role_kind, role_name, subjects: entries };
}

/** A time of the one day of all cases. */
function time(clock: string): string {
  return new Date(`2026-01-01T${clock}Z`).toISOString();
}

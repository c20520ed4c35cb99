/** `secret/data/payments/stripe?version=2` is version 2 of `secret/payments/stripe`. */
export function splitSecretPath(secretPath: string): { path: string; version: number | null } {
  const [path = '', query] = secretPath.split('?');
  const version = query === undefined ? null : Number(query.replace('version=', ''));
  return { path: path.replace('/data/', '/'), version };
}

type Plain = (place: string) => string;
type Plant = (place: string, make: (seed: string) => string) => string;

/** Logs of text lines with secrets in them, by the names of their files; `token` makes one of a known format. */
export function plantedText(
  plain: Plain,
  plant: Plant,
  token: (seed: string) => string,
): Record<string, string> {
  const message =
    '<84>1 2026-11-20T03:00:00.000Z - conjur 1-2 authn [action@43868 result="failure"';
  const klog = 'I1120 03:00:00.000000       1 nodeserver.go:242]';
  const hclog = '2026-11-20T03:00:00.000Z [INFO]  server:';
  const lines = {
    conjur: [
      `${message}] failed to authenticate: password=${plain('Conjur message')}`,
      `${message} operation="authenticate"] token ${plant('Conjur message, token', token)}`,
    ],
    driver: [
      `${klog} "node publish volume complete" targetPath="/p" pod="a/b"`,
      `${klog} "failed" err="https://u:${plain('address in klog')}@vault/"`,
      `${klog} "failed" err="Authorization: Bearer ${plant('bearer in klog', token)}"`,
      `${hclog} secret added to mount response: directory=/p file=${plant('hclog', token)}`,
    ],
  };
  const akeyless = {
    timestamp: '2026-11-20T03:00:00Z',
    account_id: 'acc-1',
    access_id: 'p-1',
    action: 'update_secret_val',
    status: 200,
    request_parameters: {
      resolved_item_name: '/payments/stripe',
      value: plain('Akeyless value'),
      token: plain('Akeyless token'),
    },
  };
  const wrapped = `${message}] failed to authenticate: password=${plain('text in a wrapper')}`;
  return {
    'conjur.log': `${lines.conjur.join('\n')}\n`,
    'driver.log': `${lines.driver.join('\n')}\n`,
    'akeyless.log': `${JSON.stringify(akeyless)}\n`,
    'container.log': `2026-11-20T03:00:00Z stdout F ${wrapped}\n`,
    'shipped.log': `${JSON.stringify({ log: `${wrapped}\n` })}\n`,
  };
}

import { describe, expect, it } from 'vitest';
import { recogniseSource } from '../../src/sources/recognise.ts';

const audit = '{"kind":"Event","verb":"get","user":{"username":"a"}}';
const vault = '{"time":"2025-01-01T00:00:00Z","type":"request","request":{"operation":"help"}}';
const pod = '{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}}';
const yaml = 'apiVersion: v1\nkind: Pod\nmetadata:\n  name: a\n';

const conjur =
  '<86>1 2026-03-02T10:00:00.000Z - conjur 1-2 fetch [action@43868 result="success"] a fetched b';

const klog = (line: string): string => `I0228 06:54:34.847700       1 ${line}`;
const driver = 'nodeserver.go:253] "node publish volume complete" targetPath="/p" pod="a/b"';

describe('a file', () => {
  it.each([
    ['audit lines', `${audit}\n${audit}\n`, 'k8s_audit', 'json'],
    ['audit lines behind damage', `GARBAGE\n{"kind":\n\n${audit}\n`, 'k8s_audit', 'json'],
    [
      'an event of 2017',
      '{"kind":"Event","apiVersion":"audit.k8s.io/v1beta1","level":"Metadata","stage":"x","requestURI":"/"}',
      'k8s_audit',
      'json',
    ],
    [
      'a list of events',
      `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","items":[${audit}]}`,
      'k8s_audit',
      'json',
    ],
    ['a byte order mark before events', `\ufeff${audit}\r\n`, 'k8s_audit', 'json'],
    ['a pretty-printed event', JSON.stringify(JSON.parse(audit), null, 2), 'k8s_audit', 'json'],
    ['Vault lines', `${vault}\n`, 'vault_audit', 'json'],
    [
      'a KMIP line',
      '{"time":"t","type":"kmip-request","request":{"remote_address":"1.2.3.4:5"}}\n',
      'vault_audit',
      'json',
    ],
    ['objects', `{"kind":"List","apiVersion":"v1","items":[${pod}]}`, 'k8s_objects', 'json'],
    [
      'an Event object',
      '{"kind":"Event","apiVersion":"v1","metadata":{},"involvedObject":{},"reason":"x"}',
      'k8s_objects',
      'json',
    ],
    ['a manifest', `# licence\n---\n${yaml}`, 'k8s_objects', 'yaml'],
    [
      "a team's custody.yaml",
      '# ours\ncustody: 1\nteam: a\nworkloads: []\n',
      'custody_yaml',
      'yaml',
    ],
    ['a manifest that is a template', `${yaml}  x: |\n$VALUE\n`, 'k8s_objects', 'yaml'],
    ['lines of several kinds', `${vault}\n${audit}\n${vault}\n`, 'vault_audit', 'json'],
    ['JSON of no known kind', '{"kind":0}\n{"a":1}\n', undefined, 'json'],
    [
      'a log entry of GKE',
      '{"protoPayload":{"serviceName":"k8s.io"},"resource":{},"timestamp":"t"}\n',
      'gcp_audit',
      'json',
    ],
    [
      'records of a vault of Azure',
      '{"records":[{"time":"t","category":"AuditEvent","operationName":"SecretGet","properties":{}}]}',
      'azure_key_vault',
      'json',
    ],
    [
      'a row of AzureDiagnostics',
      '{"TimeGenerated":"t","OperationName":"SecretGet","ResourceProvider":"MICROSOFT.KEYVAULT","Category":"AuditEvent","id_s":"x"}\n',
      'azure_key_vault',
      'json',
    ],
    [
      'a sign-in of a managed identity',
      '{"time":"t","category":"ManagedIdentitySignInLogs","properties":{"appId":"a"}}\n',
      'azure_sign_in',
      'json',
    ],
    [
      'a file of a trail of AWS',
      '{"Records":[{"eventVersion":"1.09","eventTime":"t","eventSource":"sts.amazonaws.com","eventName":"AssumeRole"}]}',
      'aws_cloudtrail',
      'json',
    ],
    [
      'a digest of a trail of AWS',
      '{"awsAccountId":"1","digestStartTime":"t","digestEndTime":"t","digestS3Object":"o","logFiles":[]}',
      'aws_cloudtrail',
      'json',
    ],
    [
      'an event inside a text (AKS)',
      `{"category":"kube-audit","properties":{"log":${JSON.stringify(audit)}}}\n`,
      'wrapped',
      'json',
    ],
    ['messages of Conjur', `${conjur}\r\n\n${conjur}\n`, 'conjur', 'text'],
    ['messages of Conjur among others', `${conjur}\nsshd: x\n{"a":1}\nnone\n`, 'conjur', 'text'],
    [
      'messages of Conjur as JSON',
      '{"action@43868":{"result":"success"},"auth@43868":{}}\n',
      'conjur',
      'json',
    ],
    [
      'messages of the server alone',
      '<30>1 2026-03-02T10:00:00.000Z - conjur 12 - - it says something\n',
      undefined,
      'none',
    ],
    [
      'messages of Conjur from a container',
      `2026-03-02T10:00:00Z stdout F ${conjur}\n`,
      'wrapped',
      'json',
    ],
    [
      'messages of Conjur in texts',
      `${JSON.stringify({ log: `${conjur}\n` })}\n`,
      'wrapped',
      'json',
    ],
    [
      'the driver among what it says',
      `${klog('server.go:1')}\n${klog(driver)}\n`,
      'csi_log',
      'text',
    ],
    [
      'the driver in a container',
      `2026-02-28T06:54:34Z stderr F ${klog(driver)}\n`,
      'csi_log',
      'text',
    ],
    [
      'the driver as JSON',
      '{"timestamp":"t","caller":"nodeserver.go:1","message":"m","targetPath":"/"}\n',
      'csi_log',
      'json',
    ],
    ['the driver in texts', `${JSON.stringify({ log: klog(driver) })}\n`, 'wrapped', 'json'],
    [
      'entries of Akeyless',
      '{"timestamp":"t","account_id":"acc-1","access_id":"p-1","action":"get_item"}\n',
      'akeyless',
      'json',
    ],
    [
      'entries of Akeyless as text',
      '2026-03-02T10:00:00Z account_id: acc-1, access_id: p-1, action: get_item, status: 200\n',
      'akeyless',
      'text',
    ],
    ['another program of Kubernetes', `${klog('kubelet.go:100] "SyncLoop"')}\n`, undefined, 'none'],
    ['more audit lines than messages', `${audit}\n${audit}\n${conjur}\n`, 'k8s_audit', 'json'],
    ['YAML of another kind', 'services:\n  a:\n    image: b\n', undefined, 'none'],
    ['prose', 'Apache License\n\n[1] 12\n', undefined, 'none'],
    ['nothing', '', undefined, 'none'],
    ['bytes', '\0\u0001\u0002', undefined, 'none'],
  ])('with %s', (_, content, id, format) => {
    const { source, format: found, undecided } = recogniseSource(Buffer.from(content), true);
    expect({ id: source?.id, format: found, undecided }).toEqual({ id, format, undecided: false });
  });

  it('is told by the lines that its beginning holds whole', () => {
    expect(recogniseSource(Buffer.from(`${audit}\n${audit.slice(0, 20)}`), false).source?.id).toBe(
      'k8s_audit',
    );
    expect(recogniseSource(Buffer.from(`[${audit},${audit.slice(0, 20)}`), false).source?.id).toBe(
      'k8s_audit',
    );
  });

  it('whose beginning holds no whole value is undecided', () => {
    expect(recogniseSource(Buffer.from(audit.slice(0, 20)), false)).toEqual({
      source: null,
      format: 'json',
      undecided: true,
    });
  });
});

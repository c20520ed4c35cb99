import { columnsAs, type Source } from '../source.ts';

/** A container runtime may have put time, stream and F before the line. */
const cri = '(?:\\d{4}-\\d\\d-\\d\\dT\\S+ (?:stdout|stderr) F(?::\\w+)* )?';
const klog = '[IWEF]\\d{4} \\d\\d:\\d\\d:\\d\\d\\.\\d{6} +\\d+ ([\\w.-]+\\.go):\\d+\\] ';
const hashicorp =
  '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\S* \\[(?:TRACE|DEBUG|INFO|WARN|ERROR)\\] +';
const plain = '\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)? ';

const anyLine = new RegExp(`^${cri}(?:${klog}|${hashicorp}|${plain})`);
/** Files of the driver that no other program of Kubernetes has, and what its calls and providers say. */
const driverLine = new RegExp(
  `^${cri}${klog}(?:"(?:node (?:un)?publish volume complete|Using gRPC client|` +
    'failed to mount secrets store object content)"|Servicing mount request for pod )',
);
const controllerLine = new RegExp(
  `^${cri}[IWEF]\\d{4} \\S+ +\\d+ secretproviderclasspodstatus_controller\\.go:\\d+\\] `,
);
const providerLine = new RegExp(
  `^${cri}(?:${hashicorp}|${plain}).*(?:secret added to mount response|CSIDriverProvider/Mount)`,
);

/** Container logs of the Secrets Store CSI driver and of its providers. */
export const csiLog: Source = {
  id: 'csi_log',
  title: 'Container logs of the Secrets Store CSI driver and its providers',
  // As JSON the driver is told by what it says of a mount.
  promise: {
    all: [],
    any: [
      ['caller', '@module'],
      ['message', 'msg', '@message'],
      ['timestamp', 'ts', '@timestamp'],
      ['targetPath', 'directory', 'spcps'],
    ],
    none: ['apiVersion', 'kind', 'protoPayload', 'eventSource', 'verb', 'requestURI'],
  },
  formats: ['json', 'text'],
  lines: {
    recognised_by: [
      'klog of the driver: node publish volume complete, Using gRPC client and the like',
      'a provider that says: secret added to mount response',
    ],
    fits: (line) => anyLine.test(line),
    tells: (line) => driverLine.test(line) || controllerLine.test(line) || providerLine.test(line),
  },
  columns: [
    ...columnsAs('text', {
      time_stated: ['timestamp'],
      time_epoch: ['ts'],
      time_named: ['@timestamp'],
      message_stated: ['message'],
      message_short: ['msg'],
      message_named: ['@message'],
      target_path_stated: ['targetPath'],
      directory_stated: ['directory'],
      file_stated: ['file'],
      provider_stated: ['provider'],
      error_stated: ['err'],
    }),
    ...columnsAs('json', { pod_stated: ['pod'] }),
  ],
  // The driver strips secrets from the calls that it logs; tokens of known formats are looked for everywhere.
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  documents: [
    {
      title: 'Secrets Store CSI Driver: troubleshooting',
      url: 'https://secrets-store-csi-driver.sigs.k8s.io/troubleshooting',
    },
    {
      title: 'Vault CSI provider: what it says of a mount',
      url: 'https://github.com/hashicorp/vault-csi-provider/blob/v1.7.4/internal/provider/provider.go',
    },
    {
      title: 'Akeyless CSI provider: what it says of a mount',
      url: 'https://github.com/akeylesslabs/akeyless-csi-provider/blob/main/internal/provider/provider.go',
    },
    {
      title: 'klog: format of a line',
      url: 'https://github.com/kubernetes/klog/blob/main/klog.go',
    },
  ],
};

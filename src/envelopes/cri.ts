import type { Envelope } from './envelope.ts';

// Lines are split into pieces of 16 KiB by container runtimes, marked P; the last one is marked F.
const prefix =
  /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d) (?:stdout|stderr) ([PF])(?::\w+)* /;

/** Container log lines as the kubelet's runtimes write them. */
export const envelope: Envelope = {
  id: 'cri',
  title: 'Container runtime (CRI) log lines',
  recognised_by: ['a line of time, stdout or stderr, F or P, then the text'],
  documents: [
    {
      title: 'Kubernetes: CRI log format',
      url: 'https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md',
    },
  ],
  strip(line) {
    const found = prefix.exec(line);
    if (found === null) return null;
    const rest = line.slice(found[0].length);
    return found[1] === 'P' ? { rest, partial: true } : { rest };
  },
};

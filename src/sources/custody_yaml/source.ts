import type { Source } from '../source.ts';

/** What a team states of its workloads: purpose, owner of the access review, day of the last one. */
export const custodyYaml: Source = {
  id: 'custody_yaml',
  title: "custody.yaml: a team's own statements on its workloads",
  promise: { all: ['custody'], any: [['workloads']], none: ['apiVersion'] },
  formats: ['yaml'],
  redact: { signals: {}, candidates: [], nestedWords: [], mark: () => {} },
  check: async (text) => (await import('./schema.ts')).checkCustodyYaml(text),
  documents: [{ title: 'YAML 1.2', url: 'https://yaml.org/spec/1.2.2/' }],
};

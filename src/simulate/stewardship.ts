import { stringify } from 'yaml';
import { namespaceName, type Team } from './scenery.ts';

const purposes = ['model_api', 'retrieval_store', 'data_pipeline', 'signing', 'telemetry'];

/** The `custody.yaml` of every second team: whose workloads these are, and when access was reviewed. */
export function stewardship(teams: readonly Team[]): { name: string; text: string }[] {
  const namespaces = [...new Set(teams.map(({ namespace }) => namespace))];
  return namespaces
    .filter((_, index) => index % 2 === 0)
    .map((namespace, index) => ({
      name: `custody-${namespace}.yaml`,
      text: stringify({
        custody: 1,
        team: namespace,
        workloads: [
          {
            namespace,
            workload: 'Deployment/api',
            purpose: purposes[index % purposes.length],
            access_review: { owner: `${namespaceName(index)}-leads`, last_review: '2026-02-01' },
          },
        ],
      }),
    }));
}

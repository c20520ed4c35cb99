import type { DuckDBConnection } from '@duckdb/node-api';
import { DuckDBScalarFunction, VARCHAR } from '../../duckdb.ts';
import { readAwsPolicy } from './aws-policy.ts';
import { readAwsTrust } from './aws-trust.ts';
import { readGcpPolicy, readGcpTrust } from './gcp-policy.ts';
import { readVaultPolicy } from './vault-policy.ts';

/** What reads the policies of each vendor's own language, by the name that SQL calls it. */
const readers: Readonly<Record<string, (text: string) => unknown>> = {
  vault_policy_rules: readVaultPolicy,
  aws_policy_rules: readAwsPolicy,
  aws_trust: readAwsTrust,
  gcp_policy_rules: readGcpPolicy,
  gcp_trust: readGcpTrust,
};

/**
 * Registers the readers for SQL, each as `<name>(varchar) -> varchar`: what a text says as JSON, or null
 * where it cannot be read whole.
 */
export function registerReaders(connection: DuckDBConnection): void {
  for (const [name, read] of Object.entries(readers)) {
    connection.registerScalarFunction(
      DuckDBScalarFunction.create({
        name,
        parameterTypes: [VARCHAR],
        returnType: VARCHAR,
        mainFunction: (_info, input, output) => {
          const texts = input.getColumnVector(0);
          for (let row = 0; row < input.rowCount; row += 1) {
            const text = texts.getItem(row);
            const said = typeof text === 'string' ? read(text) : null;
            output.setItem(row, said === null ? null : JSON.stringify(said));
          }
          output.flush();
        },
      }),
    );
  }
}

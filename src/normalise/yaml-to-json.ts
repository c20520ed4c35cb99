import type { DuckDBConnection } from '@duckdb/node-api';
import type { ScalarTag } from 'yaml';
import { DuckDBScalarFunction, VARCHAR } from '../duckdb.ts';
import { yaml } from '../yaml.ts';

/** Kubernetes and the providers read YAML as Go does, where a leading zero makes an octal number. */
const goOctal: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^0[0-7]+$/,
  resolve: (text) => Number.parseInt(text, 8),
};

const textBytesMax = 16 * 1024 * 1024;

/**
 * The JSON of a YAML text: of its one document, or an array of its documents.
 *
 * Null where the text is no YAML; anything else would make one odd manifest stop all others.
 */
export function yamlToJson(text: string): string | null {
  if (text.length > textBytesMax) return null;
  try {
    const documents = yaml().parseAllDocuments(text, {
      customTags: (tags) => [goOctal, ...tags],
      uniqueKeys: false,
      logLevel: 'silent',
    });
    if ('empty' in documents) return null;
    const values: unknown[] = [];
    for (const document of documents) {
      if (document.errors.length > 0) return null;
      const value: unknown = document.toJS({ maxAliasCount: 100 });
      if (value !== null && value !== undefined) values.push(value);
    }
    const json = JSON.stringify(values.length === 1 ? values[0] : values);
    return values.length === 0 || json === undefined ? null : json;
  } catch {
    return null;
  }
}

/** Registers `yaml_to_json(varchar) -> varchar` for the SQL of the sources. */
export function registerYamlToJson(connection: DuckDBConnection): void {
  connection.registerScalarFunction(
    DuckDBScalarFunction.create({
      name: 'yaml_to_json',
      parameterTypes: [VARCHAR],
      returnType: VARCHAR,
      mainFunction: (_info, input, output) => {
        const texts = input.getColumnVector(0);
        for (let row = 0; row < input.rowCount; row += 1) {
          const text = texts.getItem(row);
          output.setItem(row, typeof text === 'string' ? yamlToJson(text) : null);
        }
        output.flush();
      },
    }),
  );
}

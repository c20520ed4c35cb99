import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readServeConfig } from '../src/serve/serve-config.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'samples/deploy');

interface Rule {
  level: string;
  verbs?: string[];
  resources?: { group: string; resources: string[] }[];
}

/** The level of the first rule that matches: https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/#audit-policy */
function levelOf(rules: readonly Rule[], verb: string, resource: string): string {
  const found = rules.find(
    (rule) =>
      (rule.verbs?.includes(verb) ?? true) &&
      (rule.resources?.some(({ resources }) => resources.includes(resource)) ?? true),
  );
  return found?.level ?? 'None';
}

/** What the paths of exposure need, as the query that tells coverage has it. */
function needs(): { resource: string; access: string; rank: number }[] {
  const sql = readFileSync(join(root, 'queries/coverage/paths.sql'), 'utf8');
  return [...sql.matchAll(/\('\w+', '([\w/]+)', '(read|write|connect)', (\d)\)/g)].map(
    ([, resource = '', access = '', rank]) => ({ resource, access, rank: Number(rank) }),
  );
}

describe('samples/deploy', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.yaml'));

  it.each([...files.map((name) => join(folder, name)), join(root, 'docker-compose.yml')])(
    '%s is YAML',
    (path) => {
      const documents = parseAllDocuments(readFileSync(path, 'utf8'));
      expect(documents.flatMap(({ errors }) => errors)).toEqual([]);
    },
  );

  it('has an audit policy that logs what every path needs, and no value of a Secret', () => {
    const { rules } = parse(readFileSync(join(folder, 'audit-policy.yaml'), 'utf8')) as {
      rules: Rule[];
    };
    const levels = ['None', 'Metadata', 'Request', 'RequestResponse'];
    const verbs = {
      read: ['get', 'list', 'watch'],
      write: ['create', 'update', 'patch', 'delete'],
    };
    const missing = needs().flatMap(({ resource, access, rank }) => {
      const asked = access === 'connect' ? ['create', 'get'] : verbs[access as 'read' | 'write'];
      return asked
        .filter((verb) => levels.indexOf(levelOf(rules, verb, resource)) < rank)
        .map((verb) => `${verb} ${resource}`);
    });
    expect(needs().length).toBeGreaterThan(15);
    // Only a change of an ephemeral container is one: nothing creates or deletes the subresource.
    expect(missing).toEqual([]);
    for (const verb of [...verbs.read, ...verbs.write, 'deletecollection']) {
      expect(levelOf(rules, verb, 'secrets')).toBe('Metadata');
    }
    expect(levelOf(rules, 'create', 'serviceaccounts/token')).toBe('Request');
  });

  it('has a configuration that the collector takes', () => {
    const config = readServeConfig(join(folder, 'custody.yaml'), {});
    expect(config.tokens.map(({ name }) => name)).toEqual(['prod-apiserver', 'vault-shipper']);
    expect(config.reports.map(({ name }) => name)).toEqual(['access-review']);
  });

  it('is listed whole in its README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const named = readdirSync(folder).filter((name) => name !== 'README.md');
    expect(named.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

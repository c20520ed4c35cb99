import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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

  it('has a configuration with topics that the collector takes', () => {
    const { kafka } = readServeConfig(join(folder, 'custody-kafka.yaml'), {});
    expect(kafka).toMatchObject({
      sasl: { mechanism: 'scram-sha-512', password: { file: '/etc/custody/kafka/password' } },
      topics: [
        { name: 'k8s-audit', source: 'k8s_audit', cluster: 'prod', generation: 1 },
        { name: 'logs', source: 'wrapped', cluster: 'default', generation: 1 },
      ],
    });
  });

  it('has a composition whose topic the collector reads', () => {
    const compose = parse(readFileSync(join(root, 'docker-compose.yml'), 'utf8')) as {
      configs: { kafka: { content: string } };
      services: Record<string, { command?: string[]; configs?: { target: string }[] }>;
    };
    const file = join(mkdtempSync(join(tmpdir(), 'custody-compose-')), 'custody.yaml');
    writeFileSync(file, compose.configs.kafka.content);
    const { kafka } = readServeConfig(file, { worker: true });
    rmSync(dirname(file), { recursive: true });
    const topics = kafka?.topics.map(({ name }) => name);
    expect(topics).toEqual(['logs']);
    expect(compose.services['kafka-topic']?.command).toContain('logs');
    expect(kafka?.brokers).toEqual(['kafka:9092']);
    const { command, configs } = compose.services['custody-kafka'] ?? {};
    expect(command).toContain(configs?.[0]?.target);
  });

  it('is listed whole in its README', () => {
    const readme = readFileSync(join(folder, 'README.md'), 'utf8');
    const named = readdirSync(folder).filter((name) => name !== 'README.md');
    expect(named.filter((name) => !readme.includes(`\`${name}\``))).toEqual([]);
  });
});

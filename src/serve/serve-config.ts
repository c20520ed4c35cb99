import { readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { Cron } from 'croner';
import { z } from 'zod';
import { CustodyError } from '../errors.ts';
import { resourcesWithout } from '../ingest/kubernetes-snapshot.ts';
import { wrappedId } from '../landing/wrapped/wrapped.ts';
import { reportKinds } from '../query/evidence-report.ts';
import { sources } from '../sources/index.ts';
import { yaml } from '../yaml.ts';
import { clusterName } from './cluster-name.ts';
import { type KafkaConfig, kafkaFromFolder, kafkaSchema } from './kafka-config.ts';

const mebibyte = 1024 * 1024;

const cluster = z.string().regex(clusterName, 'letters, digits, dots, dashes, at most 100');
const source = z.enum([wrappedId, ...sources.map(({ id }) => id)]);

const token = z.strictObject({
  name: z.string().min(1),
  /** Holds the token, and nothing else. */
  file: z.string().min(1),
  clusters: z.array(cluster).min(1).optional(),
  sources: z.array(source).min(1).optional(),
});

const serveSchema = z.strictObject({
  listen: z.string().default('127.0.0.1:8790'),
  tls: z
    .strictObject({
      certificate: z.string(),
      key: z.string(),
      client_ca: z.string().optional(),
    })
    .optional(),
  tokens: z.array(token).default([]),
  /** Listen beyond this machine though bodies, or whoever sends them, are not protected. */
  insecure: z.boolean().default(false),
  body_bytes_max: z
    .int()
    .positive()
    .default(64 * mebibyte),
  pending_bytes_max: z
    .int()
    .positive()
    .default(256 * mebibyte),
  flush_milliseconds: z.int().min(1).max(10_000).default(500),
  disk_free_bytes_min: z
    .int()
    .min(0)
    .default(1024 * mebibyte),
  refresh_seconds: z.int().positive().default(60),
  /** Land only: another process on the store keeps the database and answers commands. */
  worker: z.boolean().default(false),
});

const scheduledReport = z.strictObject({
  name: z.string().regex(clusterName, 'letters, digits, dots, dashes, at most 100'),
  /** Five or six fields of cron, UTC. */
  schedule: z.string().refine(isSchedule, 'no schedule of cron, such as 0 6 * * 1'),
  report: z.enum(Object.keys(reportKinds)),
  objects: z.array(z.string().min(1)).min(1).optional(),
  cluster: z.string().optional(),
  /** The window that is asked about ends at the scheduled time; without it, it has no beginning. */
  days: z.int().positive().optional(),
  formats: z
    .array(z.enum(['html', 'markdown', 'json', 'csv']))
    .min(1)
    .default(['html']),
  folder: z.string().min(1),
  /** The newest so many are kept; without it, all. */
  keep: z.int().positive().optional(),
});

const scheduledSnapshot = z.strictObject({
  name: z.string().regex(clusterName, 'letters, digits, dots, dashes, at most 100'),
  /** Five or six fields of cron, UTC; one is taken at the start too. */
  schedule: z.string().refine(isSchedule, 'no schedule of cron, such as 0 * * * *'),
  /** Without it, KUBECONFIG, ~/.kube/config or the pod's own account. */
  kubeconfig: z.string().min(1).optional(),
  context: z.string().min(1).optional(),
  /** What to call the cluster; without it, as the kubeconfig does. */
  cluster: cluster.optional(),
  /** Resources not to list, as RBAC names them. */
  without: z.array(z.string().min(1)).default([]),
});

const fileSchema = z.looseObject({
  custody: z.literal(1),
  serve: serveSchema.optional(),
  kafka: kafkaSchema.optional(),
  reports: z.array(scheduledReport).default([]),
  snapshots: z.array(scheduledSnapshot).default([]),
});

function isSchedule(text: string): boolean {
  try {
    return new Cron(text, { paused: true, timezone: 'UTC' }).nextRun() !== null;
  } catch {
    return false;
  }
}

export type ScheduledReport = z.infer<typeof scheduledReport>;
export type ScheduledSnapshot = z.infer<typeof scheduledSnapshot>;

export type ServeConfig = z.infer<typeof serveSchema> & {
  reports: ScheduledReport[];
  snapshots: ScheduledSnapshot[];
  kafka?: KafkaConfig | undefined;
};
export type TokenConfig = z.infer<typeof token>;

/** What a command line says instead of the file. */
export type ServeOverrides = Partial<
  Pick<ServeConfig, 'listen' | 'tls' | 'tokens' | 'insecure' | 'refresh_seconds' | 'worker'>
>;

/**
 * Reads the `serve` part of a `custody.yaml`, whose relative paths are from its folder, and what the command line
 * says instead.
 *
 * @throws CustodyError BAD_OPTION with the place and what is expected there
 */
export function readServeConfig(path: string | undefined, overrides: ServeOverrides): ServeConfig {
  const given = Object.fromEntries(
    Object.entries(overrides).filter(([, value]) => value !== undefined),
  );
  const written =
    path === undefined
      ? { serve: {}, reports: [], snapshots: [], kafka: undefined }
      : readFile(path);
  const parsed = serveSchema.safeParse({ ...written.serve, ...given });
  if (!parsed.success) throw wrong(path ?? 'the options', parsed.error);
  const { reports, snapshots, kafka } = written;
  for (const { without } of snapshots) resourcesWithout(without);
  return { ...parsed.data, reports, snapshots, kafka };
}

interface Written {
  serve: object;
  reports: ScheduledReport[];
  snapshots: ScheduledSnapshot[];
  kafka: KafkaConfig | undefined;
}

function readFile(path: string): Written {
  let value: unknown;
  try {
    value = yaml().parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CustodyError('BAD_OPTION', `Cannot read "${path}": ${code ?? 'it is no YAML'}`, {
      cause: error,
    });
  }
  const parsed = fileSchema.safeParse(value);
  if (!parsed.success) throw wrong(path, parsed.error);
  const { serve = {}, reports, snapshots, kafka } = parsed.data;
  const folder = resolve(path, '..');
  return {
    serve: fromFolder(folder, serve),
    reports: reports.map((each) => ({ ...each, folder: at(folder, each.folder) })),
    snapshots: snapshots.map(({ kubeconfig, ...each }) => ({
      ...each,
      ...(kubeconfig === undefined ? {} : { kubeconfig: at(folder, kubeconfig) }),
    })),
    kafka: kafka && kafkaFromFolder(kafka, (file) => at(folder, file)),
  };
}

function at(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path);
}

/** Files are named from where the configuration lies, wherever the process was started. */
function fromFolder(folder: string, serve: Partial<z.infer<typeof serveSchema>>): object {
  const { tls, tokens } = serve;
  return {
    ...serve,
    ...(tls === undefined
      ? {}
      : {
          tls: {
            certificate: at(folder, tls.certificate),
            key: at(folder, tls.key),
            ...(tls.client_ca === undefined ? {} : { client_ca: at(folder, tls.client_ca) }),
          },
        }),
    ...(tokens === undefined
      ? {}
      : { tokens: tokens.map((each) => ({ ...each, file: at(folder, each.file) })) }),
  };
}

function wrong(what: string, error: z.ZodError): CustodyError {
  const [issue] = error.issues;
  const place = issue?.path.join('.') || 'the file';
  return new CustodyError('BAD_OPTION', `Cannot use "${what}": ${place}: ${issue?.message}`, {
    hint: 'README.md, "A collector that runs", shows the form',
  });
}

const addressForm = /^(?<host>\[[^\]]+\]|[^:]*):(?<port>\d{1,5})$/;

/**
 * Where to listen, once it is safe to: beyond this machine only with TLS and a credential, unless
 * told plainly.
 *
 * @throws CustodyError BAD_OPTION
 */
export function listenAddress(config: ServeConfig): { host: string; port: number } {
  const { host, port } = addressForm.exec(config.listen)?.groups ?? {};
  if (host === undefined || port === undefined || Number(port) > 65_535) {
    throw new CustodyError('BAD_OPTION', `Cannot listen on "${config.listen}": it is no address`, {
      hint: 'host:port, such as 127.0.0.1:8790 or 0.0.0.0:8443',
    });
  }
  const name = host.replace(/^\[|\]$/g, '');
  const isLocal = /^127\.|^::1$|^localhost$/.test(name);
  const hasCredential = config.tokens.length > 0 || config.tls?.client_ca !== undefined;
  if (!isLocal && !config.insecure && (config.tls === undefined || !hasCredential)) {
    throw new CustodyError(
      'BAD_OPTION',
      `Cannot listen on "${config.listen}": others reach it, and there is no ` +
        `${config.tls === undefined ? 'TLS' : 'credential'}`,
      { hint: 'give tls, and tokens or tls.client_ca; or say insecure: true (--insecure)' },
    );
  }
  return { host: name === '' ? '0.0.0.0' : name, port: Number(port) };
}

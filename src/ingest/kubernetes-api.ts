import { readFileSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { CustodyError } from '../errors.ts';

/** One cluster, as a kubeconfig names it. */
export interface KubernetesApi {
  /** The cluster's name in the kubeconfig. */
  cluster: string;
  server: string;
  /** Asks for a path; gives the status and the body, whatever the status. */
  get(path: string, accept: string): Promise<{ status: number; body: string }>;
}

export interface ApiOptions {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

/** An answer that takes longer than this is none. */
const timeoutMilliseconds = 60_000;

/**
 * Opens the API server that a kubeconfig, `KUBECONFIG` or the pod's own service account names, with whatever
 * that says of certificates, tokens and commands which fetch them:
 * https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 *
 * @throws CustodyError UNREADABLE_INPUT where there is none, or no such context
 */
export async function openKubernetesApi(options: ApiOptions): Promise<KubernetesApi> {
  // Loaded when it is needed: it takes longer than most commands.
  const { KubeConfig } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  try {
    if (options.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromString(readFileSync(options.kubeconfig, 'utf8'));
  } catch (error) {
    throw unusable(options.kubeconfig ?? 'the kubeconfig', messageOf(error));
  }
  // Plain HTTP, as of `kubectl proxy`, has no certificate that could be verified.
  config.loadFromOptions({
    clusters: config.clusters.map((each) =>
      each.server.startsWith('http:') ? { ...each, skipTLSVerify: true } : each,
    ),
    users: config.users,
    contexts: config.contexts,
    currentContext: config.currentContext,
  });
  if (options.context !== undefined) {
    if (config.getContextObject(options.context) === null) {
      throw unusable(options.context, 'the kubeconfig has no such context');
    }
    config.setCurrentContext(options.context);
  }
  const cluster = config.getCurrentCluster();
  if (cluster === null) throw unusable('the kubeconfig', 'it names no cluster');
  return {
    cluster: cluster.name,
    server: cluster.server,
    get: async (path, accept) => {
      const url = new URL(`${cluster.server.replace(/\/$/, '')}${path}`);
      const request: https.RequestOptions = { headers: { accept } };
      await config.applyToHTTPSOptions(request);
      return get(url, request);
    },
  };
}

function get(url: URL, options: https.RequestOptions): Promise<{ status: number; body: string }> {
  const { request } = url.protocol === 'http:' ? http : https;
  // The kubeconfig's agent is one for TLS.
  const { agent, ...plain } = options;
  const given = url.protocol === 'http:' ? plain : { ...plain, agent };
  return new Promise((resolve, reject) => {
    const asked = request(url, { ...given, timeout: timeoutMilliseconds }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).toString('utf8') }),
      );
    });
    asked.on('timeout', () => asked.destroy(new Error('no answer within 60 s')));
    asked.on('error', reject);
    asked.end();
  });
}

function unusable(what: string, state: string): CustodyError {
  return new CustodyError('UNREADABLE_INPUT', `Cannot open the API of "${what}": ${state}`, {
    hint: '`kubectl config get-contexts` lists what there is; --kubeconfig and --context choose',
  });
}

/** What went wrong, without anything that a kubeconfig may hold. */
function messageOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : 'it is no kubeconfig';
}

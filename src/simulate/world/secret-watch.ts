import type { Actor } from './api-request.ts';
import type { Cluster } from './cluster.ts';
import type { KubernetesSecret } from './kinds.ts';
import { isPlatform } from './platform.ts';
import type { Possession } from './possession.ts';
import { heldIn } from './secret-content.ts';
import { tokenOf } from './tokens.ts';
import type { TrueHolder } from './truth.ts';

/** An open watch on Secrets: every write of one that it selects is sent to it. */
export interface SecretWatch {
  actor: Actor;
  selects: (secret: KubernetesSecret) => boolean;
  shown: Map<string, Possession[]>;
}

/** Whoever is behind a request, as the cluster's log calls it. */
export function identityOf(cluster: Cluster, actor: Actor): TrueHolder {
  return { kind: 'identity', id: actor.username, cluster: cluster.name };
}

/** Somebody is shown a Secret; gives what was noted of it. */
export function showSecret(
  cluster: Cluster,
  actor: Actor,
  secret: KubernetesSecret,
  at: number,
  why: string,
): Possession[] {
  const { truth } = cluster;
  if (isPlatform(truth, actor.username)) return [];
  if (actor.impersonates !== undefined) {
    truth.beside.add(`secret_read ${actor.impersonates.username}`);
  }
  const holder = identityOf(cluster, actor);
  const path = 'secret_read' as const;
  const jti = tokenOf(actor);
  return heldIn(secret).map((held) => {
    if (jti !== null) truth.tokens.uses.push({ ...held, jti, path });
    return truth.act(holder, { ...held, path, observed: true, at, why });
  });
}

/** A write of the Secret reaches the watches; what they were shown before lasts no longer. */
export function tellWatches(
  cluster: Cluster,
  secret: KubernetesSecret,
  at: number,
  isLast = false,
): void {
  const key = `${secret.namespace}/${secret.name}`;
  for (const watch of cluster.watches) {
    if (!watch.selects(secret)) continue;
    const shown = showSecret(cluster, watch.actor, secret, at, 'a watch was sent it');
    for (const one of watch.shown.get(key) ?? []) if (!shown.includes(one)) one.shownUntil = at;
    for (const one of shown) {
      one.shownFrom = at;
      one.shownUntil = isLast ? at : null;
    }
    watch.shown.set(key, shown);
  }
}

/** What a watch shows when it begins, or begins again where another left off. */
export function startShowing(
  cluster: Cluster,
  watch: SecretWatch,
  at: number,
  before?: SecretWatch,
): void {
  for (const secret of cluster.secrets.values()) {
    if (!watch.selects(secret)) continue;
    const key = `${secret.namespace}/${secret.name}`;
    const shown =
      before?.shown.get(key) ?? showSecret(cluster, watch.actor, secret, at, 'a watch was sent it');
    for (const one of shown) {
      one.shownFrom ??= at;
      one.shownUntil = null;
    }
    watch.shown.set(key, shown);
  }
}

/** The watch ends: nothing is shown through it any more. */
export function stopShowing(watch: SecretWatch, at: number): void {
  for (const one of [...watch.shown.values()].flat()) {
    if (one.shownUntil === null) one.shownUntil = at;
  }
}

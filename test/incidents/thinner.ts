import type { OneLog } from '../../src/simulate/world/log-line.ts';
import type { ProviderRead, TrueExposure } from '../../src/simulate/world/truth.ts';
import { type Account, bystanderIn, mayStand } from './allowed.ts';
import { type Answer, type AnsweredExposure, isNear, isNotAfter, uniteActs } from './answer.ts';
import { describe } from './compare.ts';

/** The whole of what happened, whichever logs are left of it. */
export interface WholeAccount extends Account {
  exposures: readonly TrueExposure[];
  reads: readonly ProviderRead[];
}

/**
 * What an answer from fewer logs invents: a row is true, or says less than the truth. It says less
 * where the version is unnamed, the interval lies inside the true one or its end is unknown, or a
 * pod's read is the read of its account; it never names another holder, version or path.
 */
export function inventions(account: WholeAccount, answered: readonly AnsweredExposure[]): string[] {
  return uniteActs(answered).flatMap((one) => {
    if (account.exposures.some((row) => saysLess(row, one))) return [];
    if (isUnionOfTruth(account.exposures, one) || isRead(account.reads, one)) return [];
    if (bystanderIn(account, one) === undefined && mayStand(account, account.exposures, one)) {
      return [];
    }
    return [`invented: ${describe(one)} (${one.end_state})`];
  });
}

/**
 * Whether the answer knows of the gap. Where it says as much as the answer from all logs there is
 * none; else some unknown that all logs together did not leave names the log, and what to collect.
 */
export function namesGap(answer: Answer, whole: Answer, missing: OneLog): boolean {
  const rows = ({ exposures }: Answer) => exposures.map(rowText).sort().join('\n');
  if (rows(answer) === rows(whole)) return true;
  const word = {
    kubernetes: /kubernetes|audit|kube-apiserver/i,
    vault: /vault/i,
    key_vault: /Azure/,
    cloudtrail: /AWS|CloudTrail/,
    cloud_audit: /Google Cloud/,
    conjur: /Conjur/,
    akeyless: /Akeyless/,
    csi_log: /container logs?|driver and its provider/i,
    snapshot: /snapshot|kubectl get|SecretProviderClass/i,
  }[missing.log];
  const known = new Set(whole.unknowns.map(({ question, why }) => `${question} ${why}`));
  return answer.unknowns.some(({ question, why, collect }) => {
    if (known.has(`${question} ${why}`) || collect.trim() === '') return false;
    const text = `${question} ${why} ${collect}`;
    // A cluster that nobody named is called `default`, which no text needs to say.
    const { log, cluster = 'default' } = missing;
    return word.test(text) && (isOfService(log) || cluster === 'default' || text.includes(cluster));
  });
}

/** Its log names no cluster. */
function isOfService(log: OneLog['log']): boolean {
  return log !== 'kubernetes' && log !== 'snapshot';
}

function rowText(one: AnsweredExposure): string {
  const { object, version, holder, path, observed, first_at, last_at, end_state } = one;
  const { kind, id, cluster } = holder;
  const who = [kind, id, cluster];
  return JSON.stringify([object, version, ...who, path, observed, first_at, last_at, end_state]);
}

/** A secret of AWS whose ARN no log that is left has is called by its name. */
function isSameObject(object: string, answered: string): boolean {
  if (object === answered) return true;
  return answered === object.replace(/^arn:.*:secret:(.+)-[A-Za-z0-9]{6}$/, 'aws:$1');
}

function isSameHolder(row: TrueExposure, one: AnsweredExposure): boolean {
  const { kind, id, cluster } = row.holder;
  return (
    isSameObject(row.object, one.object) &&
    one.path === row.path &&
    one.holder.kind === kind &&
    (id === null || one.holder.id === id) &&
    (cluster === undefined || one.holder.cluster === null || one.holder.cluster === cluster) &&
    // A potential exposure is never made an observed one; the other way round says less.
    (row.observed || !one.observed)
  );
}

function saysLess(row: TrueExposure, one: AnsweredExposure): boolean {
  const until = endOf(row);
  return (
    isSameHolder(row, one) &&
    (one.version === row.version || one.version === null) &&
    isNotAfter(row.first_at, one.first_at) &&
    isNotAfter(one.first_at, until) &&
    endsWithin(one, until)
  );
}

/** An open watch has no end, though the last it brought has a time. */
function endOf(row: TrueExposure): string | null {
  return row.last_between === undefined ? row.last_at : row.last_between.until;
}

/** Ended where it ended or before; open only where it was; unknown always. */
function endsWithin(one: AnsweredExposure, until: string | null): boolean {
  if (one.end_state === 'unknown') return one.last_at === null || isNotAfter(one.last_at, until);
  if (one.last_at === null) return until === null;
  return isNotAfter(one.last_at, until);
}

/** Without a version several true intervals of one holder are one. */
function isUnionOfTruth(exposures: readonly TrueExposure[], one: AnsweredExposure): boolean {
  if (one.version !== null) return false;
  const rows = exposures.filter((row) => isSameHolder(row, one));
  const isCovered = rows.some((row) => isNear(row.first_at, one.first_at));
  const isOpen = rows.some((row) => endOf(row) === null);
  const ends = rows.flatMap((row) => endOf(row) ?? []).sort();
  return isCovered && endsWithin(one, isOpen ? null : (ends.at(-1) ?? null));
}

/** Vault did answer that identity with that version: no pod can be told behind it any more. */
function isRead(reads: readonly ProviderRead[], one: AnsweredExposure): boolean {
  if (one.path !== 'provider_read' || !one.observed || one.holder.kind !== 'identity') return false;
  const own = reads.filter(
    (read) =>
      read.identity === one.holder.id &&
      isSameObject(read.object, one.object) &&
      (one.version === null || read.version === one.version),
  );
  const at = (time: string | null) => own.some((read) => isNear(read.at, time));
  return at(one.first_at) && (one.last_at === null || at(one.last_at));
}

import type { BlastRadius } from '../query/blast-radius.ts';
import type { Plain, Row } from '../query/plain-value.ts';
import { renderPaths, renderUnknowns, shortTime } from './coverage.ts';
import { plainStyle, type Style } from './style.ts';
import { renderTable, type TableOptions, toCellText } from './table.ts';
import { makeVisible } from './visible.ts';

/** Renders a blast radius for someone who has just been woken up: answer first, then its limits. */
export function renderBlastRadius(answer: BlastRadius, options: TableOptions = {}): string {
  const style = options.style ?? plainStyle;
  const section = (title: string, text: string) => `\n${style.bold(title)}\n${text}`;
  const observed = answer.exposures.filter((exposure) => exposure.observed === true).length;
  const { rotation, tokens } = answer;
  return [
    renderQuestion(answer, style),
    ...(rotation === undefined
      ? []
      : [section('Rotate in this order', renderRotation(rotation, options))]),
    section('Versions', renderVersions(answer.versions, answer.question.object, options)),
    section(
      `Exposures: ${answer.exposures.length}, ${observed} of them observed`,
      renderExposures(answer.exposures, options),
    ),
    ...(tokens === undefined
      ? []
      : [section(`Tokens: ${tokens.length}`, renderTokens(tokens, options))]),
    section('Coverage: what the logs can show', renderPaths(answer.coverage, options)),
    section(`Unknowns: ${answer.unknowns.length}`, renderUnknowns(answer.unknowns, style)),
  ].join('');
}

/** The holder of an exposure in a few words. */
function describeHolder(holder: Row): string {
  const named = [textOf(holder.namespace), textOf(holder.name)].filter((part) => part !== '');
  const isNamed = holder.kind !== 'identity' && named.length > 0;
  return `${textOf(holder.kind)} ${isNamed ? named.join('/') : textOf(holder.id)}`;
}

function renderQuestion(answer: BlastRadius, style: Style): string {
  const { object, holder, version, since, until, as_of } = answer.question;
  const what = version === null ? 'any version' : `version ${version}`;
  const range = [since === null ? '' : ` since ${since}`, until === null ? '' : ` until ${until}`];
  const asked =
    holder === undefined
      ? `Who could have held ${object}, ${what}`
      : `What leaks if ${holder} is lost`;
  const title = style.bold(makeVisible(`${asked}${range.join('')}`));
  return `${title}\n${style.dim(`as of manifest entry ${as_of ?? 0}; all times UTC`)}\n`;
}

/** First what to do at 3 a.m.: which version to rotate next, and why that one. */
function renderRotation(rotation: readonly Row[], options: TableOptions): string {
  const rows = rotation.map((row) => ({
    '#': row.rank ?? null,
    object: row.object ?? null,
    version: versionOf(row),
    because: textOf(row.reasons),
    'held from': shortTime(row.first_at),
    until: isPresent(row.last_at) ? shortTime(row.last_at) : stateText(row.open ? 'open' : null),
  }));
  return renderTable(Object.keys(rows[0] ?? {}), rows, options);
}

function renderTokens(tokens: readonly Row[], options: TableOptions): string {
  const rows = tokens.map((token) => ({
    token: token.token ?? null,
    of: token.identity ?? null,
    'asked for by': token.issued_to ?? null,
    pod: token.pod ?? token.pod_id ?? null,
    issued: shortTime(token.issued_at),
    expires: shortTime(token.expires_at),
    steps: token.depth ?? null,
    grade: token.grade ?? null,
  }));
  return renderTable(Object.keys(rows[0] ?? {}), rows, options);
}

/** Where several objects are told of, each version says whose it is. */
function renderVersions(
  versions: readonly Row[],
  object: string | null,
  options: TableOptions,
): string {
  const rows = versions.map((version) => ({
    ...(object === null ? { object: version.object ?? null } : {}),
    version: version.version ?? '?',
    created: shortTime(version.created_at),
    by: version.created_by ?? null,
    superseded: shortTime(version.superseded_at),
    ended: endOf(version),
    'same value as': version.same_value ?? null,
    evidence: Array.isArray(version.evidence) ? version.evidence.length : 0,
  }));
  return renderTable(Object.keys(rows[0] ?? {}), rows, options);
}

function endOf(version: Row): string | null {
  if (!isPresent(version.ended_at)) return null;
  return isPresent(version.ended_by)
    ? `${textOf(version.ended_at)} by ${textOf(version.ended_by)}`
    : textOf(version.ended_at);
}

/** Two lines an exposure, the second for what tells two pods of a name apart. */
function renderExposures(exposures: readonly Row[], options: TableOptions): string {
  const rows = exposures.map((exposure) => ({
    holder: describeHolder((exposure.holder ?? {}) as Row),
    ...(exposure.via === undefined ? {} : { object: exposure.object ?? null }),
    version: versionOf(exposure),
    path: `${textOf(exposure.path)}${exposure.observed === true ? '' : ' (potential)'}`,
    from: shortTime(exposure.first_at),
    until: isPresent(exposure.last_at)
      ? shortTime(exposure.last_at)
      : stateText(exposure.end_state),
    grade: exposure.grade ?? null,
    evidence: collectEvidence(exposure).size,
  }));
  const details = exposures.map((exposure) => makeVisible(describeDetails(exposure)));
  const table = renderTable(Object.keys(rows[0] ?? {}), rows, options);
  const lines = table.trimEnd().split('\n');
  if (lines.length !== rows.length + 1) {
    const expanded = rows.map((row, index) => ({ ...row, details: details[index] ?? null }));
    return renderTable(Object.keys(expanded[0] ?? {}), expanded, options);
  }
  const style = options.style ?? plainStyle;
  const paired = lines
    .slice(1)
    .flatMap((line, index) => [line, style.dim(`    ${details[index]}`)]);
  return `${[lines[0], ...paired].join('\n')}\n`;
}

function describeDetails(exposure: Row): string {
  const holder = (exposure.holder ?? {}) as Row;
  const prefixed = (prefix: string, value: Plain | undefined) =>
    isPresent(value) ? `${prefix}${textOf(value)}` : '';
  return [
    prefixed('via ', exposure.via),
    prefixed('', holder.workload),
    prefixed('as ', holder.service_account),
    prefixed('on ', holder.node),
    prefixed('in ', holder.cluster),
    prefixed('created by ', holder.created_by),
    addressesOf(exposure),
    prefixed('fields ', textOf(exposure.fields)),
    holder.kind === 'pod' ? prefixed('uid ', holder.id) : textOf(holder.class),
  ]
    .filter((detail) => detail !== '')
    .join(', ');
}

/** The addresses that requests came from; for an outside reader they are the first lead. */
function addressesOf(exposure: Row): string {
  if (exposure.path === 'csi_mount' || !Array.isArray(exposure.seen_from)) return '';
  const addresses = exposure.seen_from.map(
    (origin) => (origin as { ip?: string | null }).ip ?? '?',
  );
  return addresses.length === 0 ? '' : `from ${[...new Set(addresses)].join(', ')}`;
}

/** The evidence ids of every link of an exposure. */
function collectEvidence(exposure: Row): Set<string> {
  const links = Array.isArray(exposure.links) ? exposure.links : [];
  return new Set(links.flatMap((link) => (link as { evidence?: string[] }).evidence ?? []));
}

function versionOf(exposure: Row): Plain {
  if (isPresent(exposure.version)) return exposure.version ?? null;
  const open = textOf(exposure.alternatives);
  return open === '' ? '?' : `one of ${open}`;
}

function stateText(state: Plain | undefined): string {
  return state === 'open' ? 'still open' : 'not known';
}

function textOf(value: Plain | undefined): string {
  return toCellText(value ?? null);
}

function isPresent(value: Plain | undefined): boolean {
  return value !== null && value !== undefined && value !== '';
}

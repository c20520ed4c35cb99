/**
 * What Custody does not answer yet, and why: each is told, and must fail. One that passes is an
 * error, so this list can only shrink. A name is an incident's, `<incident> without <log>` of its
 * thinner telling, or `story <name>`.
 */
export const awaited: Readonly<Record<string, string>> = {};

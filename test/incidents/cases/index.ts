import type { Incident } from '../incident.ts';
import { classIncidents } from './classes.ts';
import { feintIncidents } from './feints.ts';
import { mountIncidents } from './mounts.ts';
import { readerIncidents } from './readers.ts';
import { rotationIncidents } from './rotation.ts';
import { siteIncidents } from './sites.ts';
import { thinLogIncidents } from './thin-logs.ts';

export const incidents: readonly Incident[] = [
  ...mountIncidents,
  ...classIncidents,
  ...feintIncidents,
  ...rotationIncidents,
  ...readerIncidents,
  ...thinLogIncidents,
  ...siteIncidents,
];

/** Told only when picked by name: what Custody does not answer as it happened, so far. */
export const openIncidents: readonly Incident[] = [];

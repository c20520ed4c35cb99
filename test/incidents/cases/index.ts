import type { Incident } from '../incident.ts';
import { akeylessIncidents } from './akeyless.ts';
import { awsIncidents } from './aws.ts';
import { managedAwsIncidents } from './aws-managed.ts';
import { awsSiteIncidents } from './aws-sites.ts';
import { azureIncidents } from './azure.ts';
import { classIncidents } from './classes.ts';
import { conjurIncidents } from './conjur.ts';
import { consumerIncidents } from './consumers.ts';
import { copyIncidents } from './copies.ts';
import { crowdedIncidents } from './crowds.ts';
import { entryIncidents } from './entries.ts';
import { feintIncidents } from './feints.ts';
import { gcpIncidents } from './gcp.ts';
import { mountIncidents } from './mounts.ts';
import { nodeIncidents } from './node-access.ts';
import { readerIncidents } from './readers.ts';
import { rightsIncidents } from './rights.ts';
import { rotationIncidents } from './rotation.ts';
import { secretReaderIncidents } from './secret-readers.ts';
import { siteIncidents } from './sites.ts';
import { syncedSecretIncidents } from './synced-secrets.ts';
import { thinLogIncidents } from './thin-logs.ts';
import { tokenIncidents } from './tokens.ts';

export const incidents: readonly Incident[] = [
  ...mountIncidents,
  ...classIncidents,
  ...feintIncidents,
  ...rotationIncidents,
  ...readerIncidents,
  ...thinLogIncidents,
  ...siteIncidents,
  ...syncedSecretIncidents,
  ...consumerIncidents,
  ...secretReaderIncidents,
  ...entryIncidents,
  ...nodeIncidents,
  ...copyIncidents,
  ...rightsIncidents,
  ...tokenIncidents,
  ...crowdedIncidents,
  ...azureIncidents,
  ...awsIncidents,
  ...managedAwsIncidents,
  ...awsSiteIncidents,
  ...gcpIncidents,
  ...conjurIncidents,
  ...akeylessIncidents,
];

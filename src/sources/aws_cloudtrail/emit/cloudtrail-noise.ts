import type { NoiseTemplate } from '../../../simulate/emitter.ts';
import { cutTemplate } from '../../../simulate/noise-template.ts';
import { secondTime } from '../../../simulate/world/clock.ts';
import { type AwsIdentity, type Call, userIdentityOf } from './cloudtrail-record.ts';
import type { TokenService } from './token-service.ts';
import type { Trail } from './trail.ts';

/** Machines and people ask what runs and who they are, and for lists: no value is shown. */
export function cloudtrailNoise(trail: Trail, tokens: TokenService): NoiseTemplate[] {
  const machines = ['autoscaler', 'load-balancer-controller', 'backup'].map((name) => ({
    by: tokens.service(name, `${name}-session`),
    from: {
      address: `198.18.1.${trail.random.integer(2, 250)}`,
      userAgent: 'aws-sdk-go-v2/1.39.0',
    },
  }));
  const people = ['piotr', 'olga'].map((name) => ({
    by: tokens.user(name),
    from: { address: `192.0.2.${trail.random.integer(100, 250)}`, userAgent: 'aws-cli/2.31.3' },
  }));
  const acts = [
    ...machines.flatMap(({ by, from }) => [
      { weight: 8, call: callOf(by, 'ec2', 'DescribeInstances', from, { instancesSet: {} }) },
      { weight: 6, call: callOf(by, 'sts', 'GetCallerIdentity', from, null) },
      { weight: 3, call: callOf(by, 'elasticloadbalancing', 'DescribeTargetHealth', from, {}) },
    ]),
    ...people.flatMap(({ by, from }) => [
      { weight: 2, call: callOf(by, 'secretsmanager', 'ListSecrets', from, { maxResults: 100 }) },
      { weight: 1, call: callOf(by, 's3', 'ListBuckets', from, null) },
    ]),
  ];
  return acts.map(({ weight, call }) => ({ weight, lines: linesOf(trail, call) }));
}

function callOf(
  by: AwsIdentity,
  service: string,
  action: string,
  from: Call['from'],
  request: Call['request'],
): Call {
  const userIdentity = userIdentityOf(by);
  return { service, action, userIdentity, from, request, readOnly: true };
}

function linesOf(trail: Trail, call: Call): NoiseTemplate['lines'] {
  const changing = { eventTime: 'time-of-record', eventID: 'record-id', requestID: 'request-id' };
  const placeholders = {
    'time-of-record': ({ at }: { at: number }) => secondTime(at),
    'record-id': ({ id }: { id: string }) => id,
    'request-id': ({ id }: { id: string }) => `${id.slice(9)}${id.slice(0, 9)}`.slice(0, 36),
  };
  const text = JSON.stringify({ ...trail.record(call), ...changing });
  return [{ ...cutTemplate(text, placeholders), after: 0, opening: false }];
}

import type { Emitter } from '../../simulate/emitter.ts';
import { AwsProvider } from './emit/aws-provider.ts';

/** Secrets Manager and AWS's CSI provider, and the trail of their account. */
export const emitter: Emitter = {
  source: 'aws_cloudtrail',
  provider: (part) => new AwsProvider(part),
};

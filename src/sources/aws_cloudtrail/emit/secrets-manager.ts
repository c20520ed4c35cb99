import { microTime } from '../../../simulate/world/clock.ts';
import {
  type AwsIdentity,
  account,
  type Call,
  type Client,
  region,
  userIdentityOf,
} from './cloudtrail-record.ts';
import type { Trail } from './trail.ts';

/** What a read of a secret came to. */
export type SecretAnswer = { version: string; value: string; at: number } | null;

interface Secret {
  arn: string;
  values: Map<string, string>;
  /** Which version each stage stands on: `AWSCURRENT`, `AWSPREVIOUS`, `AWSPENDING`. */
  stages: Map<string, string>;
}

const service = 'secretsmanager.amazonaws.com';

/**
 * Secrets Manager of an account: secrets with versions and stages, and what it has KMS open and seal.
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/retrieve-ct-entries.html
 * https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
 */
export class SecretsManager {
  readonly #trail: Trail;
  readonly #secrets = new Map<string, Secret>();
  readonly #denials = new Set<string>();
  readonly #keyId: string;

  constructor(trail: Trail) {
    this.#trail = trail;
    this.#keyId = trail.random.uuid();
  }

  /** As Custody writes the object: its ARN. */
  reference(name: string): string {
    return this.#secret(name).arn;
  }

  /** Before the trail starts: the versions are there, and no record tells who made them. */
  seed(name: string, values: readonly string[]): void {
    const { random } = this.#trail;
    const arn = `arn:aws:secretsmanager:${region}:${account}:secret:${name}-${random.hex(6)}`;
    const secret: Secret = { arn, values: new Map(), stages: new Map() };
    for (const value of values) {
      const version = random.uuid();
      secret.values.set(version, value);
      promote(secret, version);
    }
    this.#secrets.set(name, secret);
  }

  /** The versions of a secret, oldest first. */
  versions(name: string): string[] {
    return [...this.#secret(name).values.keys()];
  }

  /** Every read of the secret by that role or user is refused from now on. */
  deny(principalArn: string, name: string): void {
    this.#denials.add(`${principalArn} ${name}`);
  }

  /** Writes a version, which is the current one from then on unless it is written as pending. */
  put(
    name: string,
    value: string,
    by: AwsIdentity,
    from: Client,
    { stage = 'AWSCURRENT' }: { stage?: 'AWSCURRENT' | 'AWSPENDING' } = {},
  ): string {
    const secret = this.#secret(name);
    const version = this.#trail.random.uuid();
    secret.values.set(version, value);
    this.#useKey('GenerateDataKey', secret.arn, version, by, true);
    const at = this.#call('PutSecretValue', by, from, {
      request: {
        secretId: secret.arn,
        clientRequestToken: version,
        ...(stage === 'AWSPENDING' ? { versionStages: [stage] } : {}),
      },
      response: { arn: secret.arn },
      readOnly: false,
    });
    if (stage === 'AWSPENDING') secret.stages.set(stage, version);
    else promote(secret, version);
    this.#trail.truth.created(secret.arn, version, at, by.arn);
    return version;
  }

  /** The last step of a rotation: AWSCURRENT moves to the version that was pending. */
  promote(name: string, version: string, by: AwsIdentity, from: Client): void {
    const secret = this.#secret(name);
    this.#call('UpdateSecretVersionStage', by, from, {
      request: {
        secretId: secret.arn,
        versionStage: 'AWSCURRENT',
        moveToVersionId: version,
        removeFromVersionId: secret.stages.get('AWSCURRENT'),
      },
      response: { arn: secret.arn },
      readOnly: false,
    });
    secret.stages.delete('AWSPENDING');
    promote(secret, version);
  }

  /** The value of the current version, or of the one named; null where it is refused. */
  get(
    name: string,
    by: AwsIdentity,
    from: Client,
    part: { version?: string; stage?: string; needed?: boolean; isOpened?: boolean } = {},
  ): SecretAnswer {
    const { version, stage, needed = true, isOpened = true } = part;
    const secret = this.#secret(name);
    const found = version ?? secret.stages.get(stage ?? 'AWSCURRENT') ?? '';
    const value = secret.values.get(found);
    const request = {
      secretId: name,
      ...(version === undefined ? {} : { versionId: version }),
      ...(stage === undefined ? {} : { versionStage: stage }),
    };
    const issuer = by.role?.arn ?? by.arn;
    if (this.#denials.has(`${issuer} ${name}`) || value === undefined) {
      const message = `User: ${by.arn} is not authorized to perform: secretsmanager:GetSecretValue on resource: ${secret.arn} because no identity-based policy allows the secretsmanager:GetSecretValue action`;
      const error = { code: 'AccessDenied', message };
      this.#call('GetSecretValue', by, from, { request, readOnly: true, error, needed });
      return null;
    }
    if (isOpened) this.#useKey('Decrypt', secret.arn, found, by, needed);
    const at = this.#call('GetSecretValue', by, from, { request, readOnly: true, needed });
    const { truth } = this.#trail;
    if (truth.keepsDetails) {
      const read = { identity: by.arn, object: secret.arn, version: found };
      truth.reads.push({ ...read, at: microTime(at) });
    }
    return { version: found, value, at };
  }

  /** Whether that version is the current one; the provider asks so before it reads a second time. */
  isCurrent(name: string, version: string, by: AwsIdentity, from: Client): boolean {
    const request = { secretId: name };
    this.#call('DescribeSecret', by, from, { request, readOnly: true, needed: false });
    return this.#secret(name).stages.get('AWSCURRENT') === version;
  }

  /** What a secret is called and how it rotates: no value is shown. */
  describe(name: string, by: AwsIdentity, from: Client): void {
    const request = { secretId: name };
    this.#call('DescribeSecret', by, from, { request, readOnly: true });
    this.#call('ListSecretVersionIds', by, from, { request, readOnly: true });
  }

  /** KMS is asked in the name of the caller, with a key that no other record has. */
  #useKey(
    action: 'Decrypt' | 'GenerateDataKey',
    arn: string,
    version: string,
    by: AwsIdentity,
    needed: boolean,
  ): void {
    const trail = this.#trail;
    const accessKeyId = trail.id('ASIA');
    const forwarded = { accessKeyId, invokedBy: service, at: trail.now };
    const encryptionContext = { SecretARN: arn, SecretVersionId: version };
    const key = `arn:aws:kms:${region}:${account}:key/${this.#keyId}`;
    trail.write(
      {
        service: 'kms',
        action,
        userIdentity: userIdentityOf(by, forwarded),
        from: { address: service, userAgent: service },
        request:
          action === 'Decrypt'
            ? { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', encryptionContext }
            : { keyId: 'alias/aws/secretsmanager', keySpec: 'AES_256', encryptionContext },
        readOnly: true,
        more: { resources: [{ accountId: account, type: 'AWS::KMS::Key', ARN: key }] },
      },
      { needed },
    );
  }

  #call(
    action: string,
    by: AwsIdentity,
    from: Client,
    part: Pick<Call, 'request' | 'response' | 'readOnly' | 'error'> & { needed?: boolean },
  ): number {
    const { needed = true, ...rest } = part;
    const call = { service: 'secretsmanager', action, userIdentity: userIdentityOf(by), from };
    return this.#trail.write({ ...call, ...rest }, { needed });
  }

  #secret(name: string): Secret {
    const secret = this.#secrets.get(name);
    if (secret === undefined) throw new Error(`there is no secret ${name}`);
    return secret;
  }
}

function promote(secret: Secret, version: string): void {
  const before = secret.stages.get('AWSCURRENT');
  if (before !== undefined) secret.stages.set('AWSPREVIOUS', before);
  secret.stages.set('AWSCURRENT', version);
}

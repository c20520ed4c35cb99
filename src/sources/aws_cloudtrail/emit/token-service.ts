import type { Cluster } from '../../../simulate/world/cluster.ts';
import type { ClusterNode, PodRecord } from '../../../simulate/world/kinds.ts';
import {
  type AwsIdentity,
  account,
  americanTime,
  type Client,
  type Role,
  region,
  userIdentityOf,
} from './cloudtrail-record.ts';
import type { Trail } from './trail.ts';

const hour = 3_600_000_000;
const podService = 'pods.eks.amazonaws.com';

/** The role that all nodes of a cluster have. */
const nodeRole = 'eks-node-group';

/**
 * STS and EKS Auth of an account: users, roles, and the sessions of roles with the keys they get.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
 * https://docs.aws.amazon.com/eks/latest/userguide/pod-id-abac.html
 */
export class TokenService {
  readonly #trail: Trail;
  readonly #users = new Map<string, AwsIdentity>();
  readonly #roles = new Map<string, Role>();
  readonly #providers = new Map<string, string>();
  readonly #instances = new Map<string, string>();
  readonly #services = new Map<string, AwsIdentity>();

  constructor(trail: Trail) {
    this.#trail = trail;
  }

  /** A user with a key of her own. */
  user(name: string): AwsIdentity {
    const known = this.#users.get(name);
    if (known !== undefined) return known;
    const made: AwsIdentity = {
      type: 'IAMUser',
      principalId: this.#trail.id('AIDA'),
      arn: userArn(name),
      accessKeyId: this.#trail.id('AKIA'),
      userName: name,
    };
    this.#users.set(name, made);
    return made;
  }

  role(name: string): Role {
    const known = this.#roles.get(name);
    if (known !== undefined) return known;
    const arn = `arn:aws:iam::${account}:role/${name}`;
    const made: Role = { name, arn, principalId: this.#trail.id('AROA') };
    this.#roles.set(name, made);
    return made;
  }

  /**
   * IAM roles for service accounts: whoever shows the account's token gets a session. The SDK that is
   * given no name for it takes the nanoseconds of the call.
   */
  withWebIdentity(
    cluster: Cluster,
    subject: { namespace: string; serviceAccount: string },
    role: Role,
    from: Client,
    { sessionName, needed = true }: { sessionName?: string; needed?: boolean } = {},
  ): AwsIdentity {
    const trail = this.#trail;
    const name = sessionName ?? `${trail.now}${trail.random.integer(100, 999)}`;
    const session = this.#session(role, name);
    const provider = this.#provider(cluster);
    const user = `system:serviceaccount:${subject.namespace}:${subject.serviceAccount}`;
    trail.write(
      {
        service: 'sts',
        action: 'AssumeRoleWithWebIdentity',
        userIdentity: {
          type: 'WebIdentityUser',
          principalId: `${provider}:sts.amazonaws.com:${user}`,
          userName: user,
          identityProvider: provider,
        },
        from,
        request: { roleArn: role.arn, roleSessionName: name },
        response: {
          ...this.#credentials(session, hour),
          subjectFromWebIdentityToken: user,
          provider,
          audience: 'sts.amazonaws.com',
        },
        readOnly: true,
        more: {
          additionalEventData: { identityProviderConnectionVerificationMethod: 'IAMTrustStore' },
          resources: resourcesOf(role),
        },
      },
      { needed },
    );
    return { ...session, federatedProvider: provider };
  }

  /**
   * EKS Pod Identity: the agent asks with the node's role and names no pod; the service then takes the
   * role with tags that do.
   */
  forPod(
    cluster: Cluster,
    pod: PodRecord,
    role: Role,
    from: Client,
    { hasTags = true, needed = true }: { hasTags?: boolean; needed?: boolean } = {},
  ): AwsIdentity {
    const trail = this.#trail;
    trail.write(
      {
        service: 'eks-auth',
        action: 'AssumeRoleForPodIdentity',
        userIdentity: userIdentityOf(this.node(pod.node)),
        from,
        request: { clusterName: cluster.name, token: 'HIDDEN_DUE_TO_SECURITY_REASONS' },
        readOnly: true,
      },
      { needed: false },
    );
    const name = `eks-${cluster.name.slice(0, 10)}-${pod.name.slice(0, 10)}-${trail.random.uuid()}`;
    const session = this.#session(role, name);
    const tags = podTags(cluster, pod);
    trail.write(
      {
        service: 'sts',
        action: 'AssumeRole',
        userIdentity: { type: 'AWSService', invokedBy: podService },
        from: { address: podService, userAgent: podService },
        request: {
          roleArn: role.arn,
          roleSessionName: name,
          durationSeconds: 21_600,
          ...(hasTags ? { tags, transitiveTagKeys: tags.map(({ key }) => key) } : {}),
        },
        response: { ...this.#credentials(session, 6 * hour), packedPolicySize: 55 },
        readOnly: true,
        more: { resources: resourcesOf(role), sharedEventID: trail.random.uuid() },
      },
      { needed },
    );
    return session;
  }

  /** A role that is taken with the session of another one. */
  assumeRole(by: AwsIdentity, role: Role, from: Client, sessionName: string): AwsIdentity {
    const session = this.#session(role, sessionName);
    this.#trail.write({
      service: 'sts',
      action: 'AssumeRole',
      userIdentity: userIdentityOf(by),
      from,
      request: { roleArn: role.arn, roleSessionName: sessionName },
      response: this.#credentials(session, hour),
      readOnly: true,
      more: { resources: resourcesOf(role) },
    });
    return session;
  }

  /** A session that some service of the account works with; its login is not in the log. */
  service(role: string, sessionName: string): AwsIdentity {
    const key = `${role}/${sessionName}`;
    const known = this.#services.get(key);
    const made = known ?? this.#session(this.role(role), sessionName);
    this.#services.set(key, made);
    return made;
  }

  /** The session that a node has of its instance's role; the instance's metadata gives it out. */
  node(node: ClusterNode): AwsIdentity {
    const instance = this.#instances.get(node.uid) ?? `i-0${this.#trail.random.hex(16)}`;
    this.#instances.set(node.uid, instance);
    return this.service(nodeRole, instance);
  }

  #provider(cluster: Cluster): string {
    const known = this.#providers.get(cluster.name);
    if (known !== undefined) return known;
    const id = this.#trail.random.hex(32).toUpperCase();
    const issuer = `oidc.eks.${region}.amazonaws.com/id/${id}`;
    const made = `arn:aws:iam::${account}:oidc-provider/${issuer}`;
    this.#providers.set(cluster.name, made);
    return made;
  }

  #session(role: Role, name: string): AwsIdentity {
    return {
      type: 'AssumedRole',
      principalId: `${role.principalId}:${name}`,
      arn: `arn:aws:sts::${account}:assumed-role/${role.name}/${name}`,
      accessKeyId: this.#trail.id('ASIA'),
      role,
      createdAt: this.#trail.now,
    };
  }

  #credentials(session: AwsIdentity, microseconds: number): Record<string, unknown> {
    const { accessKeyId, principalId, arn } = session;
    return {
      credentials: {
        accessKeyId,
        sessionToken: `IQoJb3JpZ2luX2VjE${this.#trail.random.hex(80)}`,
        expiration: americanTime(this.#trail.now + microseconds),
      },
      assumedRoleUser: { assumedRoleId: principalId, arn },
    };
  }
}

/** The ARN of a user of the account. */
export function userArn(name: string): string {
  return `arn:aws:iam::${account}:user/${name}`;
}

function resourcesOf({ arn }: Role): Record<string, string>[] {
  return [{ accountId: account, type: 'AWS::IAM::Role', ARN: arn }];
}

function podTags(cluster: Cluster, pod: PodRecord): { key: string; value: string }[] {
  const tags: Record<string, string> = {
    'eks-cluster-arn': `arn:aws:eks:${region}:${account}:cluster/${cluster.name}`,
    'eks-cluster-name': cluster.name,
    'kubernetes-namespace': pod.namespace,
    'kubernetes-service-account': pod.serviceAccount,
    'kubernetes-pod-name': pod.name,
    'kubernetes-pod-uid': pod.uid,
  };
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

import type { SimulatedObject } from '../../src/simulate/emitter.ts';
import { humanActor } from '../../src/simulate/world/actors.ts';
import type { Actor } from '../../src/simulate/world/api-request.ts';
import type { Cluster, ClusterOptions } from '../../src/simulate/world/cluster.ts';
import { pollPod, startPod } from '../../src/simulate/world/driver.ts';
import type { ClusterNode, PodRecord } from '../../src/simulate/world/kinds.ts';
import type { AwsProvider } from '../../src/sources/aws_cloudtrail/emit/aws-provider.ts';
import { ordinaryTraffic } from './traffic.ts';
import { World } from './world.ts';

export const ops = { name: 'olivia', address: '192.0.2.71' };
export const outside = { address: '198.51.100.66', userAgent: 'Boto3/1.40.18 md/Botocore#1.40.18' };

export interface AwsStage {
  world: World;
  cluster: Cluster;
  aws: AwsProvider;
  nodeA: ClusterNode;
  nodeB: ClusterNode;
  deployer: Actor;
  stripe: SimulatedObject;
  ledger: SimulatedObject;
}

/** Only tags of Pod Identity tell how a cluster is called: a log of others that is missing has no name. */
export const named = { name: 'eks-prod' };

/** An EKS cluster and an account with two secrets of `payments`, each with two versions. */
export function awsStage(
  seed: number,
  options: Omit<ClusterOptions, 'clock' | 'random' | 'truth'> = {},
  part: { withoutKeys?: boolean } = {},
): AwsStage {
  const world = new World(seed);
  const cluster = world.cluster({ driver: '1.6', ...options });
  const aws = world.aws(part);
  const nodeA = cluster.addNode('ip-10-0-1-10.eu-west-1.compute.internal');
  const nodeB = cluster.addNode('ip-10-0-2-20.eu-west-1.compute.internal');
  const deployer = humanActor('dana', '192.0.2.10', ['payments-team']);
  const stripe = aws.makeObject('payments', 'stripe', 2);
  const ledger = aws.makeObject('payments', 'ledger', 2);
  world.objects.add(stripe.reference);
  world.objects.add(ledger.reference);
  ordinaryTraffic(cluster, 3);
  return { world, cluster, aws, nodeA, nodeB, deployer, stripe, ledger };
}

export function applyClass(
  { cluster, deployer, aws }: AwsStage,
  part: { namespace: string; name: string; object: SimulatedObject },
  parameters: Record<string, string> = {},
): void {
  const { namespace, name, object } = part;
  const objects = object.classObjects;
  cluster.applyClass(deployer, { namespace, name, provider: aws.id, parameters, objects });
}

/** What the class of an account with Pod Identity says. */
export const podIdentity = { usePodIdentity: 'true' };

export function start(
  stage: AwsStage,
  part: { namespace: string; account: string; name: string; classes: string[]; node: ClusterNode },
): PodRecord {
  const { account: serviceAccount, ...rest } = part;
  return startPod(stage.cluster, stage.aws, { ...rest, serviceAccount, by: stage.deployer });
}

export function quiet(stage: AwsStage, minutes: number): void {
  stage.world.clock.passMinutes(minutes);
  ordinaryTraffic(stage.cluster, 2);
}

export function poll({ cluster, aws }: AwsStage, pods: readonly PodRecord[]): void {
  for (const pod of pods) pollPod(cluster, aws, pod);
}

export function innocentPod(
  { world }: AwsStage,
  pod: PodRecord,
  why: string,
  objects?: string[],
): void {
  const { uid: id, name, namespace } = pod;
  const part = objects === undefined ? {} : { objects };
  world.truth.innocent({ kind: 'pod', id, name, namespace, why, ...part });
}

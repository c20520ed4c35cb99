import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

// A broker of Apache Kafka to test against, from Maven's jars: needs Java 17 and, once, Maven.
//
//   tsx scripts/kafka-broker.ts install     fetches the jars, prints the folder they are in
//   tsx scripts/kafka-broker.ts             starts a broker, prints where it listens, ends with Ctrl-C

const kafkaVersion = '4.3.1';
const pom = `<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>custody.test</groupId><artifactId>broker</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka-tools</artifactId><version>${kafkaVersion}</version></dependency>
    <dependency><groupId>org.slf4j</groupId><artifactId>slf4j-simple</artifactId><version>1.7.36</version></dependency>
  </dependencies>
</project>
`;

/** Fetches Kafka's jars, unless they are there; gives their folder, which lies outside of the project. */
export function installKafka(): string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const folder = join(cache, 'custody', `kafka-${kafkaVersion}`);
  if (existsSync(folder)) return folder;
  mkdirSync(join(cache, 'custody'), { recursive: true });
  const building = mkdtempSync(`${folder}-`);
  writeFileSync(join(building, 'pom.xml'), pom);
  const goal = 'dependency:copy-dependencies';
  const parameters = ['-q', '-B', goal, '-DincludeScope=runtime', '-DoutputDirectory=jars'];
  execFileSync('mvn', parameters, { cwd: building, stdio: ['ignore', 'ignore', 'inherit'] });
  renameSync(join(building, 'jars'), folder);
  rmSync(building, { recursive: true });
  return folder;
}

/** What a broker is started with. */
export interface BrokerOptions {
  /** The folder of Kafka's jars. */
  jars: string;
  /** Settings beside those that a single broker needs. */
  settings?: Readonly<Record<string, string>>;
  /** A listener with TLS and logins, beside the plain one. */
  secure?: { certificatePem: string; password: string };
}

/** A broker that runs, a cluster of its own. */
export interface Broker {
  address: string;
  /** Of the listener with TLS. */
  secureAddress: string;
  /** Ends it, as a crash would or in order. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again, with what it had. */
  start(): Promise<void>;
  /** Sends it a signal, such as one that freezes it. */
  signal(name: NodeJS.Signals): void;
  /** Runs one of Kafka's own tools. */
  run(mainClass: string, parameters: readonly string[], input?: string): string;
  /** Ends it and removes what it had. */
  remove(): Promise<void>;
}

/** Starts a broker on free ports of this machine. */
export async function startBroker(options: BrokerOptions): Promise<Broker> {
  const folder = mkdtempSync(join(tmpdir(), 'custody-kafka-'));
  const [port, controller, secure] = [await freePort(), await freePort(), await freePort()];
  const properties = join(folder, 'server.properties');
  writeFileSync(properties, settingsOf(options, folder, { port, controller, secure }));
  const run = (mainClass: string, parameters: readonly string[], input = ''): string =>
    execFileSync('java', [...javaOptions(options.jars), mainClass, ...parameters], {
      input,
      encoding: 'utf8',
      stdio: ['pipe', 'pipe', 'ignore'],
    });
  // Kafka's own form of a UUID; a dash in front would look like an option.
  const clusterId = `c${randomBytes(16).toString('base64url').slice(1)}`;
  const users = ['SCRAM-SHA-256', 'SCRAM-SHA-512'].flatMap((mechanism) =>
    options.secure === undefined
      ? []
      : ['--add-scram', `${mechanism}=[name=custody,password=${options.secure.password}]`],
  );
  const format = ['format', '-t', clusterId, '-c', properties, '--standalone', ...users];
  run('kafka.tools.StorageTool', format);
  let child: ChildProcess | null = null;
  const stop = async (signal: NodeJS.Signals = 'SIGTERM'): Promise<void> => {
    const ending = child;
    child = null;
    if (ending === null || ending.exitCode !== null) return;
    const ended = new Promise((resolve) => ending.once('exit', resolve));
    ending.kill(signal);
    await ended;
  };
  const start = async (): Promise<void> => {
    child = await startJava(options.jars, properties, port);
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    secureAddress: `localhost:${secure}`,
    stop,
    start,
    signal: (name) => child?.kill(name),
    run,
    remove: async () => {
      await stop('SIGKILL');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function javaOptions(jars: string): string[] {
  const quiet = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn';
  return ['-Xmx384m', '-XX:TieredStopAtLevel=1', quiet, '-cp', join(jars, '*')];
}

async function startJava(jars: string, properties: string, port: number): Promise<ChildProcess> {
  const child = spawn('java', [...javaOptions(jars), 'kafka.Kafka', properties], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let told = '';
  child.stderr.on('data', (text: Buffer) => {
    told = (told + text.toString()).slice(-4000);
  });
  while (!(await listens(port))) {
    if (child.exitCode !== null) throw new Error(`Cannot start Kafka: it ended\n${told}`);
    await sleep(100);
  }
  return child;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

function settingsOf(
  { settings = {}, secure }: BrokerOptions,
  folder: string,
  ports: { port: number; controller: number; secure: number },
): string {
  const plain = `PLAINTEXT://127.0.0.1:${ports.port}`;
  const named = secure === undefined ? [] : [`SASL_SSL://localhost:${ports.secure}`];
  const module = 'org.apache.kafka.common.security';
  const logins = secure && {
    'sasl.enabled.mechanisms': 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': secure.certificatePem,
    'listener.name.sasl_ssl.plain.sasl.jaas.config': `${module}.plain.PlainLoginModule required user_custody="${secure.password}";`,
    'listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config': `${module}.scram.ScramLoginModule required;`,
    'listener.name.sasl_ssl.oauthbearer.sasl.jaas.config': `${module}.oauthbearer.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub="broker";`,
  };
  const all: Record<string, string> = {
    'process.roles': 'broker,controller',
    'node.id': '1',
    'controller.quorum.bootstrap.servers': `127.0.0.1:${ports.controller}`,
    listeners: [plain, `CONTROLLER://127.0.0.1:${ports.controller}`, ...named].join(','),
    'advertised.listeners': [plain, ...named].join(','),
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'PLAINTEXT',
    'listener.security.protocol.map': 'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL',
    'log.dirs': join(folder, 'logs'),
    'offsets.topic.replication.factor': '1',
    'offsets.topic.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'transaction.state.log.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '1000',
    'auto.create.topics.enable': 'false',
    'message.max.bytes': '10485760',
    ...logins,
    ...settings,
  };
  return Object.entries(all)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const jars = installKafka();
  if (process.argv[2] === 'install') process.stdout.write(`${jars}\n`);
  else {
    const broker = await startBroker({ jars });
    process.stdout.write(`${broker.address}\n`);
    const end = (): void => void broker.remove().then(() => process.exit(0));
    process.once('SIGINT', end);
    process.once('SIGTERM', end);
  }
}

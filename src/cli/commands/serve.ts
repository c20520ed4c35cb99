import type { Command } from 'commander';
import { CustodyError } from '../../errors.ts';
import { openStore } from '../../landing/store.ts';
import { finishOnInterrupt } from '../interrupt.ts';
import { addCommonOptions, type CommonOptions, readCount } from '../options.ts';
import { makeOutput } from '../output.ts';

interface ServeOptions extends CommonOptions {
  config?: string;
  listen?: string;
  tlsCertificate?: string;
  tlsKey?: string;
  clientCa?: string;
  tokenFile?: string[];
  insecure?: boolean;
  refreshSeconds?: number;
  worker?: boolean;
}

/** `custody serve`: a collector that takes records over HTTP and answers while it does. */
export function registerServe(program: Command): void {
  const command = program
    .command('serve')
    .summary('run as a collector: take records over HTTP and from Kafka, and answer meanwhile')
    .description(
      'Takes what API servers (audit webhook) and shippers deliver over HTTP, lands it, keeps the database up to ' +
        'date, and lets every other command work on the store meanwhile. A sender is answered 200 once its records ' +
        'are durable, and 503 when it should try again. Topics of Kafka are read where the configuration names them; ' +
        'the manifest of the store says how far. The first SIGTERM commits what was taken and ends.',
    )
    .option('--config <file>', 'the serve and kafka parts of a custody.yaml; options go before it')
    .option('--listen <host:port>', 'where to listen (127.0.0.1:8790)')
    .option('--tls-certificate <file>', 'certificate, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option('--client-ca <file>', 'take only senders with a certificate of this authority')
    .option('--token-file <file...>', 'take only senders with one of these bearer tokens')
    .option('--insecure', 'listen beyond this machine without TLS or without a credential')
    .option('--refresh-seconds <count>', 'how often new records come into answers (60)', readCount)
    .option('--worker', 'only land, beside a process that serves the same store');
  addCommonOptions(command)
    .addHelpText('after', help)
    .action(async (options: ServeOptions) => {
      const output = makeOutput(options);
      // Loaded when it is needed: no other command serves.
      const [{ serve }, { readServeConfig }] = await Promise.all([
        import('../../serve/serve.ts'),
        import('../../serve/serve-config.ts'),
      ]);
      const config = readServeConfig(options.config, overridesOf(options));
      const store = openStore(options.store, { create: true });
      await finishOnInterrupt(async (signal) => {
        const serving = await serve(store, config);
        output.note(`Serving ${store.folder} at ${serving.address}; Ctrl-C commits and ends`);
        await new Promise<void>((resolve) => {
          if (signal.aborted) resolve();
          signal.addEventListener('abort', () => resolve());
        });
        await serving.stop();
      });
    });
}

const help = `
Examples:
  custody serve
  custody serve --config custody.yaml
  custody serve --config custody.yaml --worker --listen 127.0.0.1:0
  custody serve --listen 0.0.0.0:8443 --tls-certificate tls.crt --tls-key tls.key --token-file prod.token

Routes:
  POST /audit/<cluster>                     an API server's audit webhook
  POST /records/<source>?cluster=<name>     records of a source, or wrapped, from a shipper
  GET  /healthz /readyz /readyz/kafka /metrics`;

function overridesOf(options: ServeOptions): object {
  const { tlsCertificate, tlsKey, clientCa } = options;
  if ((tlsCertificate === undefined) !== (tlsKey === undefined)) {
    throw new CustodyError('BAD_OPTION', 'Cannot use TLS: a certificate needs its key', {
      hint: 'give both --tls-certificate and --tls-key',
    });
  }
  const tls =
    tlsCertificate === undefined
      ? undefined
      : {
          certificate: tlsCertificate,
          key: tlsKey,
          ...(clientCa === undefined ? {} : { client_ca: clientCa }),
        };
  const tokens = options.tokenFile?.map((file) => ({ name: file, file }));
  const { listen, insecure, refreshSeconds, worker } = options;
  return { listen, tls, tokens, insecure, refresh_seconds: refreshSeconds, worker };
}

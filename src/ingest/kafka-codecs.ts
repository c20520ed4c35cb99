import { createRequire } from 'node:module';
import kafkajs from 'kafkajs';
import { decompressFrame } from 'lz4-napi';
import { unzstdWhole } from './unzstd.ts';

const require = createRequire(import.meta.url);

/** A batch of messages is at most this long once it is opened; brokers allow 1 MiB where nothing is said. */
const batch_bytes_max = 256 * 1024 * 1024;

let registered = false;

/**
 * Lets kafkajs open what producers compressed; gzip it knows itself. Without these it ends for good at
 * the first such batch. Nothing is compressed here: a collector sends nothing.
 */
export function registerKafkaCodecs(): void {
  if (registered) return;
  registered = true;
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  CompressionCodecs[CompressionTypes.Snappy] = require('kafkajs-snappy') as () => object;
  CompressionCodecs[CompressionTypes.LZ4] = () => ({
    compress: refuse,
    decompress: (bytes: Buffer) => decompressFrame(bytes),
  });
  CompressionCodecs[CompressionTypes.ZSTD] = () => ({
    compress: refuse,
    decompress: (bytes: Buffer) => unzstdWhole(bytes, batch_bytes_max),
  });
}

function refuse(): Promise<Buffer> {
  throw new Error('a collector compresses nothing');
}

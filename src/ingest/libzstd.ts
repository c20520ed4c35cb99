import { ZSTDDecoder } from 'zstddec/stream';

/** The functions of libzstd's streaming decompression: https://facebook.github.io/zstd/doc/api_manual_latest.html */
export interface Libzstd {
  memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(pointer: number): void;
  ZSTD_createDCtx(): number;
  ZSTD_freeDCtx(context: number): number;
  ZSTD_DStreamOutSize(): number;
  ZSTD_decompressStream(context: number, output: number, input: number): number;
}

let loaded: Promise<Libzstd> | undefined;

/**
 * Facebook's own decoder, compiled to WebAssembly by zstddec; Node has one from 22.15 on only. Of the decoders
 * for Node 20 that npm installs without a compiler it alone checks the checksum of a frame: fzstd passed
 * changed bytes without a word, at a fifth of the speed. Its functions are called here because zstddec's own
 * loop goes on for ever where a frame is damaged, and wants all of its input at once.
 */
export function loadLibzstd(): Promise<Libzstd> {
  loaded ??= load();
  return loaded;
}

async function load(): Promise<Libzstd> {
  const decoder = new ZSTDDecoder();
  const initialise = decoder._init;
  let instance: WebAssembly.Instance | undefined;
  decoder._init = (result) => {
    instance = result.instance;
    initialise.call(decoder, result);
  };
  await decoder.init();
  if (instance === undefined) throw new Error('zstddec loaded no instance');
  return instance.exports as unknown as Libzstd;
}

import * as crypto from 'node:crypto';

const blockBytes = 64;

interface Pads {
  inner: Buffer;
  outer: Buffer;
}

const padsOfKeys = new WeakMap<Buffer, Pads>();

/**
 * HMAC-SHA256 (RFC 2104) of a message, made of two plain hashes.
 *
 * `createHmac` makes an object for each that the garbage collector has to finalise: landing asks for
 * three a redacted record, and spent as much on collecting them as on computing them.
 */
export function hmacSha256(key: Buffer, message: Buffer): Buffer {
  let pads = padsOfKeys.get(key);
  if (pads === undefined) {
    pads = padsOf(key);
    padsOfKeys.set(key, pads);
  }
  const inner = crypto.hash('sha256', Buffer.concat([pads.inner, message]), 'buffer');
  return crypto.hash('sha256', Buffer.concat([pads.outer, inner]), 'buffer');
}

function padsOf(key: Buffer): Pads {
  const block = Buffer.alloc(blockBytes);
  (key.length > blockBytes ? crypto.hash('sha256', key, 'buffer') : key).copy(block);
  const padded = (pad: number) => Buffer.from(block.map((byte) => byte ^ pad));
  return { inner: padded(0x36), outer: padded(0x5c) };
}

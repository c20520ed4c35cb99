import { createHmac, randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { hmacSha256 } from '../../src/landing/hmac-sha256.ts';

it.each([0, 1, 31, 32, 63, 64, 65, 200])(
  'equals the HMAC of Node with a key of %i bytes',
  (length) => {
    const key = randomBytes(length);
    for (const size of [0, 1, 55, 64, 3000]) {
      const message = randomBytes(size);
      const expected = createHmac('sha256', key).update(message).digest('hex');
      expect(hmacSha256(key, message).toString('hex')).toBe(expected);
    }
  },
);

import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { TZ: 'UTC', NO_COLOR: '1' },
    // For machines that are slow or busy: a refresh after each of a dozen sources took 180 s on one.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // Two cores, and many tests start the built program: more files at once only wait for each other.
    maxWorkers: 2,
  },
});

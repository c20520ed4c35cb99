import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    env: { TZ: 'UTC', NO_COLOR: '1' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
    // Two cores, and many tests start the built program: more files at once only wait for each other.
    maxWorkers: 2,
  },
});

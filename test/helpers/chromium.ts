import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';

/** A browser that is installed: `CUSTODY_TEST_CHROMIUM`, else where Debian puts it. */
const executable = process.env.CUSTODY_TEST_CHROMIUM ?? '/usr/bin/chromium';
const isThere = existsSync(executable);
const isRequired = process.env.CUSTODY_REQUIRE_SERVERS === '1';

/** So that whatever is asked of the network comes from the page. */
const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/**
 * Tests in headless Chromium. Without one they are skipped by name, and a line says so; where servers are
 * required, as in CI, they fail.
 */
export function describeChromium(name: string, tests: (browser: () => Browser) => void): void {
  if (!isThere && !isRequired) {
    process.stderr.write(
      `\nLEFT OUT: "${name}": no Chromium. Install the package chromium, ` +
        'or name one: CUSTODY_TEST_CHROMIUM=<file>\n',
    );
  }
  describe.skipIf(!isThere && !isRequired)(name, () => {
    let browser: Browser | undefined;
    beforeAll(async () => {
      if (!isThere) throw new Error(`no Chromium at ${executable}`);
      browser = await chromium.launch({
        executablePath: executable,
        args: flags,
        chromiumSandbox: process.getuid?.() !== 0,
      });
    });
    afterAll(async () => browser?.close());
    tests(() => {
      if (browser === undefined) throw new Error('Chromium has not started');
      return browser;
    });
  });
}

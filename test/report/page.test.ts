import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeChromium } from '../helpers/chromium.ts';
import { custody } from '../helpers/exec.ts';
import { hostileBinding } from '../helpers/hostile-binding.ts';
import { storyLogs } from '../helpers/story-store.ts';
import { contrastsOf } from './contrast.ts';

const root = mkdtempSync(join(tmpdir(), 'custody-page-'));
const store = join(root, 'store');
const markup =
  '<script>document.title="ran"</script><img src=http://127.0.0.1:9/x onerror=alert(1)>';
/** Where screenshots are wanted, to be looked at. */
const screenshots = process.env.CUSTODY_TEST_SCREENSHOTS;
const changes = ['--changes-since', '2026-03-03T08:30:00Z'];
const kinds = ['governance', 'access-review', 'rotation', 'coverage', 'blast-radius'];
const widths = { desktop: 1280, phone: 390 };

beforeAll(async () => {
  const log = join(root, 'hostile.jsonl');
  writeFileSync(log, `${JSON.stringify(hostileBinding(markup, '2026-03-03T09:00:00.000000Z'))}\n`);
  for (const path of [storyLogs, log]) {
    expect((await custody(['ingest', path, '--cluster', 'prod', '--store', store])).status).toBe(0);
  }
  for (const kind of kinds) {
    const named = kind === 'blast-radius' ? ['--object', 'vault:secret/payments/stripe'] : [];
    const words = ['report', kind, ...named, ...changes, '--store', store];
    const { stdout, status } = await custody(words);
    expect(status).toBe(0);
    writeFileSync(pathOf(kind), stdout);
  }
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

describeChromium('a report in a browser', (browser) => {
  const looks = kinds.flatMap((kind) =>
    (['light', 'dark'] as const).flatMap((scheme) =>
      (['desktop', 'phone'] as const).map((device) => [kind, scheme, device] as const),
    ),
  );

  it.each(looks)('%s, %s, %s: asks for nothing and can be read', async (kind, scheme, device) => {
    const context = await browser().newContext({
      colorScheme: scheme,
      viewport: { width: widths[device], height: 900 },
    });
    try {
      const page = await context.newPage();
      const told = listen(page);
      const address = pathToFileURL(pathOf(kind)).href;
      await page.goto(address);
      if (screenshots !== undefined) {
        await page.screenshot({ path: join(screenshots, `${kind}-${scheme}-${device}.png`) });
      }
      expect(told).toEqual([`request ${address}`]);
      expect(await page.title()).not.toBe('ran');
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(widths[device]);
      const { least, count } = await contrastsOf(page);
      expect(count).toBeGreaterThan(20);
      expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
    } finally {
      await context.close();
    }
  });

  it.each(kinds)('%s has its parts in order, and each link leads somewhere', async (kind) => {
    const page = await browser().newPage();
    await page.goto(pathToFileURL(pathOf(kind)).href);
    const landmarks = '[...document.body.children].map(({ tagName }) => tagName)';
    expect(await page.evaluate(landmarks)).toEqual(['HEADER', 'MAIN', 'FOOTER']);
    const headings = await page.locator('h1, h2').allTextContents();
    expect(headings.slice(1, 4)).toEqual([
      'Key questions',
      'Changed since 2026-03-03T08:30:00Z',
      'Unknowns',
    ]);
    expect(await page.locator('h1').count()).toBe(1);
    const dangling = `[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))
      .filter((href) => !href.startsWith('#') || document.getElementById(href.slice(1)) === null)`;
    expect(await page.evaluate(dangling)).toEqual([]);
    const ids = '[...document.querySelectorAll("[id]")].map(({ id }) => id)';
    const all = (await page.evaluate(ids)) as string[];
    expect(all).toEqual([...new Set(all)]);
    await page.close();
  });

  it('is printed dark on white, whatever the screen is', async () => {
    const page = await browser().newPage({ colorScheme: 'dark' });
    await page.goto(pathToFileURL(pathOf('governance')).href);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const back = 'getComputedStyle(document.body).backgroundColor';
    expect(await page.evaluate(back)).toBe('rgb(255, 255, 255)');
    expect((await contrastsOf(page)).least.ratio).toBeGreaterThanOrEqual(4.5);
    expect((await page.pdf()).subarray(0, 5).toString()).toBe('%PDF-');
    await page.close();
  });

  it('shows text that is markup as text', async () => {
    const page = await browser().newPage();
    await page.goto(pathToFileURL(pathOf('access-review')).href);
    expect(await page.locator('body').textContent()).toContain(markup);
    expect(await page.locator('script, img, iframe, link, object').count()).toBe(0);
    await page.close();
  });
});

function pathOf(kind: string): string {
  return join(root, `${kind}.html`);
}

/** Whatever a page asks for, complains about or runs. */
function listen(page: Page): string[] {
  const told: string[] = [];
  page.on('request', (request) => told.push(`request ${request.url()}`));
  page.on('console', (message) => told.push(`console ${message.text()}`));
  page.on('pageerror', (error) => told.push(`error ${error.message}`));
  page.on('dialog', (dialog) => {
    told.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  return told;
}

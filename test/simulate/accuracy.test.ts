import { expect, test } from 'vitest';
import { defaults, examine, scratchFolder } from '../../scripts/accuracy/run.ts';
import { incidentKinds } from '../../src/simulate/incidents.ts';

// The large runs are `npm run accuracy`; this one keeps it true that nothing is told wrong. Six clusters of
// six providers and a start of the program for each of their objects take longer than other tests.
test('a simulated day is told whole, and nobody else is named', async () => {
  const blemishes = { ...defaults.blemishes, disorder: 0.03, duplicates: 0.02, damaged: 0.02 };
  const { measured, lines } = await examine({
    ...defaults,
    seed: 11,
    out: scratchFolder(),
    days: 1,
    namespaces: 2,
    events: 25_000,
    incidents: incidentKinds.length * 2,
    poll_minutes: 45,
    blemishes,
  });
  expect(measured.findings).toEqual([]);
  // What is not told is among the candidates, else it were a finding: pods of one AWS role that got two
  // versions within two whole seconds are told with both.
  expect(measured.told / measured.planted).toBeGreaterThanOrEqual(0.99);
  expect(measured.planted).toBeGreaterThan(80);
  expect(measured.bystandersNamed).toBe(0);
  expect(measured.links.reduce((sum, { checked }) => sum + checked, 0)).toBeGreaterThan(200);
  expect(lines).toBeGreaterThan(25_000);
}, 300_000);

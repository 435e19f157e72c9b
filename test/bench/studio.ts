import { setTimeout as wait } from 'node:timers/promises';
import type { Locator } from 'playwright';
import { launchChromium } from '../support/browser.ts';
import type { Lectern } from '../support/lectern-process.ts';
import { openStudioPreview } from '../support/studio-preview.ts';
import { end, goLive, openStage, until } from '../support/studio-stage.ts';
import { type Bench, median } from './figure.ts';
import { firstSegment } from './latency.ts';
import { cpuSeconds } from './process-cost.ts';

const SWITCHES = 20;
const SWITCH_EVERY_MS = 400;
const COST_ROUNDS = 3;
const COST_MS = 15_000;
const PAGE_EARLY_MINUTES = 2;
const PAGE_MINUTES = Number(process.env['LECTERN_BENCH_MINUTES'] ?? 10);
const NEWCOMERS = 3;
const MIB = 1024 * 1024;

/** From asking for a scene until it is in the picture that the presenter sees, while live. */
export const sceneSwitchBench: Bench = {
  name: 'scene-switch',
  takes: '30 s',
  async run() {
    await using stage = await openStage();
    const { lectern } = stage;
    await goLive(lectern, 'Bench');
    const scenes = await Promise.all(
      ['#ffffff', '#000000'].map(async (ground) => {
        const elements = [{ kind: 'text' as const, text: ground, x: 0.4, y: 0.4, width: 0.2, height: 0.1 }];
        const { id } = await lectern.call('createScene', {
          body: { kind: 'custom', name: ground, ground, elements },
        });
        return { id, isBright: ground === '#ffffff' };
      }),
    );
    using preview = await openStudioPreview(lectern);
    const delays: number[] = [];
    for (let index = 0; index < SWITCHES; index += 1) {
      const { id, isBright } = scenes[index % scenes.length]!;
      const askedMs = performance.now();
      const taken = lectern.call('takeScene', { params: { scene: id } });
      while (preview.pixel(0.1, 0.1).y > 128 !== isBright) {
        await wait(1);
      }
      delays.push(performance.now() - askedMs);
      await taken;
      await wait(SWITCH_EVERY_MS);
    }
    await end(lectern);
    return [
      {
        figure: 'scene asked for → in the programme picture, while live',
        measured: median(delays),
        unit: 'ms',
        target: { most: 200 },
        note: `median of ${SWITCHES}, worst ${Math.max(...delays).toFixed(0)} ms; the encoder goes on, so viewers have it with the same frame`,
      },
    ];
  },
};

/** What the studio costs the service and its mixer while somebody looks at it. */
export const previewBench: Bench = {
  name: 'preview',
  takes: '2 min',
  async run(tell) {
    await using stage = await openStage();
    const { lectern } = stage;
    await goLive(lectern, 'Bench');
    const costs: number[] = [];
    for (let round = 0; round < COST_ROUNDS; round += 1) {
      const alone = await coresOf(lectern);
      const watched = await whileWatched(lectern, () => coresOf(lectern));
      costs.push((watched - alone) * 100);
      tell(
        `round ${round + 1}: ${(alone * 100).toFixed(1)} % of a core, ${(watched * 100).toFixed(1)} % with the studio open`,
      );
    }
    await end(lectern);
    return [
      {
        figure: 'preview and meters of an open studio, of one core',
        measured: median(costs),
        unit: '%',
        target: { most: 10 },
        note: `960 pixels wide, 30 pictures and ten readings a second, service and mixer; median of ${COST_ROUNDS} rounds`,
      },
    ];
  },
};

async function coresOf({ pid }: Lectern): Promise<number> {
  const before = cpuSeconds(pid);
  await wait(COST_MS);
  return (cpuSeconds(pid) - before) / (COST_MS / 1000);
}

async function whileWatched<T>({ controlUrl, token }: Lectern, run: () => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const { body } = await fetch(`${controlUrl}/api/v1/studio/preview?width=960&frameRate=30`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  const reader = body?.getReader();
  const reading = (async () => {
    while ((await reader?.read())?.done === false) {
      // Thrown away: what it costs to draw is the page's.
    }
  })().catch(() => undefined);
  try {
    return await run();
  } finally {
    stop.abort();
    await reading;
  }
}

/** What the studio's page keeps, late in a broadcast over early in it. */
export const pageMemoryBench: Bench = {
  name: 'page-memory',
  takes: `${PAGE_MINUTES} min`,
  async run(tell) {
    await using stage = await openStage();
    const { lectern } = stage;
    const browser = await launchChromium();
    try {
      const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
      await page.goto(lectern.pageUrl);
      await goLive(lectern, 'Bench');
      await page.locator('.studio[data-phase="live"]').waitFor();
      const devTools = await page.context().newCDPSession(page);
      await devTools.send('Performance.enable');
      const kept = async (): Promise<number> => {
        await devTools.send('HeapProfiler.collectGarbage');
        const { metrics } = await devTools.send('Performance.getMetrics');
        return metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? Number.NaN;
      };
      await wait(PAGE_EARLY_MINUTES * 60_000);
      const early = await kept();
      tell(`after ${PAGE_EARLY_MINUTES} min: ${(early / MIB).toFixed(1)} MiB`);
      await wait((PAGE_MINUTES - PAGE_EARLY_MINUTES) * 60_000);
      const late = await kept();
      await end(lectern);
      return [
        {
          figure: 'memory that the studio’s page keeps, late over early',
          measured: late / early,
          unit: '×',
          target: { most: 1.1 },
          note: `${(late / MIB).toFixed(1)} MiB after ${PAGE_MINUTES} min over ${(early / MIB).toFixed(1)} MiB after ${PAGE_EARLY_MINUTES} min of live, garbage collected`,
        },
      ];
    } finally {
      await browser.close();
    }
  },
};

/** A first broadcast by somebody who has never been here and hesitates nowhere: what the program itself costs in presses and time. */
export const newcomerBench: Bench = {
  name: 'newcomer',
  takes: '1 min',
  async run(tell) {
    const browser = await launchChromium();
    try {
      const seconds: number[] = [];
      let presses = 0;
      for (let round = 0; round < NEWCOMERS; round += 1) {
        presses = 0;
        const press = async (target: Locator): Promise<void> => {
          presses += 1;
          await target.click();
        };
        const startedMs = performance.now();
        await using stage = await openStage();
        const { lectern } = stage;
        const page = await browser.newPage({ viewport: { width: 1180, height: 680 }, locale: 'en-GB' });
        await page.goto(lectern.pageUrl);
        await press(page.getByRole('button', { name: 'Choose a source' }));
        const dialog = page.getByRole('dialog');
        await press(dialog.getByRole('button', { name: /^Test picture/ }));
        await press(dialog.getByRole('button', { name: 'Add', exact: true }));
        await press(dialog.getByRole('button', { name: 'Done' }));
        await press(page.getByRole('button', { name: 'Go live' }));
        const session = await until(
          'there is a session',
          async () => (await lectern.call('getStudio', {})).session,
        );
        await until('it plays', async () => await firstSegment(session.urls.hls));
        seconds.push((performance.now() - startedMs) / 1000);
        tell(`${presses} presses, ${seconds.at(-1)?.toFixed(1)} s`);
        await end(lectern);
        await page.close();
      }
      return [
        {
          figure: 'first broadcast from an empty data folder: program started → first playable segment',
          measured: median(seconds),
          unit: 's',
          target: { most: 20 },
          note: `${presses} presses by a script that does not hesitate, the choice of a ladder for this computer with it; median of ${NEWCOMERS}`,
        },
      ];
    } finally {
      await browser.close();
    }
  },
};

import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { LadderChoice } from '../../src-main/shared/api/ladder.ts';
import type { StudioState } from '../../src-main/shared/api/studio.ts';
import { type Lectern, startLectern } from './lectern-process.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

/** A service on a data folder of its own, which is gone afterwards. */
export type Stage = AsyncDisposable & {
  readonly lectern: Lectern;
  readonly dataDir: string;
  /** Starts it again on the same data, after it was killed or stopped. */
  restart(): Promise<Lectern>;
};

export async function openStage(
  options: { readonly env?: Readonly<Record<string, string>>; readonly args?: readonly string[] } = {},
): Promise<Stage> {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-e2e-'));
  const dataDir = join(folder.path, 'data');
  let lectern = await startLectern({ dataDir, ...options });
  return {
    get lectern() {
      return lectern;
    },
    dataDir,
    async restart() {
      lectern = await startLectern({ dataDir, ...options });
      return lectern;
    },
    async [Symbol.asyncDispose]() {
      await lectern.stop();
      await folder[Symbol.asyncDispose]();
    },
  };
}

export type Session = NonNullable<StudioState['session']>;

/** Leaves the processors to the browsers and players of a test: what would fit this computer fits it alone. */
export const LIGHT: LadderChoice = {
  kind: 'custom',
  ladder: {
    frameRate: 30,
    video: [
      { width: 640, height: 360, bitrate: 900_000 },
      { width: 480, height: 270, bitrate: 400_000 },
    ],
    audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
  },
};

/** Goes live with the test picture, as a script would. */
export async function goLive(
  { call }: Pick<Lectern, 'call'>,
  title = 'A talk',
  ladder: LadderChoice = LIGHT,
): Promise<Session> {
  await call('patchSettings', { body: { encoding: { ladder } } });
  await call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });
  await call('goLive', { body: { title } });
  return await until('it is live', async () => {
    const { phase, session } = await call('getStudio', {});
    return phase === 'live' ? session : undefined;
  });
}

export async function end({ call }: Lectern): Promise<void> {
  await call('endLive', { body: { now: true } });
  await until('it is off air', async () => ((await call('getStudio', {})).phase === 'off-air' ? true : undefined));
}

/** Asks again and again until there is an answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined> | T | undefined,
  withinMs = 20_000,
): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (Date.now() > deadline) {
      throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    }
    await wait(100);
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdvertisements } from '../../../src-main/core/live/advertisements.ts';
import { type CueList, createCueList } from '../../../src-main/core/live/cues/cue-list.ts';
import type { EventRun } from '../../../src-main/core/live/event-run.ts';
import { CUE_TIMESCALE } from '../../../src-main/core/ports/cues.ts';
import { parseSpliceInfo } from '../../../src-main/media/scte35/splice-info.ts';
import { spliceSignals } from '../../../src-main/media/scte35/splice-signals.ts';
import { ticks } from '../../../src-main/media/time.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

const START_MS = 1_900_000_000_000;
const DELAY = 0.6;
/** What goes out is encoded so much later. */
const LATENCY = 1;

/** A running event that encodes; its timeline is as far as the clock and the encoder's latency let it. */
function stage() {
  const clock = manualClock(START_MS);
  const seconds = (): number => clock.wallMs() / 1000;
  const cues: CueList = createCueList({
    position: () => ({
      edge: ticks(BigInt(Math.round((seconds() - LATENCY) * CUE_TIMESCALE))),
      nextSequence: Math.floor(seconds() / 2),
      hasVideo: true,
    }),
  });
  const slates: string[] = [];
  const encoding = {
    showSlate: (shown: number): Promise<void> => Promise.resolve(void slates.push(`${shown} s`)),
    hideSlate: () => void slates.push('hidden'),
    delaySeconds: () => DELAY,
  };
  const parts = { session: { cues }, feed: { encoding } };
  const advertisements = createAdvertisements({ clock, readSlate: () => Promise.reject(new Error('no asset')) });
  return {
    clock,
    slates,
    // Of the run and the event nothing else is looked at.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    run: parts as unknown as EventRun,
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    event: { name: 'ads', encoding: { encodingType: 'Standard' } } as LiveEvent,
    advertisements,
    told: () =>
      cues.list().map(({ kind, time, withdrawn, message }) => ({
        kind,
        after: Math.round(((Number(time) / CUE_TIMESCALE) * 1000 - START_MS) / 10) / 100,
        withdrawn,
        eventId: spliceSignals(parseSpliceInfo(message))[0]?.eventId,
      })),
  };
}

test('a break without a slate begins and ends with what comes in at that moment', async () => {
  const { clock, run, event, advertisements, told, slates } = stage();

  await advertisements.start(event, run, { duration: 30, cueId: 7 });
  clock.advance(10_000);
  advertisements.end(event, run, { cueId: 7 });

  assert.deepEqual(told(), [
    { kind: 'out', after: DELAY, withdrawn: false, eventId: 7 },
    { kind: 'in', after: 10 + DELAY, withdrawn: false, eventId: 7 },
  ]);
  assert.deepEqual(slates, []);
});

test('a break with a slate begins and ends with the slate, which is put over what goes out', async () => {
  const { clock, run, event, advertisements, told, slates } = stage();

  await advertisements.start(event, run, { duration: 30, cueId: 7, showSlate: true });
  clock.advance(10_000);
  advertisements.end(event, run, { cueId: 7 });

  assert.deepEqual(
    told().map(({ kind, after }) => [kind, after]),
    [
      ['out', 0],
      ['in', 10],
    ],
  );
  assert.deepEqual(slates, ['30 s', 'hidden']);
});

test('a break that has not come out yet is taken back without a word, also by a duration of nothing', async () => {
  const { clock, run, event, advertisements, told } = stage();

  await advertisements.start(event, run, { duration: 30, cueId: 7 });
  clock.advance(500);
  await advertisements.start(event, run, { duration: 0, cueId: 7 });

  assert.deepEqual(told(), [{ kind: 'out', after: DELAY, withdrawn: true, eventId: 7 }]);
});

test('what is no break, or no more, cannot be ended', async () => {
  const { clock, run, event, advertisements } = stage();
  const end = (cueId: number): void => advertisements.end(event, run, { cueId });
  const isUnknown = (error: unknown): boolean => error instanceof AppError && error.code === 'resource/not-found';

  assert.throws(() => end(7), isUnknown);
  await advertisements.start(event, run, { duration: 30, cueId: 7 });
  assert.throws(() => end(8), isUnknown);
  clock.advance(10_000);
  end(7);
  assert.throws(() => end(7), isUnknown);
  clock.advance(60_000);
  assert.throws(() => end(7), isUnknown);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../../src-main/base/clock.ts';
import { separateTrackCommand } from '../../../src-main/core/encode/encoder-args.ts';
import { AAC_FRAME } from '../../../src-main/core/mix/encoder-run.ts';
import { createSeparateTracks } from '../../../src-main/core/mix/separate-tracks.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import type { Child } from '../../../src-main/core/ports/process.ts';
import { createFragmentReader, type FragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { until } from '../../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg');
const RATE = 48_000;
const COUNT = 1600;
/** Any time of day. */
const START = AAC_FRAME * 80_000_000_000;

/** Separate tracks whose time is moved by hand, in front of a real encoder that can be kept from being started. */
function openWorld() {
  const processes = openProcesses();
  const children: Child[] = [];
  const events: MixerEvent[] = [];
  const runs = new Map<number, { readonly reader: FragmentReader; readonly start: number }>();
  /** Of AAC frames on the programme's time: what a run repeats of the one before is left out, as the timeline does it. */
  const times: number[] = [];
  const world = { canStart: true };
  let numbered = 0;
  let at = START;
  const { offsetSeconds } = separateTrackCommand({ path: 'ffmpeg' });
  const tracks = createSeparateTracks({
    async spawn(spec) {
      if (!world.canStart) {
        throw new AppError('process/unusable', 'It cannot be started.');
      }
      const child = await processes.spawn(spec);
      children.push(child);
      return child;
    },
    clock: systemClock(),
    logger: silentLogger,
    nextRun: () => (numbered += 1),
    onEvent(event) {
      events.push(event);
      if (event.type === 'encoder-run') {
        runs.set(event.run, { reader: createFragmentReader(), start: Number(event.audioStart) });
      }
    },
    onEncoded(number, _track, bytes) {
      const run = runs.get(number);
      for (const event of run?.reader.push(bytes) ?? []) {
        const samples = event.kind === 'header' ? [] : event.samples;
        for (const { decodeTime } of samples) {
          const time = (run?.start ?? 0) + Number(decodeTime) - offsetSeconds * RATE;
          if (time >= (run?.start ?? 0) && time > (times.at(-1) ?? 0)) {
            times.push(time);
          }
        }
      }
    },
    mostSamples: COUNT,
  });
  const track = {
    encoding: 'apart',
    source: 'mic',
    evenMuted: false,
    command: separateTrackCommand({ path: 'ffmpeg' }),
  };
  tracks.set([track], at);
  const sound = new Float32Array(COUNT * 2).fill(0.1);
  return {
    world,
    children,
    events,
    times,
    pass(seconds: number): void {
      for (const end = at + seconds * RATE; at < end; at += COUNT) {
        tracks.taps().get('mic')?.push(sound, COUNT);
        tracks.advance(at, at + COUNT, false);
      }
    },
    finish: () => tracks.finish(),
    holes: () =>
      times
        .flatMap((time, index) => (index > 0 ? [time - (times[index - 1] ?? 0)] : []))
        .filter((step) => step !== AAC_FRAME),
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}

test('an encoder of a separate track that is killed is back at once, and nothing of the track is missing', {
  skip,
}, async () => {
  await using it = openWorld();
  it.pass(0.1);
  await until('it runs', () => it.children[0]);
  it.pass(1);
  await until('it gives something', () => it.times.length > 10 || undefined);

  it.children[0]?.kill();
  it.pass(1);
  await until('another one runs', () => it.children[1]);
  it.pass(1);
  await until('it goes on', () => (it.times.at(-1) ?? 0) - START > 2.5 * RATE || undefined);
  await it.finish();

  assert.deepEqual(it.holes(), []);
  assert.equal(it.events.filter(({ type }) => type === 'separate-status').length, 1);
  assert.equal(it.events.at(-1)?.type, 'separate-ended');
});

test('one that cannot be started for long leaves one gap, of its true length to a few seconds, and is on the same time behind it', {
  skip,
}, async () => {
  await using it = openWorld();
  it.pass(0.1);
  await until('it runs', () => it.children[0]);
  it.pass(1);
  await until('it gives something', () => it.times.length > 10 || undefined);

  it.world.canStart = false;
  it.children[0]?.kill();
  await until(
    'it has failed twice',
    () => it.events.filter(({ type }) => type === 'separate-status').length >= 2 || undefined,
  );
  it.pass(30);
  it.world.canStart = true;
  await until('another one runs', () => it.children[1]);
  await wait(50);
  it.pass(1);
  await until('it goes on', () => (it.times.at(-1) ?? 0) - START > 31.5 * RATE || undefined);
  await it.finish();

  const [hole, ...others] = it.holes();
  assert.deepEqual(others, []);
  assert(hole !== undefined && hole > 20 * RATE && hole < 31 * RATE, `${hole}`);
  assert.equal(hole % AAC_FRAME, 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEncoding, type Encoding } from '../../../src-main/core/mix/encoding.ts';
import { createHistory } from '../../../src-main/core/mix/history.ts';
import { createPicturePool } from '../../../src-main/core/mix/picture.ts';
import { createFrameGrid } from '../../../src-main/core/mix/programme-clock.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import { createFragmentReader, type FragmentEvent } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { FAKE_CANVAS, type FakeEncoders, fakeCommand, fakeEncoders } from '../../unit/mix/fake-encoders.ts';

const FIRST_FRAME = 56_000_000_000;

/** An encoding over a programme that counts, with fake processes and a clock that is moved by hand. */
function openWorld(prepare: (encoders: FakeEncoders) => void = () => undefined) {
  const clock = manualClock();
  const grid = createFrameGrid(FAKE_CANVAS.frameRate);
  const pool = createPicturePool(FAKE_CANVAS.width, FAKE_CANVAS.height, 4);
  const history = createHistory(grid.periodMs, FIRST_FRAME, grid.sampleOf(FIRST_FRAME));
  const encoders: FakeEncoders = fakeEncoders();
  prepare(encoders);
  const events: MixerEvent[] = [];
  const readers = new Map<string, ReturnType<typeof createFragmentReader>>();
  /** Media times of the samples that were told, by track: frames for picture, samples of 1/48000 s for sound. */
  const told: number[][] = [[], [], []];
  let runs = 0;
  let hasEnded = false;

  const encoding: Encoding = createEncoding({
    id: 'live',
    command: fakeCommand('a'),
    spawn: (spec) => encoders.spawn(spec),
    clock,
    logger: silentLogger,
    grid,
    history,
    nextRun: () => (runs += 1),
    onEvent: (event) => void events.push(event),
    onEncoded(run, track, bytes) {
      const start = events.findLast((event) => event.type === 'encoder-run');
      assert(start?.type === 'encoder-run' && start.run === run, 'bytes come behind their announcement');
      const reader = readers.get(`${run}/${track}`) ?? createFragmentReader();
      readers.set(`${run}/${track}`, reader);
      for (const event of whole(() => reader.push(bytes))) {
        for (const sample of event.kind === 'fragment' ? event.samples : []) {
          told[track]!.push(
            track === 2
              ? Number(start.audioStart) + Number(sample.decodeTime) - 480_000
              : (Number(start.videoStart) + Number(sample.decodeTime) - 900_000) / 3000,
          );
        }
      }
    },
    onEnded: () => (hasEnded = true),
  });

  function pushFrame(): void {
    const picture = pool.take();
    picture.bytes.writeUInt32BE(history.nextFrame() % 2 ** 32, 0);
    history.pushFrame(picture);
    const until = grid.sampleOf(history.nextFrame() - 1);
    history.pushSound(new Int16Array((until - history.nextSample()) * 2), until - history.nextSample());
  }

  const world = {
    clock,
    history,
    pool,
    encoders,
    events,
    encoding,
    told,
    hasEnded: () => hasEnded,
    starts: () => events.filter((event) => event.type === 'encoder-run'),
    /** The youngest process. */
    last: () => encoders.children.at(-1)!,
    /** Runs the programme for a time, tick by tick. */
    async play(frames: number): Promise<void> {
      for (let index = 0; index < frames; index += 1) {
        await clock.advanceAsync(grid.periodMs);
        pushFrame();
        encoding.feed();
        await nextTurn();
        await nextTurn();
      }
    },
    /** The process of the programme does not run for a while, then the clock jumps. */
    async jump(frames: number): Promise<void> {
      encoding.breakOff();
      const frame = history.nextFrame() + frames;
      await clock.advanceAsync(frames * grid.periodMs);
      history.jump(frame, grid.sampleOf(frame));
      encoding.resume();
    },
  };
  encoding.resume();
  return world;
}

/** What a reader makes of garbage is its own affair. */
function whole(read: () => readonly FragmentEvent[]): readonly FragmentEvent[] {
  try {
    return read();
  } catch {
    return [];
  }
}

/** Where a row of media times is not a gapless row. */
function holes(times: readonly number[], step: number): readonly string[] {
  return times
    .slice(1)
    .flatMap((time, index) => (time === times[index]! + step ? [] : [`${times[index]} → ${time}`]));
}

/** Sound as the timeline keeps it: what is there already is passed over. */
function withoutRepeats(times: readonly number[]): readonly number[] {
  return times.filter((time, index) => times.slice(0, index).every((before) => before < time));
}

const STATUS_FAULT = (world: ReturnType<typeof openWorld>): string | undefined =>
  world.encoding.status().fault?.code;

test('a process that is killed is followed by one that begins with the first frame that never came out', async () => {
  const world = openWorld();
  await world.play(30);
  const first = world.last();
  first.isEncoding = false;
  await world.play(5);

  first.die({ signal: 'SIGKILL' });
  await world.play(30);

  assert.equal(world.encoders.children.length, 2);
  assert.equal(world.last().frames[0], (FIRST_FRAME + 30) % 2 ** 32);
  assert.deepEqual(
    world.starts().map((start) => start.lostFrames),
    [0, 0],
  );
  assert.deepEqual(holes(world.told[0]!, 1), []);
  assert.deepEqual(holes(world.told[1]!, 1), []);
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), []);
  assert.equal(world.encoding.status().restarts, 1);
  assert.equal(STATUS_FAULT(world), 'process/exited');
});

test('what the history no longer had when the next process came is told as lost', async () => {
  const world = openWorld();
  await world.play(30);
  const { promise: spawned, resolve } = Promise.withResolvers<undefined>();
  world.encoders.onSpawn = () => spawned;

  world.last().die({ code: 1 });
  await world.play(60);
  resolve(undefined);
  await world.play(30);

  const start = world.starts()[1]!;
  // 60 frames and the one that was just composed, of which 21 are kept.
  assert.equal(start.lostFrames, 60 - 21);
  assert.equal(world.told[0]!.length, new Set(world.told[0]).size);
  assert.deepEqual(holes(world.told[0]!, 1).length, 1);
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), [], 'sound is kept for longer');
});

test('restarts of a process that keeps dying come further and further apart, and never end', async () => {
  const world = openWorld();
  await world.play(10);
  const atFrames: number[] = [];
  let played = 0;
  world.encoders.prepare = (child) => {
    child.isEncoding = false;
    atFrames.push(played);
    setImmediate(() => child.die({ code: 1, lastLines: ['out of memory'] }));
  };

  world.last().die({ code: 1 });
  for (; played < 30 * 30; played += 1) {
    await world.play(1);
  }

  const waits = atFrames.slice(1).map((frame, index) => Math.round((frame - atFrames[index]!) / 3) / 10);
  assert.deepEqual(
    waits.slice(0, 7).map((seconds) => Math.round(seconds * 2) / 2),
    [0.5, 1, 2, 4, 4, 4, 4],
  );
  assert(!world.hasEnded());
  assert.match(world.encoding.status().fault?.message ?? '', /out of memory/);
});

test('a command line that never gave anything is given up after three attempts', async () => {
  const world = openWorld();
  world.encoders.prepare = (child) => {
    child.isEncoding = false;
    setImmediate(() => child.die({ code: 1, lastLines: ["Unknown encoder 'x'"] }));
  };

  await world.play(120);

  assert.equal(world.encoders.children.length, 3);
  assert.deepEqual(
    world.events.findLast((event) => event.type === 'encoder-ended'),
    {
      type: 'encoder-ended',
      encoding: 'live',
      fault: {
        code: 'process/exited',
        message: "The encoder ended unexpectedly (code 1): Unknown encoder 'x'",
      },
    },
  );
  assert(world.hasEnded());
});

test('a program that does not exist is given up at once', async () => {
  const world = openWorld((encoders) => {
    encoders.onSpawn = () => {
      throw new AppError('process/not-found', 'ffmpeg was not found.');
    };
  });

  await world.play(2);

  assert.deepEqual(world.events.at(-1), {
    type: 'encoder-ended',
    encoding: 'live',
    fault: { code: 'process/not-found', message: 'ffmpeg was not found.' },
  });
});

test('a process that takes frames and gives nothing back for two seconds is replaced', async () => {
  const world = openWorld();
  await world.play(30);
  const first = world.last();
  first.isEncoding = false;

  await world.play(59);
  assert(!first.wasKilled());
  await world.play(6);

  assert(first.wasKilled());
  assert.equal(world.encoders.children.length, 2);
  assert.equal(STATUS_FAULT(world), 'live/encoder-no-output');
});

test('a pause of the mixer itself is not held against the encoder', async () => {
  const world = openWorld();
  await world.play(30);

  await world.clock.advanceAsync(1900);
  await world.play(60);

  assert.equal(world.encoders.children.length, 1);
  assert.equal(world.encoding.status().restarts, 0);
});

test('output that is no fragments is the end of its process', async () => {
  const world = openWorld();
  await world.play(10);

  world.last().spoil();
  await world.play(10);

  assert.equal(world.encoders.children.length, 2);
  assert.equal(STATUS_FAULT(world), 'media/malformed');
  assert.deepEqual(holes(world.told[0]!, 1), []);
});

test('frames that wait for more than a second are told as overload', async () => {
  const world = openWorld();
  await world.play(10);
  world.last().accepts = 10;

  await world.play(10);
  assert.equal(STATUS_FAULT(world), undefined);
  await world.play(30);

  const status = world.encoding.status();
  assert.equal(status.fault?.code, 'encode/overloaded');
  assert(status.backlogFrames > 30, `${status.backlogFrames} frames`);
});

test('an encoder hopelessly behind is restarted at the present frame, and memory stays bounded', async () => {
  const world = openWorld();
  world.encoders.prepare = (child) => (child.accepts = 10);
  let most = 0;

  for (let index = 0; index < 300; index += 1) {
    await world.play(1);
    // It goes on giving a little, so that it is not silence it is judged by.
    world.last().accepts += index % 10 === 0 ? 1 : 0;
    most = Math.max(most, world.pool.size());
  }

  assert(world.encoders.children.length > 3);
  assert(most < 90 + 21 + 8, `${most} pictures`);
  const lost = world.starts().map((start) => start.lostFrames);
  assert(
    lost.slice(1).every((frames) => frames > 30),
    lost.join(' '),
  );
});

test('an encoder that falls behind after it had kept up is restarted sooner', async () => {
  const world = openWorld();
  await world.play(30);
  const first = world.last();
  first.accepts = 30;

  for (let index = 0; index < 50; index += 1) {
    await world.play(1);
    first.accepts += index % 10 === 0 ? 1 : 0;
  }
  await world.play(3);

  assert(first.wasKilled());
  assert.equal(world.encoders.children.length, 2);
  assert(world.last().frames[0]! > (FIRST_FRAME + 70) % 2 ** 32, 'at the present frame');
});

test('a process that is slow to start is left to catch up', async () => {
  const world = openWorld((encoders) => {
    encoders.prepare = (child) => (child.accepts = 0);
  });

  await world.play(75);
  world.last().accepts = Infinity;
  await world.play(10);

  assert.equal(world.encoders.children.length, 1);
  assert.equal(world.told[0]!.length, 85);
  assert.equal(world.encoding.status().backlogFrames, 0);
});

test('another command takes over at a frame boundary: no frame is lost, none comes twice', async () => {
  const world = openWorld();
  await world.play(40);
  const [old] = world.encoders.children;

  world.encoding.replace(fakeCommand('b'));
  await world.play(40);

  const young = world.last();
  assert.deepEqual(young.spec.args, ['b']);
  assert.equal(young.frames[0], old!.frames.at(-1)! + 1);
  assert(old!.hasEnded() && !old!.wasKilled());
  assert.deepEqual(holes(world.told[0]!, 1), []);
  assert.deepEqual(holes(world.told[1]!, 1), []);
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), []);
  assert.equal((old!.sound().length / 4) % 1024, 0, 'the sound of the old run ends with a whole AAC frame');
  assert.equal(world.encoding.status().restarts, 0);
});

test('what the new process gives while the old one drains is told behind it', async () => {
  const world = openWorld();
  await world.play(30);
  const old = world.last();
  old.accepts = 25;
  await world.play(10);

  world.encoding.replace(fakeCommand('b'));
  await world.play(20);
  assert.equal(world.starts().length, 1);
  assert(world.last().frames.length > 15);
  old.accepts = Infinity;
  // The pipe is full: only the end of the wait lets it go on.
  await world.play(1);
  old.die({ code: 0 });
  await world.play(10);

  assert.equal(world.starts().length, 2);
  assert.deepEqual(
    world.told[0]!.toSorted((a, b) => a - b),
    world.told[0],
  );
});

test('a new command whose process dies is taken back, without a lost frame', async () => {
  const world = openWorld();
  await world.play(40);
  world.encoders.prepare = (child) => {
    if (child.spec.args[0] === 'bad') {
      child.isEncoding = false;
      setImmediate(() => child.die({ code: 1, lastLines: ['Error while opening encoder'] }));
    }
  };

  world.encoding.replace(fakeCommand('bad'));
  await world.play(40);

  assert.deepEqual(
    world.encoders.children.map(({ spec }) => spec.args[0]),
    ['a', 'bad', 'a'],
  );
  assert.deepEqual(holes(world.told[0]!, 1), []);
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), []);
  assert.match(world.encoding.status().fault?.message ?? '', /opening encoder/);
});

test('a new command whose process gives nothing for two seconds is taken back', async () => {
  const world = openWorld();
  await world.play(40);
  world.encoders.prepare = (child) => (child.isEncoding = child.spec.args[0] !== 'silent');

  world.encoding.replace(fakeCommand('silent'));
  await world.play(90);

  assert.deepEqual(
    world.encoders.children.map(({ spec }) => spec.args[0]),
    ['a', 'silent', 'a'],
  );
  assert.equal(STATUS_FAULT(world), 'live/encoder-no-output');
});

test('a new command that cannot even be started leaves the old process running', async () => {
  const world = openWorld();
  await world.play(10);
  world.encoders.onSpawn = () => {
    throw new AppError('process/unusable', 'That ffmpeg cannot be run.');
  };

  world.encoding.replace(fakeCommand('b'));
  await world.play(30);

  assert.equal(world.encoders.children.length, 1);
  assert(!world.last().hasEnded());
  assert.equal(STATUS_FAULT(world), 'process/unusable');
  assert.deepEqual(holes(world.told[0]!, 1), []);
});

test('the old process may die while the new one is being started', async () => {
  const world = openWorld();
  await world.play(40);
  const { promise: spawned, resolve } = Promise.withResolvers<undefined>();
  world.encoders.onSpawn = () => spawned;

  world.encoding.replace(fakeCommand('b'));
  await world.play(2);
  world.last().die({ code: 1 });
  await world.play(3);
  resolve(undefined);
  await world.play(30);

  assert.deepEqual(holes(world.told[0]!, 1), []);
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), []);
  assert.deepEqual(world.last().spec.args, ['b']);
});

test('two replacements in quick turn end with the last one', async () => {
  const world = openWorld();
  await world.play(20);

  world.encoding.replace(fakeCommand('b'));
  world.encoding.replace(fakeCommand('c'));
  await world.play(40);

  assert.deepEqual(world.last().spec.args, ['c']);
  assert(world.encoders.children.slice(0, -1).every((child) => child.hasEnded()));
  assert.deepEqual(holes(world.told[0]!, 1), []);
});

test('a replacement ends a wait for the next attempt', async () => {
  const world = openWorld();
  await world.play(10);
  world.encoders.prepare = (child) => {
    if (child.spec.args[0] === 'a') {
      child.isEncoding = false;
      setImmediate(() => child.die({ code: 1 }));
    }
  };
  world.last().die({ code: 1 });
  await world.play(120);

  world.encoding.replace(fakeCommand('b'));
  await world.play(3);

  assert.deepEqual(world.last().spec.args, ['b']);
});

test('behind a jump of the clock a new run begins at the new place', async () => {
  const world = openWorld();
  await world.play(30);

  await world.jump(300);
  await world.play(30);

  const [first, second] = world.encoders.children;
  assert(first!.hasEnded() && !first!.wasKilled());
  assert.equal(first!.frames.at(-1), (FIRST_FRAME + 29) % 2 ** 32);
  assert.equal(second!.frames[0], (FIRST_FRAME + 330) % 2 ** 32);
  const start = world.starts()[1]!;
  assert.equal(start.lostFrames, 300);
  assert(Number(start.audioStart) >= (FIRST_FRAME + 330) * 1600);
  assert.equal(Number(start.audioStart) % 1024, 0);
  assert.equal(world.told[0]!.length, new Set(world.told[0]).size);
  assert.equal(world.encoding.status().restarts, 0);
});

test('a stop lets the process finish, and tells everything it had', async () => {
  const world = openWorld();
  await world.play(30);

  world.encoding.stop();
  await world.play(5);

  assert.deepEqual(world.events.at(-1), { type: 'encoder-ended', encoding: 'live', fault: undefined });
  assert.equal(world.told[0]!.length, 30);
  assert(!world.last().wasKilled());
  assert(world.hasEnded());
});

test('a process that does not finish in two seconds is killed', async () => {
  const world = openWorld();
  await world.play(30);
  world.last().accepts = 0;
  await world.play(3);

  world.encoding.stop();
  await world.play(55);
  assert(!world.hasEnded());
  await world.play(10);

  assert(world.last().wasKilled());
  assert(world.hasEnded());
});

test('a stop during a wait, or while a process is being started, leaves nothing behind', async () => {
  const waiting = openWorld();
  await waiting.play(10);
  waiting.encoders.prepare = (child) => {
    child.isEncoding = false;
    setImmediate(() => child.die({ code: 1 }));
  };
  waiting.last().die({ code: 1 });
  await waiting.play(5);
  waiting.encoding.stop();
  await waiting.play(60);
  assert(waiting.hasEnded());
  assert.equal(waiting.clock.pending(), 0);

  const { promise: spawned, resolve } = Promise.withResolvers<undefined>();
  const starting = openWorld((encoders) => {
    encoders.onSpawn = () => spawned;
  });
  await starting.play(2);
  starting.encoding.stop();
  await starting.play(2);
  assert(!starting.hasEnded());
  resolve(undefined);
  await starting.play(2);
  assert(starting.hasEnded());
  assert(starting.encoders.children.every((child) => child.hasEnded()));
});

test('the first run begins with the next frame, and every run’s sound on one grid', async () => {
  const world = openWorld();
  await world.play(20);
  for (let index = 0; index < 3; index += 1) {
    world.last().die({ code: 1 });
    await world.play(45);
  }

  const starts = world.starts();
  assert.equal(starts[0]!.videoStart, String(FIRST_FRAME * 3000));
  assert.deepEqual(
    starts.map(({ audioStart }) => Number(audioStart) % 1024),
    [0, 0, 0, 0],
  );
  assert.deepEqual(holes(withoutRepeats(world.told[2]!), 1024), []);
});

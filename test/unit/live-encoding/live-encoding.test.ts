import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import type { FeedReader } from '../../../src-main/core/live-encoding/feed-queue.ts';
import { createLiveEncoding } from '../../../src-main/core/live-encoding/live-encoding.ts';
import type { IncomingMedia } from '../../../src-main/core/ports/live-encoding.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { MixerCommand, MixerData, MixerEvent, MixerPhase } from '../../../src-main/core/ports/mixer.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { audioTrack, frames, sounds, videoTrack } from '../../support/broadcast-media.ts';
import { manualClock } from '../../support/manual-clock.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };
const VIDEO = videoTrack();
const SOUND = audioTrack();
/** The manual clock begins on a whole second, and so does the media. */
const START = Date.UTC(2030, 0, 1) / 1000;

function openWorld(over: { readonly plan?: () => never; readonly openEncoder?: () => Promise<never> } = {}) {
  const clock = manualClock();
  const events = createEmitter<MixerEvent>();
  const sent: MixerCommand[] = [];
  const closed: string[] = [];
  const planned: IncomingMedia[] = [];
  const failures: AppError[] = [];
  const joins: (() => FeedReader)[] = [];
  let encoders = 0;
  let offers = 0;
  const encoding = createLiveEncoding({
    liveEvent: 'lecture',
    mixer: {
      send: (command) => sent.push(command),
      events,
      data: createEmitter<MixerData>(),
      phase: () => 'running',
      phaseChanged: createEmitter<MixerPhase>(),
      restarts: () => 0,
      async [Symbol.asyncDispose]() {
        closed.push('mixer');
        await turn();
      },
    },
    server: {
      offer({ join }) {
        offers += 1;
        const name = `feed ${offers}`;
        joins.push(join);
        return {
          url: new URL(`http://127.0.0.1:1/${offers}`),
          moved: () => undefined,
          breakOff: () => undefined,
          [Symbol.dispose]: () => closed.push(name),
        };
      },
      async [Symbol.asyncDispose]() {
        closed.push('server');
        await turn();
      },
    },
    plan(media) {
      planned.push(media);
      over.plan?.();
      return {
        canvas: CANVAS,
        async openEncoder() {
          encoders += 1;
          await over.openEncoder?.();
          return {
            async stop() {
              closed.push('encoder');
              await turn();
            },
          };
        },
        decoder: ({ url }) => ({
          command: {
            executable: 'ffmpeg',
            args: [url.pathname],
            videoFd: 3,
            audioFd: 4,
            secrets: [],
            finite: false,
          },
          every: 1,
        }),
      };
    },
    drawSlate: (picture) => Promise.resolve(picture),
    drawPicture: (init, segment) => Promise.resolve(Buffer.concat([init, segment])),
    slate: undefined,
    output: { open: () => undefined, push: () => undefined },
    clock,
    logger: silentLogger,
    onFailed: (error) => failures.push(error),
  });
  const source = (id: string, state: 'live' | 'lost'): void =>
    events.emit({ type: 'source', id, state, frameRate: 30, restarts: 0, fault: undefined });
  return {
    clock,
    encoding,
    events,
    sent,
    closed,
    planned,
    failures,
    joins,
    encoders: () => encoders,
    source,
    last: <T extends MixerCommand['type']>(type: T) =>
      sent.findLast((command): command is Extract<MixerCommand, { type: T }> => command.type === type),
    /** Lets the feed come as time passes. */
    async feed(seconds: number, tracks = [VIDEO, SOUND]): Promise<void> {
      encoding.input.open(tracks);
      for (let played = 0; played < seconds * 10; played += 1) {
        const from = START * 30 + Math.round((clock.wallMs() / 1000 - START) * 30);
        for (const track of tracks) {
          const make = track.kind === 'video' ? frames : sounds;
          encoding.input.push(track.id, make({ from, to: from + 3, start: 0, gop: 30 }));
        }
        await clock.advanceAsync(100);
      }
    },
  };
}

function sourceIds(command: MixerCommand | undefined): readonly string[] {
  return command?.type === 'sources' ? command.sources.map(({ id }) => id) : [];
}

test('nothing is asked of the mixer before a picture came, whatever sound there is', async () => {
  const world = openWorld();
  await world.feed(1, [SOUND]);

  assert.deepEqual(world.sent, []);
});

test('the first picture decides what the programme is, and viewers begin when the mixer shows it', async () => {
  const world = openWorld();
  await world.feed(0.3);

  assert.deepEqual(
    world.planned.map(({ width, height, frameRate, sampleRate }) => [width, height, frameRate, sampleRate]),
    [[VIDEO.kind === 'video' && VIDEO.width, VIDEO.kind === 'video' && VIDEO.height, 30, 48_000]],
  );
  assert.deepEqual(world.last('configure')?.canvas, CANVAS);
  assert.deepEqual(world.last('scene')?.scene, { kind: 'slate' });
  assert.equal(world.encoders(), 0);

  world.source('feed-1', 'live');
  assert.deepEqual(world.last('scene')?.scene, { kind: 'single', source: 'feed-1' });
  await world.clock.advanceAsync(200);

  assert.equal(world.encoders(), 1);
});

test('a feed whose pictures cannot be decoded is encoded all the same after five seconds: viewers see the slate', async () => {
  const world = openWorld();
  await world.feed(4.8);
  assert.equal(world.encoders(), 0);

  await world.feed(0.5);

  assert.equal(world.encoders(), 1);
});

test('a decoder that gives nothing although it is given something is started anew, now and then', async () => {
  const world = openWorld();
  await world.feed(13);

  assert.equal(world.sent.filter(({ type }) => type === 'retry-source').length, 2);
});

test('a decoder that waits for a feed that is gone is left alone', async () => {
  const world = openWorld();
  await world.feed(1);
  world.source('feed-1', 'live');
  world.source('feed-1', 'lost');
  await world.clock.advanceAsync(60_000);

  assert.equal(world.last('retry-source'), undefined);
});

test('an encoder that comes back different is decoded beside the one that is shown, which then goes', async () => {
  const world = openWorld();
  await world.feed(1);
  world.source('feed-1', 'live');
  const other = { ...videoTrack(300_000), id: VIDEO.id };
  await world.feed(1, [other, SOUND]);
  assert.deepEqual(sourceIds(world.last('sources')), ['feed-1', 'feed-2']);
  assert.deepEqual(world.last('scene')?.scene, { kind: 'single', source: 'feed-1' });

  world.source('feed-2', 'live');

  assert.deepEqual(sourceIds(world.last('sources')), ['feed-2']);
  assert.deepEqual(world.last('scene')?.scene, { kind: 'single', source: 'feed-2' });
  assert.deepEqual(world.closed, ['feed 1']);
  assert.equal(world.sent.filter(({ type }) => type === 'configure').length, 1);
});

test('a slate takes the picture and mutes the sound, and both are back behind it', async () => {
  const world = openWorld();
  await world.feed(0.5);
  world.source('feed-1', 'live');

  await world.encoding.showSlate(2, new Uint8Array([1, 2]));
  assert.deepEqual(
    [world.last('scene')?.scene.kind, world.last('audio')?.muted, world.last('slate')?.picture],
    ['slate', true, 'AQI='],
  );
  await world.clock.advanceAsync(2000);

  assert.deepEqual([world.last('scene')?.scene.kind, world.last('audio')?.muted], ['single', false]);
});

test('the delay is where a picture of the feed was seen in the programme', async () => {
  const world = openWorld();
  await world.feed(0.3);
  const reader = world.joins[0]!();
  await world.feed(0.8);
  world.source('feed-1', 'live');
  while (reader.next() !== undefined) {
    // The decoder takes all that there is.
  }
  const shownMs = reader.pictures.at(10)!;

  world.events.emit({ type: 'source-picture', id: 'feed-1', pid: 5, index: 10, wallMs: shownMs + 420 });

  assert(Math.abs(world.encoding.delaySeconds() - 0.42) < 0.001, `${world.encoding.delaySeconds()} s`);
});

test('the thumbnail is the newest key frame that came', async () => {
  const world = openWorld();
  await assert.rejects(world.encoding.thumbnail(), { code: 'archive/empty' });
  await world.feed(0.5);

  const picture = Buffer.from(await world.encoding.thumbnail());

  assert(picture.includes('moov') && picture.includes('moof'));
});

test('a picture of which no ladder can be made ends the encoding and is told once', async () => {
  const world = openWorld({
    plan() {
      throw new AppError('encode/ladder-invalid', 'no such ladder');
    },
  });
  await world.feed(1);

  assert.deepEqual(
    world.failures.map(({ code }) => code),
    ['encode/ladder-invalid'],
  );
  assert.deepEqual(world.closed.toSorted(), ['feed 1', 'mixer', 'server']);
});

test('an encoder that cannot be opened ends the encoding, too', async () => {
  const world = openWorld({ openEncoder: () => Promise.reject(new AppError('encode/no-encoder', 'none works')) });
  await world.feed(0.5);
  world.source('feed-1', 'live');
  await world.clock.advanceAsync(500);
  await turn();

  assert.deepEqual(
    world.failures.map(({ code }) => code),
    ['encode/no-encoder'],
  );
  assert(world.closed.includes('mixer'));
});

test('a stop lets the encoder finish before the mixer goes, once, and nothing waits any more', async () => {
  const world = openWorld();
  await world.feed(0.5);
  world.source('feed-1', 'live');
  await world.clock.advanceAsync(200);

  await world.encoding.showSlate(3600, undefined);

  await Promise.all([world.encoding.stop(), world.encoding.stop()]);
  await world.encoding.showSlate(3600, undefined);
  world.encoding.input.push(VIDEO.id, frames({ from: 0, to: 3 }));

  assert.equal(world.closed[0], 'encoder');
  assert.deepEqual(world.closed.slice(1).toSorted(), ['feed 1', 'mixer', 'server']);
  assert.equal(world.clock.pending(), 0);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type {
  EncoderCommand,
  Mixer,
  MixerCommand,
  MixerData,
  MixerEvent,
} from '../../../src-main/core/ports/mixer.ts';
import type { FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import { createEncoderFeed, type EncoderNotice } from '../../../src-main/core/studio/encoder-feed.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { AUDIO, VIDEO } from '../media/sample-media.ts';

const BINARY: FfmpegBinary = {
  path: '/opt/ffmpeg',
  version: '7.1',
  major: 7,
  origin: 'path',
  hash: '',
  encoders: new Set(),
  decoders: new Set(),
  filters: new Set(),
  devices: new Set(),
  inputProtocols: new Set(),
  outputProtocols: new Set(),
  muxers: new Set(),
};
const VIDEO_LAYERS = [
  { width: 1280, height: 720, bitrate: 2_500_000 },
  { width: 960, height: 540, bitrate: 1_000_000 },
  { width: 640, height: 360, bitrate: 400_000 },
];

/** The encoder of this computer on the air, with a mixer that the test plays. */
async function openFeed() {
  const clock = manualClock();
  const events = createEmitter<MixerEvent>();
  const data = createEmitter<MixerData>();
  const asked: MixerCommand[] = [];
  const mixer: Mixer = {
    send: (command) => void asked.push(command),
    events,
    data,
    phase: () => 'running',
    phaseChanged: createEmitter(),
    restarts: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const feed = createEncoderFeed({
    mixer: () => Promise.resolve(mixer),
    plan: () =>
      Promise.resolve({
        ladder: {
          canvas: { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } },
          video: VIDEO_LAYERS,
          audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
        },
        encoder: { codec: 'libx264', preset: 'superfast' },
        binary: BINARY,
      }),
    cores: 2,
    clock,
    logger: silentLogger,
  });
  const notices: EncoderNotice[] = [];
  feed.notices.on((notice) => void notices.push(notice));
  await feed.open({
    liveEvent: 'talk',
    input: { open: () => undefined, push: () => undefined },
    onFailed: assert.ifError,
  });
  let run = 0;
  const commands = (): readonly EncoderCommand[] =>
    asked.flatMap((one) => ('command' in one ? [one.command] : []));
  const encoding = (): string => {
    const started = asked.find(({ type }) => type === 'start-encoder');
    assert(started?.type === 'start-encoder');
    return started.encoding;
  };
  return {
    feed,
    commands,
    told: () =>
      notices.map((notice) => (notice.kind === 'fault' ? notice.error.code : `${notice.kind} ${notice.step}`)),
    notices,
    /** Status twice a second, as the mixer tells it. */
    async load(seconds: number, backlogFrames: number, speed: number): Promise<void> {
      for (let at = 0; at < seconds; at += 0.5) {
        await clock.advanceAsync(500);
        events.emit({
          type: 'encoder-status',
          encoding: encoding(),
          speed,
          backlogFrames,
          restarts: 0,
          fault: undefined,
        });
      }
    },
    /** A process of the newest command begins, with these headers for its pictures. */
    begins(timescale = 90_000): void {
      run += 1;
      const tracks = commands().at(-1)?.tracks ?? [];
      events.emit({
        type: 'encoder-run',
        encoding: encoding(),
        run,
        tracks: tracks.map(({ id }) => id),
        videoStart: '0',
        audioStart: '0',
        lostFrames: 0,
      });
      tracks.forEach(({ kind }, track) => {
        const bytes = writeInitSegment(kind === 'video' ? { ...VIDEO, timescale } : AUDIO);
        data.emit({ type: 'encoded', run, track, bytes });
      });
    },
  };
}

const ids = (command: EncoderCommand | undefined): readonly string[] => command?.tracks.map(({ id }) => id) ?? [];

test('a computer that falls behind is asked for less, step by step in one encoding, and says each in a sentence', async () => {
  const rig = await openFeed();
  await rig.load(6, 0, 1);

  await rig.load(2, 9, 0.94);
  const { sentence: firstSentence } = rig.feed.status()?.reduction ?? {};
  await rig.load(4, 9, 0.97);

  const [, second, third] = rig.commands();
  assert.deepEqual(ids(second), ['video_2500000', 'video_400000', 'audio_128000']);
  assert.deepEqual(ids(third), ids(second));
  assert.match(third?.args.join(' ') ?? '', /-preset ultrafast/);
  assert.deepEqual(rig.told(), ['reduced rungs', 'reduced preset']);
  const { reduction, layers } = rig.feed.status() ?? {};
  assert.deepEqual(layers, [VIDEO_LAYERS[0], VIDEO_LAYERS[2]]);
  assert.deepEqual([reduction?.step, reduction?.leftOut], ['preset', [VIDEO_LAYERS[1]]]);
  assert.match(firstSentence ?? '', /540p is left out for a while/);
  assert.match(reduction?.sentence ?? '', /slightly less detail/);
  assert.equal(rig.feed.isOverloaded(), true);
});

test('far too slow, it goes down several steps at once, and tells each of them', async () => {
  const rig = await openFeed();
  await rig.load(6, 0, 1);

  await rig.load(2, 20, 0.35);

  assert.equal(rig.commands().length, 2);
  assert.deepEqual(rig.told(), ['reduced rungs', 'reduced preset', 'reduced rungs', 'reduced frame-rate']);
  assert.equal(rig.feed.status()?.frameRate, 15);
});

test('with room again everything comes back, and nothing is said to be reduced', async () => {
  const rig = await openFeed();
  await rig.load(6, 0, 1);
  await rig.load(2, 9, 0.94);

  await rig.load(70, 0, 1);

  assert.deepEqual(rig.told(), ['reduced rungs', 'restored rungs']);
  assert.equal(rig.feed.status()?.reduction, undefined);
  assert.deepEqual(ids(rig.commands().at(-1)), ids(rig.commands()[0]));
});

test('a step with which the encoder describes its tracks differently is taken back at once and not taken again', async () => {
  const rig = await openFeed();
  rig.begins();
  await rig.load(6, 0, 1);
  await rig.load(2, 9, 0.94);

  rig.begins(30_000);
  assert.equal(rig.told().at(-1), 'media/unsupported');
  assert.deepEqual(ids(rig.commands().at(-1)), ids(rig.commands()[0]));
  // What is cheaper without it, and not as cheap, is gone over to instead.
  assert.equal(rig.feed.status()?.reduction?.step, 'preset');

  rig.begins();
  await rig.load(6, 0, 1);
  await rig.load(2, 9, 0.97);
  assert.deepEqual(ids(rig.commands().at(-1)), ids(rig.commands()[0]));
  assert.equal(rig.feed.status()?.reduction?.step, 'frame-rate');
});

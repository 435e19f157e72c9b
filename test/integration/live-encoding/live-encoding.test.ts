import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ticksToSeconds } from '../../../src-main/media/time.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { descendants } from '../../support/descendants.ts';
import { bitrateOf, holes, type Look, levels, lumas, type Rung } from '../../support/encoded-ladder.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { makeClip, openStage, type Stage, until, wait } from './rig.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'ffprobe') : 'looks into /proc';

/** Small, because two cores are to be enough for all tests. */
const SMALL: LiveEvent['encoding'] = {
  encodingType: 'Standard',
  customPreset: {
    layers: [
      { width: 320, height: 180, bitrate: 300_000 },
      { width: 160, height: 90, bitrate: 100_000 },
    ],
    audioBitrates: [128, 96],
  },
  keyFrameInterval: 'PT1S',
};

/** White, so that it is told from the slate, which is dark; black for every other second when it blinks. */
const WHITE = 'color=c=white:s=320x180:r=30';
const BLINKING = "color=c=black:s=320x180:r=30,drawbox=t=fill:c=white:enable='gte(mod(t\\,2)\\,1)'";
const TONE = 'sine=f=440:r=48000,volume=4';

function rung(stage: Stage, id: string): Rung {
  const found = stage.rungs().find(({ track }) => track.id === id);
  assert(found !== undefined, `there is a track ${id}`);
  return found;
}

function between(looks: readonly Look[], from: number, to: number): readonly number[] {
  return looks.filter(({ at }) => at >= from && at < to).map(({ luma }) => luma);
}

const isWhite = (luma: number): boolean => luma > 200;
const isDark = (luma: number): boolean => luma < 80;

function keyFrames({ samples, track }: Rung): readonly number[] {
  return samples
    .filter(({ sync }) => sync)
    .map(
      ({ decodeTime }) =>
        ticksToSeconds(decodeTime, track.timescale) - ticksToSeconds(samples[0]!.decodeTime, track.timescale),
    );
}

test('a feed becomes the ladder of its preset, without a hole, and its end becomes the slate and silence until it is back', {
  skip,
}, async () => {
  const clip = makeClip({ picture: WHITE, sound: TONE, seconds: 5, video: ['-g', '30', '-bf', '2'] });
  await using stage = await openStage({ encoding: SMALL });

  const first = await stage.send(clip);
  await wait(4500);
  const second = await stage.send(clip);
  const delay = stage.encoding.delaySeconds();
  await stage.encoding.stop();

  assert.deepEqual(
    stage.rungs().map(({ track }) => [track.id, track.kind === 'video' ? track.width : track.sampleRate]),
    [
      ['video_300000', 320],
      ['video_100000', 160],
      ['audio_128000', 48_000],
      ['audio_96000', 48_000],
    ],
  );
  assert.deepEqual(stage.rungs().flatMap(holes), []);
  assert.deepEqual(keyFrames(rung(stage, 'video_300000')).slice(0, 4), [0, 1, 2, 3]);
  assert.deepEqual(keyFrames(rung(stage, 'video_100000')), keyFrames(rung(stage, 'video_300000')));
  assert(delay > 0 && delay < 1, `${delay} s`);

  const looks = lumas(rung(stage, 'video_300000'));
  assert(isWhite(looks[3]!.luma), 'viewers begin with the feed');
  assert(between(looks, first.from + 2, first.to).every(isWhite), 'while the feed comes it is on show');
  assert(
    between(looks, first.to + 3, second.from).every(isDark),
    'three seconds after the loss there is the slate',
  );
  assert(between(looks, first.to + 1.5, second.from).length > 60);
  assert(between(looks, second.from + 1, second.to).every(isWhite), 'the feed is back by itself');

  const sound = levels(rung(stage, 'audio_128000'));
  const peaks = (from: number, to: number): readonly number[] =>
    sound.filter(({ at }) => at >= from && at < to).map(({ peak }) => peak);
  assert(Math.max(...peaks(first.to + 1, second.from)) < 0.01, 'silence while nothing comes');
  assert(Math.max(...peaks(first.from + 2, first.to)) > 0.2);
  assert(Math.max(...peaks(second.from + 1, second.to)) > 0.2, 'the sound is back');
});

test('what is said of the delay is where a frame of the feed is in the ladder', { skip }, async () => {
  const clip = makeClip({ picture: BLINKING, sound: TONE, seconds: 7, video: ['-g', '30', '-bf', '2'] });
  await using stage = await openStage({ encoding: SMALL });

  const { from } = await stage.send(clip);
  const delay = stage.encoding.delaySeconds();
  await stage.encoding.stop();

  const looks = lumas(rung(stage, 'video_300000'));
  const turns = looks
    .filter((look, index) => index > 0 && isWhite(look.luma) !== isWhite(looks[index - 1]!.luma))
    .map(({ at }) => at - from)
    .filter((at) => at > 2.5);
  const away = turns.map((at) => Math.abs(at - delay - Math.round(at - delay)));
  assert(turns.length >= 3);
  assert(
    away.toSorted()[Math.floor(away.length / 2)]! <= 0.05,
    `${away.join(', ')} s away with a delay of ${delay} s`,
  );
});

test('a feed that comes two seconds at a time is as smooth as any other', { skip }, async () => {
  // The picture is brighter every frame and begins anew each second.
  const ramp = "color=c=black:s=320x180:r=30,geq=lum='16+mod(N\\,30)*7':cb=128:cr=128";
  const clip = makeClip({ picture: ramp, sound: TONE, seconds: 8, video: ['-g', '60'] });
  await using stage = await openStage({ encoding: SMALL });

  const { from, to } = await stage.send(clip, { every: 2 });
  await stage.encoding.stop();

  const shown = between(lumas(rung(stage, 'video_300000')), from + 4, to + 1.5);
  const different = shown.filter((luma, index) => index > 0 && luma !== shown[index - 1]).length;
  assert(shown.length > 100);
  // Nine tenths do in the clip; without pacing it would be one in sixty.
  assert(different > 0.5 * shown.length, `${different} of ${shown.length} pictures differ from the one before`);
});

test('sixty pictures a second come out as thirty, at the bitrates of the preset', { skip }, async () => {
  const noisy = 'testsrc2=s=320x180:r=60,noise=alls=60:allf=t';
  const clip = makeClip({ picture: noisy, seconds: 8, video: ['-g', '120', '-b:v', '4M'] });
  await using stage = await openStage({ encoding: { ...SMALL, keyFrameInterval: 'PT2S' } });

  await stage.send(clip);
  await stage.encoding.stop();

  for (const bitrate of [300_000, 100_000]) {
    const made = rung(stage, `video_${bitrate}`);
    assert(made.samples.every(({ duration }) => duration === 3000));
    const measured = bitrateOf(made, 3);
    // Of three groups of pictures; of more the acceptance test of row 3 is stricter.
    assert(Math.abs(measured / bitrate - 1) < 0.3, `${Math.round(measured)} instead of ${bitrate} bit/s`);
  }
  const sound = rung(stage, 'audio_128000');
  assert(
    levels(sound).every(({ peak }) => peak < 0.01),
    'a feed without sound is silent',
  );
});

test('an encoder that comes back with a picture of another size and another sound is scaled into the same ladder', {
  skip,
}, async () => {
  const first = makeClip({ picture: WHITE, sound: TONE, seconds: 3 });
  const second = makeClip({
    picture: 'color=c=white:s=240x180:r=25',
    sound: 'sine=f=300:r=44100,volume=4',
    seconds: 4,
    video: ['-g', '25'],
  });
  await using stage = await openStage({ encoding: { ...SMALL, stretchMode: 'AutoFit' } });

  await stage.send(first);
  await wait(200);
  const { from, to } = await stage.send(second);
  await stage.encoding.stop();

  assert.equal(stage.rungs().length, 4);
  assert.deepEqual(stage.rungs().flatMap(holes), []);
  const made = rung(stage, 'video_300000');
  const settled = (looks: readonly Look[]): readonly number[] => between(looks, from + 1.5, to);
  assert(settled(lumas(made, 'crop=200:180:60:0')).every(isWhite), 'the picture is in the middle');
  assert(
    settled(lumas(made, 'crop=36:180:0:0')).every((luma) => luma < 30),
    'with a bar on the left',
  );
  assert(
    Math.max(
      ...levels(rung(stage, 'audio_96000'))
        .filter(({ at }) => at > from + 1.5)
        .map(({ peak }) => peak),
    ) > 0.2,
  );
});

test('a decoder that is killed and a mixer that is killed are there again, and stopping leaves no process', {
  skip,
}, async () => {
  const clip = makeClip({ picture: WHITE, sound: TONE, seconds: 16 });
  await using stage = await openStage({ encoding: SMALL });
  const sending = stage.send(clip);
  await until(() => stage.seconds() > 1, 'a second of programme');

  const killedDecoder = find('pcm_s16le');
  process.kill(killedDecoder, 'SIGKILL');
  await wait(2500);
  assert.notEqual(find('pcm_s16le'), killedDecoder);
  process.kill(find('mixer-main'), 'SIGKILL');
  const { to } = await sending;
  await stage.encoding.stop();

  const looks = lumas(rung(stage, 'video_300000'));
  assert(between(looks, to - 2, to).length > 50, 'the programme goes on');
  const dark = looks.filter(({ at, luma }) => at < to && !isWhite(luma)).at(-1);
  assert(between(looks, to - 1, to).every(isWhite), `without it until ${to - (dark?.at ?? 0)} s before the end`);
  assert.deepEqual(running(), []);
  assert.deepEqual(stage.failures, []);
});

test('an event that is stopped before anything came, and twice, leaves nothing', { skip }, async () => {
  const stage = await openStage({ encoding: SMALL });

  await Promise.all([stage.encoding.stop(), stage.encoding.stop()]);

  assert.deepEqual(stage.rungs(), []);
  assert.deepEqual(running(), []);
  await assert.rejects(stage.encoding.thumbnail(), { code: 'archive/empty' });
  await stage[Symbol.asyncDispose]();
});

/** Our own processes, without the keeper of the group that every test has. */
function running(): readonly string[] {
  return descendants(process.pid)
    .map(({ command }) => command)
    .filter((command) => /ffmpeg|mixer-main/.test(command));
}

function find(word: string): number {
  const found = descendants(process.pid).find(({ command }) => command.includes(word));
  assert(found !== undefined, `there is a process with ${word}`);
  return found.pid;
}

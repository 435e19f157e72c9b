import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { SEPARATE_TRACK_BITRATE } from '../../../src-main/core/encode/encoder-args.ts';
import { descendants } from '../../support/descendants.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, openStage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { decodeSound, offsetBetween, peakOf, TONE_RATE, toneDb, writeTone } from '../../support/tones.ts';

const missing = missingPrograms('ffmpeg', 'ffprobe');

/** As far as a tone is below full scale: there, also where a busy computer played the file with breaks, and not. */
const HEARD_DB = -40;
const UNHEARD_DB = -60;

async function exported(
  { call }: Lectern,
  name: string,
  out: string,
  request: { readonly format: 'mp4' | 'm4a'; readonly sound: string },
): Promise<void> {
  const job = await call('createExport', { params: { name }, body: { ...request, quality: 'top', out } });
  await until('the export is done', async () => {
    const { state, error } = await call('getExport', { params: { name, id: job.id } });
    assert.notEqual(state, 'failed', JSON.stringify(error));
    return state === 'done' ? true : undefined;
  });
}

function secondsOf(samples: Float32Array, from: number, to: number): Float32Array {
  return samples.subarray(Math.round(from * TONE_RATE), Math.round(to * TONE_RATE));
}

test('each chosen sound input is a track of its own beside the programme: in time, silent while muted and while it is cut, and nothing for viewers', {
  skip: missing,
  timeout: 120_000,
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-tones-'));
  const [low, high] = [join(folder.path, 'low.wav'), join(folder.path, 'high.wav')];
  await Promise.all([writeTone(low, 440, 60), writeTone(high, 1000, 60)]);
  await using stage = await openStage();
  const { lectern } = stage;
  const { call } = lectern;
  await call('patchSettings', {
    body: {
      encoding: {
        ladder: {
          kind: 'custom',
          ladder: {
            frameRate: 25,
            video: [{ width: 320, height: 180, bitrate: 300_000 }],
            audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
          },
        },
      },
    },
  });
  await call('putSources', {
    body: {
      sources: [
        { id: 'low', kind: 'file', path: low },
        { id: 'high', kind: 'file', path: high },
      ],
    },
  });
  await call('patchAudio', { params: { input: 'low' }, body: { separateTrack: 'unless-muted', gainDb: -6 } });
  await call('patchAudio', { params: { input: 'high' }, body: { separateTrack: 'always' } });
  await until('both are heard', async () => {
    const { levels } = await call('getSound', {});
    return levels.slice(0, 2).every(({ peakDb }) => peakDb > -40) ? true : undefined;
  });
  const bothDb = (await call('getStudio', {})).disk.secondsLeft;
  await call('patchAudio', { params: { input: 'high' }, body: { separateTrack: 'off' } });
  assert((await call('getStudio', {})).disk.secondsLeft > bothDb, 'the forecast counts what is recorded apart');
  await call('patchAudio', { params: { input: 'high' }, body: { separateTrack: 'always' } });

  await call('goLive', { body: { title: 'Apart' } });
  const session = await until('it is live', async () => {
    const studio = await call('getStudio', {});
    return studio.phase === 'live' ? studio.session : undefined;
  });
  const name = session.asset ?? '';
  await wait(2500);
  const shown = await until('the asset shows both', async () => {
    const { separateTracks = [] } = await call('getAsset', { params: { name } });
    return separateTracks.length === 2 ? separateTracks : undefined;
  });
  assert.deepEqual(
    shown.map(({ id, label, codec, channels }) => ({ id, label, codec, channels })),
    [
      { id: 'separate_1', label: 'low.wav', codec: 'mp4a.40.2', channels: 2 },
      { id: 'separate_2', label: 'high.wav', codec: 'mp4a.40.2', channels: 2 },
    ],
  );
  for (const url of [session.urls.hls, session.urls.dash]) {
    const manifest = await (await fetch(url)).text();
    assert(!manifest.includes('separate'), manifest);
    assert.equal(manifest.split(/TYPE=AUDIO|contentType="audio"/).length, 2, manifest);
  }
  // One that is killed costs the broadcast nothing, and is back before anything of it is missing.
  const encoders = descendants(lectern.pid).filter(({ command }) =>
    command.includes(`-b:a ${SEPARATE_TRACK_BITRATE}`),
  );
  assert.equal(encoders.length, 2);
  process.kill(encoders[0]?.pid ?? 0, 'SIGKILL');
  // Both muted for viewers: one of them is recorded all the same.
  await call('patchAudio', { params: { input: 'low' }, body: { muted: true } });
  await call('patchAudio', { params: { input: 'high' }, body: { muted: true } });
  await wait(2200);
  await call('patchAudio', { params: { input: 'low' }, body: { muted: false } });
  await call('patchAudio', { params: { input: 'high' }, body: { muted: false } });
  // A panic takes the whole segment that it is pressed in: the mute is to be before that.
  await wait(2500);
  await call('panic', { body: { seconds: 0 } });
  await wait(2500);
  await call('panicBack', {});
  await wait(1000);
  assert.equal((await call('getStudio', {})).encoder?.restarts, 0);
  await end(lectern);

  const asset = await call('getAsset', { params: { name } });
  assert.deepEqual([asset.state, asset.damage], ['ready', undefined]);
  assert.equal(asset.tracks.length, 2);
  assert.deepEqual(
    asset.separateTracks?.map(({ id, gaps }) => ({ id, gaps: gaps.filter(({ duration }) => duration < 2) })),
    [
      { id: 'separate_1', gaps: [] },
      { id: 'separate_2', gaps: [] },
    ],
  );
  const mediaFolders = await readdir(join(stage.dataDir, 'assets', asset.assetId));
  assert(mediaFolders.includes('separate_1') && mediaFolders.includes('separate_2'));

  const all = join(folder.path, 'all.mp4');
  const alone = join(folder.path, 'alone.m4a');
  await exported(lectern, name, all, { format: 'mp4', sound: 'all' });
  await exported(lectern, name, alone, { format: 'm4a', sound: 'separate_2' });
  const [mixed, lowAlone, highAlone, m4a] = await Promise.all([
    decodeSound(all, 0),
    decodeSound(all, 1),
    decodeSound(all, 2),
    decodeSound(alone),
  ]);
  // The files may begin to play a little later than the broadcast on a busy computer.
  const from = bothSince(mixed);
  const whole = {
    mixed: secondsOf(mixed, from, from + 1.5),
    low: secondsOf(lowAlone, from, from + 1.5),
    high: secondsOf(highAlone, from, from + 1.5),
  };
  const levels = Object.entries(whole).map(([key, samples]) => [key, toneDb(samples, 440), toneDb(samples, 1000)]);
  assert.deepEqual(
    levels.map(([key, lowDb, highDb]) => [key, Number(lowDb) > HEARD_DB, Number(highDb) > HEARD_DB]),
    [
      ['mixed', true, true],
      ['low', true, false],
      ['high', false, true],
    ],
    JSON.stringify(levels),
  );
  assert(toneDb(whole.low, 1000) < UNHEARD_DB && toneDb(whole.high, 440) < UNHEARD_DB, JSON.stringify(levels));
  // Before its fader: 6 dB more than in the mix.
  const faded = toneDb(whole.low, 440) - toneDb(whole.mixed, 440);
  assert(Math.abs(faded - 6) < 0.5, `${faded} dB`);
  // Together they are the mix again, at the same sample but for a millisecond.
  const sum = whole.low.map((sample, index) => sample / 10 ** (6 / 20) + (whole.high[index] ?? 0));
  const offset = offsetBetween(whole.mixed.subarray(0, 24_000), sum.subarray(0, 24_000), 240);
  assert(Math.abs(offset) <= 48, `${offset} samples`);
  // By itself it lies where it lies beside the mix, mute and cut and all.
  const moved = highAlone.map((sample, index) => sample - (m4a[index] ?? 0));
  assert(peakOf(moved.subarray(Math.round(from * TONE_RATE), m4a.length)) < 0.01);

  // What was muted: silence for one, for the other not.
  const mutedFrom = mutedSince(mixed, from);
  const during = (samples: Float32Array): Float32Array => secondsOf(samples, mutedFrom + 0.3, mutedFrom + 1.4);
  assert.equal(peakOf(during(lowAlone)) < 0.001, true);
  assert(toneDb(during(highAlone), 1000) > HEARD_DB);
  // What was cut: of both, wherever the mix is silent and the one that is recorded though muted is too.
  const cutFrom = mutedSince(
    mixed.map((sample, index) => Math.abs(sample) + Math.abs(highAlone[index] ?? 0)),
    from,
  );
  assert(cutFrom > mutedFrom + 1.5, `${cutFrom} behind ${mutedFrom}`);
  const cut = (samples: Float32Array): number => peakOf(secondsOf(samples, cutFrom + 0.3, cutFrom + 1.4));
  assert.deepEqual(
    [cut(mixed), cut(lowAlone), cut(highAlone)].map((peak) => peak < 0.001),
    [true, true, true],
  );
});

/** In seconds: where a sound begins to have both tones, for two seconds. */
function bothSince(samples: Float32Array): number {
  for (let at = 0.5; at + 2 <= samples.length / TONE_RATE; at += 0.25) {
    const parts = Array.from({ length: 8 }, (_, part) => secondsOf(samples, at + part / 4, at + part / 4 + 0.25));
    if (parts.every((part) => toneDb(part, 440) > HEARD_DB && toneDb(part, 1000) > HEARD_DB)) {
      return at;
    }
  }
  throw new Error('Both tones are never heard together.');
}

/** In seconds: where a sound begins to be silent for a second and a half or more, behind `from`. */
function mutedSince(samples: Float32Array, from: number): number {
  const step = TONE_RATE / 20;
  let silent = 0;
  for (let at = Math.round(from * TONE_RATE); at + step <= samples.length; at += step) {
    silent = peakOf(samples.subarray(at, at + step)) < 0.001 ? silent + 1 : 0;
    if (silent === 30) {
      return (at + step) / TONE_RATE - 1.5;
    }
  }
  throw new Error('It is never silent for so long.');
}

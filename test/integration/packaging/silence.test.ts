import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { silenceOf } from '../../../src-main/core/packaging/silence.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { AudioTrackDescription } from '../../../src-main/media/cmaf/types.ts';
import { type AacConfig, aacCodecString, aacOutput, writeAacConfig } from '../../../src-main/media/codecs/aac.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { ENCODER_OUTPUT, ffmpeg, ffprobe, openFolder, readFragmented } from '../media/ffmpeg-media.ts';

const skip = missingPrograms('ffmpeg', 'ffprobe');

for (const [channels, layout] of [
  [1, 'mono'],
  [2, 'stereo'],
  [6, '5.1'],
] as const) {
  test(`silence of ${channels} channels is decoded without a fault, and nothing is heard`, { skip }, () => {
    using folder = openFolder();
    const file = folder.path('sound.mp4');
    ffmpeg([
      ...['-f', 'lavfi', '-i', `anoisesrc=r=44100,aformat=channel_layouts=${layout}`],
      ...['-t', '1', '-c:a', 'aac', '-b:a', '128k', ...ENCODER_OUTPUT, file],
    ]);
    const { description } = readFragmented(file)[0]!;
    const track = { ...description, id: 'audio', name: 'audio', init: writeInitSegment(description) };
    const silence = silenceOf(track, 0.2)!;
    const stretch = { sequence: 3, before: 0, from: ticks(44_100), to: ticks(3 * 44_100) };

    const parts = silence.partsOf(stretch);
    const chunks = parts.map((part) => silence.bytesOf(stretch.sequence, part));
    const silent = folder.path('silent.mp4');
    writeFileSync(silent, Buffer.concat([track.init, ...chunks]));

    assert.deepEqual(
      parts.map(({ size }) => size),
      chunks.map(({ length }) => length),
    );
    assert.equal(
      parts.reduce((sum, { duration }) => sum + duration, 0),
      2 * 44_100,
    );
    assert.equal(ffmpeg(['-xerror', '-i', silent, '-f', 'null', '-'], 'warning'), '');
    const loudest = ffmpeg([
      ...[
        '-i',
        silent,
        '-af',
        'astats=measure_perchannel=none:metadata=1,ametadata=print:file=-',
        '-f',
        'null',
        '-',
      ],
    ]);
    const peaks = [...loudest.matchAll(/Overall\.Max_level=(\S+)/g)].map(([, level]) => Math.abs(Number(level)));
    assert(peaks.length > 10 && Math.max(...peaks) < 1e-4, `peak ${Math.max(...peaks)}`);
    assert.equal(ffprobe(silent, ['-show_entries', 'stream=channels']), String(channels));
  });
}

for (const [name, core, parametricStereo] of [
  ['HE-AAC of two channels', 2, false],
  ['HE-AAC v2', 1, true],
] as const) {
  test(`silence of ${name} has frames of twice the length, and nothing is heard`, { skip }, () => {
    using folder = openFolder();
    const config: AacConfig = {
      ...{ objectType: 2, sampleRate: 24_000, channelConfiguration: core, channels: core, frameLength: 1024 },
      extension: { sampleRate: 48_000, parametricStereo, signalling: 'hierarchical' },
    };
    const description: AudioTrackDescription = {
      ...({ kind: 'audio', fourCc: 'mp4a', timescale: 48_000, bitrate: 64_000, language: 'und' } as const),
      ...{ codec: aacCodecString(config), decoderConfig: writeAacConfig(config) },
      ...aacOutput(config),
    };
    const track = { ...description, id: 'audio', name: 'audio', init: writeInitSegment(description) };
    const silence = silenceOf(track, 0.2)!;
    const parts = silence.partsOf({ sequence: 3, before: 0, from: ticks(0), to: ticks(2048 * 47) });
    const silent = folder.path('silent.mp4');
    writeFileSync(silent, Buffer.concat([track.init, ...parts.map((part) => silence.bytesOf(3, part))]));

    assert.equal(silence.frameTicks, 2048);
    assert.equal(ffmpeg(['-xerror', '-i', silent, '-f', 'null', '-'], 'warning'), '');
    assert.equal(ffprobe(silent, ['-count_frames', '-show_entries', 'stream=nb_read_frames']), '47');
    const levels = ffmpeg([
      '-i',
      silent,
      '-af',
      'astats=measure_perchannel=none:metadata=1,ametadata=print:file=-',
      '-f',
      'null',
      '-',
    ]);
    const peaks = [...levels.matchAll(/Overall\.Max_level=(\S+)/g)].map(([, level]) => Math.abs(Number(level)));
    assert(peaks.length > 10 && Math.max(...peaks) < 1e-4, `peak ${Math.max(...peaks)}`);
  });
}

test('pictures, and sound whose silence is not known, have none', () => {
  assert.equal(
    silenceOf(
      {
        kind: 'audio',
        id: 'a',
        name: 'audio',
        fourCc: 'ac-3',
        codec: 'ac-3',
        timescale: 48_000,
        bitrate: 1,
        language: 'und',
        sampleRate: 48_000,
        channels: 2,
        decoderConfig: Uint8Array.of(16, 61, 64),
        init: new Uint8Array(),
      },
      0.2,
    ),
    undefined,
  );
});

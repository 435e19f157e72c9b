import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import {
  parseCodecs,
  parseFilters,
  parseInputDevices,
  parseMuxers,
  parseProtocols,
  parseVersion,
} from '../../../src-main/core/process/parse-capabilities.ts';

/** Real listings, shortened. 4.1 is a static build for Linux, 7.1 a small build without descriptions. */
function captured(version: string, listing: string): string {
  return readFileSync(new URL(`captured/ffmpeg-${version}-${listing}.txt`, import.meta.url), 'utf8');
}

const LIBRARIES = (codec: number): string =>
  `libavutil      57. 28.100 / 57. 28.100\nlibavcodec     ${codec}. 37.100 / …\n`;

describe('the version', () => {
  const versions: readonly (readonly [line: string, codecLibrary: number, version: string, major: number])[] = [
    ['ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026', 59, '5.1.9-0+deb12u1', 5],
    ['ffmpeg version 4.4.2-0ubuntu0.22.04.1 Copyright (c) 2000-2021', 58, '4.4.2-0ubuntu0.22.04.1', 4],
    ['ffmpeg version 8.0 Copyright (c) 2000-2025', 62, '8.0', 8],
    ['ffmpeg version n7.1 Copyright (c) 2000-2024', 61, 'n7.1', 7],
    ['ffmpeg version 7.0.2-static https://johnvansickle.com/ffmpeg/  Copyright', 61, '7.0.2-static', 7],
    ['ffmpeg version N-47683-g0e8eb07980-static https://johnvansickle.com/', 58, 'N-47683-g0e8eb07980-static', 4],
    [
      'ffmpeg version 2024-03-28-git-5d71f97e0e-full_build-www.gyan.dev',
      61,
      '2024-03-28-git-5d71f97e0e-full_build-www.gyan.dev',
      7,
    ],
  ];
  for (const [line, codecLibrary, version, major] of versions) {
    test(`of ${version} is ${major}`, () => {
      assert.deepEqual(parseVersion(`${line}\nbuilt with gcc\n${LIBRARIES(codecLibrary)}`, 'ffmpeg'), {
        version,
        major,
      });
    });
  }

  test('is undefined for another program', () => {
    assert.equal(parseVersion('ffprobe version 5.1.9 Copyright', 'ffmpeg'), undefined);
    assert.equal(parseVersion('GNU bash, version 5.2.15(1)-release', 'ffmpeg'), undefined);
    assert.equal(parseVersion('', 'ffmpeg'), undefined);
    assert.equal(parseVersion('ffmpeg version unknown', 'ffmpeg'), undefined);
  });

  test('of ffprobe is read the same way', () => {
    assert.equal(parseVersion('ffprobe version 6.1.1 Copyright', 'ffprobe')?.major, 6);
  });
});

for (const version of ['4.1', '5.1', '7.1']) {
  describe(`the listings of version ${version}`, () => {
    test('have the encoders and decoders, and no headings', () => {
      const encoders = parseCodecs(captured(version, 'encoders'));
      const decoders = parseCodecs(captured(version, 'decoders'));

      assert.ok(encoders.has('libx264') && encoders.has('aac') && decoders.has('h264') && decoders.has('aac'));
      assert.ok(!encoders.has('h264') && !encoders.has('=') && !encoders.has('Encoders:'));
    });

    test('have the filters, and no headings', () => {
      const filters = parseFilters(captured(version, 'filters'));

      assert.ok(filters.has('scale') && !filters.has('=') && !filters.has('Timeline'));
    });

    test('have the input devices with all of their names', () => {
      const devices = parseInputDevices(captured(version, 'devices'));

      assert.ok(devices.has('lavfi') && devices.has('video4linux2') && devices.has('v4l2'));
      assert.ok(!devices.has('sdl') && !devices.has('='));
    });

    test('have the muxers', () => {
      const muxers = parseMuxers(captured(version, 'muxers'));

      assert.ok(muxers.has('mp4') && !muxers.has('='));
      assert.equal(muxers.has('flv'), version !== '7.1', 'the small build has none');
    });

    test('tell input protocols from output protocols', () => {
      const { input, output } = parseProtocols(captured(version, 'protocols'));

      assert.ok(input.has('file') && input.has('rtmp') && output.has('file') && output.has('rtmp'));
      assert.ok(input.has('concat') && !output.has('concat') && output.has('tee') && !input.has('tee'));
    });
  });
}

test('every line of a listing that names something is read', () => {
  // After the headings, one name a line.
  assert.equal(parseCodecs(captured('5.1', 'encoders')).size, 18);
  assert.equal(parseFilters(captured('5.1', 'filters')).size, 27);
  assert.deepEqual(
    [...parseInputDevices(captured('5.1', 'devices'))],
    [
      'alsa',
      'fbdev',
      'iec61883',
      'jack',
      'kmsgrab',
      'lavfi',
      'libcdio',
      'libdc1394',
      'openal',
      'pulse',
      'video4linux2',
      'v4l2',
      'x11grab',
    ],
  );
  assert.deepEqual([...parseInputDevices(captured('4.1', 'devices'))].includes('pulse'), false);
});

test('filters of version 8 have two flags', () => {
  const listing = [
    'Filters:',
    '  T. = Timeline support',
    '  .S = Slice threading',
    '  A = Audio input/output',
    '  | = Source or sink filter',
    ' .. aresample         A->A       Resample audio data.',
    ' TS overlay           VV->V      Overlay a video source on top of the input.',
    ' .. anullsrc          |->A       Null audio source.',
  ].join('\n');

  assert.deepEqual([...parseFilters(listing)], ['aresample', 'overlay', 'anullsrc']);
});

test('listings of Windows and macOS have their devices', () => {
  const windows =
    'Devices:\r\n D. = Demuxing supported\r\n .E = Muxing supported\r\n --\r\n D  dshow           DirectShow capture\r\n D  gdigrab         GDI API Windows frame grabber\r\n';
  const macos =
    'Devices:\n D. = Demuxing supported\n ---\n  E audiotoolbox    AudioToolbox output device\n D  avfoundation    AVFoundation input device\n';

  assert.deepEqual([...parseInputDevices(windows)], ['dshow', 'gdigrab']);
  assert.deepEqual([...parseInputDevices(macos)], ['avfoundation']);
});

test('text that is no listing has no names', () => {
  const text = "Unrecognized option 'devices'.\nError splitting the argument list: Option not found\n";

  assert.equal(parseCodecs(text).size + parseFilters(text).size + parseMuxers(text).size, 0);
  assert.equal(parseInputDevices(text).size + parseProtocols(text).input.size, 0);
});

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { avcSliceHeaders } from '../../../src-main/media/cenc/avc-slice.ts';
import { hevcSliceHeaders } from '../../../src-main/media/cenc/hevc-slice.ts';
import type { SliceHeaders } from '../../../src-main/media/cenc/slice-header.ts';
import { removeEmulationPrevention } from '../../../src-main/media/codecs/bit-reader.ts';
import { splitAnnexB } from '../../../src-main/media/codecs/nal-units.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { ffmpeg, openFolder } from './ffmpeg-media.ts';

/** Moving, and fading, so that encoders weigh their predictions. */
const FADING = ['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30,fade=in:0:30', '-t', '1.5'] as const;

const AVC_STREAMS: Readonly<Record<string, readonly string[]>> = {
  'B-frames, weights and slices': ['-x264-params', 'bframes=3:b-pyramid=normal:weightp=2:slices=3:ref=5'],
  'CAVLC without B-frames': ['-profile:v', 'baseline', '-x264-params', 'ref=3'],
  fields: ['-flags', '+ilme+ildct', '-x264-params', 'tff=1:bframes=2'],
  'fields without interlacing': ['-x264-params', 'fake-interlaced=1'],
  'intra refresh': ['-x264-params', 'intra-refresh=1:keyint=20'],
  'scaling lists': ['-x264-params', 'cqm=jvt:8x8dct=1'],
  'no filter': ['-x264-params', 'no-deblock=1'],
};
const HEVC_STREAMS: Readonly<Record<string, readonly string[]>> = {
  'weights and rows': ['log-level=error:weightb=1:weightp=1:wpp=1'],
  'rows and slices': ['log-level=error:slices=3:wpp=1'],
  'low delay': ['log-level=error:bframes=0:ref=4:no-sao=1'],
  'no temporal vectors': ['log-level=error:no-temporal-mvp=1:no-deblock=1:b-intra=1'],
  'scaling lists and sub-layers': ['log-level=error:scaling-list=default:temporal-layers=1:bframes=4:b-adapt=0'],
  'open GOPs': ['log-level=error:keyint=15:open-gop=1:bframes=3:rskip=0:multi-pass-opt-rps=0'],
};

/** Bytes of the header of each slice without emulation prevention, as another reader of bit streams has them. */
function tracedHeaders(file: string): readonly number[] {
  const { stderr } = spawnSync(
    'ffmpeg',
    [
      '-nostdin',
      '-hide_banner',
      '-v',
      'info',
      '-i',
      file,
      '-c',
      'copy',
      '-bsf:v',
      'trace_headers',
      '-f',
      'null',
      '-',
    ],
    { encoding: 'utf8', maxBuffer: 1 << 28 },
  );
  const headers: number[] = [];
  let isSlice = false;
  // Its extradata come first, which has none.
  for (const line of stderr.split('\n')) {
    const [, title] = /\[trace_headers @ \w+\] ([A-Z][\w ]+)$/.exec(line) ?? [];
    const [, at, bits] = /\[trace_headers @ \w+\] (\d+) +\S+ +([01]+) = /.exec(line) ?? [];
    if (title !== undefined) {
      isSlice = title === 'Slice Header' || title === 'Slice Segment Header';
      if (isSlice) {
        headers.push(0);
      }
    } else if (isSlice && at !== undefined && bits !== undefined) {
      headers[headers.length - 1] = Math.ceil((Number(at) + bits.length) / 8);
    }
  }
  return headers;
}

function readHeaders(file: string, headers: SliceHeaders): readonly number[] {
  return splitAnnexB(readFileSync(file)).flatMap((nal) => {
    headers.learn(nal);
    const bytes = headers.headerBytes(nal);
    return bytes === undefined ? [] : [removeEmulationPrevention(nal.subarray(0, bytes)).length];
  });
}

suite('the headers of slices', { skip: missingPrograms('ffmpeg') }, () => {
  for (const [name, options] of Object.entries(AVC_STREAMS)) {
    test(`of H.264 with ${name} end where FFmpeg sees their end`, () => {
      using folder = openFolder();
      const file = folder.path('a.264');
      ffmpeg([...FADING, '-pix_fmt', 'yuv420p', '-c:v', 'libx264', ...options, '-f', 'h264', file]);

      const traced = tracedHeaders(file);

      assert(traced.length >= 45);
      assert.deepEqual(readHeaders(file, avcSliceHeaders()), traced);
    });
  }

  for (const [name, options] of Object.entries(HEVC_STREAMS)) {
    test(`of H.265 with ${name} end where FFmpeg sees their end`, () => {
      using folder = openFolder();
      const file = folder.path('a.265');
      ffmpeg([
        ...FADING,
        '-pix_fmt',
        'yuv420p',
        '-c:v',
        'libx265',
        '-x265-params',
        ...options,
        '-f',
        'hevc',
        file,
      ]);

      const traced = tracedHeaders(file);

      assert(traced.length >= 45);
      assert.deepEqual(readHeaders(file, hevcSliceHeaders()), traced);
    });
  }
});

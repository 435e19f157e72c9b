import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { layoutMovie } from '../../../../src-main/media/mp4/layout-movie.ts';
import { parseMovie } from '../../../../src-main/media/mp4/parse-movie.ts';
import { createSampleTable } from '../../../../src-main/media/mp4/sample-table.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { AUDIO, assertRefused, VIDEO } from '../sample-media.ts';

/** A picture track and a sound track, with edits, offsets, sync samples and a title. */
function moovOfTwo(): Uint8Array {
  const video = createSampleTable({ description: VIDEO, timescale: 90_000 });
  const audio = createSampleTable({ description: AUDIO, timescale: 48_000 });
  for (let sample = 0; sample < 20; sample += 1) {
    video.add(3000, (sample % 3) * 3000, sample % 10 === 0, 100 + sample);
    audio.add(1024, 0, true, 7);
    if (sample % 5 === 4) {
      video.endChunk();
      audio.endChunk();
    }
  }
  const order = [0, 1, 2, 3].flatMap((chunk) => [
    { track: 0, chunk },
    { track: 1, chunk },
  ]);
  const tracks = [
    { table: video, startTime: ticks(900_000) },
    { table: audio, startTime: ticks(479_000) },
  ];
  const { header } = layoutMovie(tracks, order, { title: 'x' });
  const ftyp = readBoxes(header).require('ftyp').size;
  return header.slice(ftyp);
}

const MOOV = moovOfTwo();

/** Overwrites the 32 bits `behind` bytes after the first box of a type. */
function patched(type: string, behind: number, value: number): Uint8Array {
  const bytes = Buffer.from(MOOV);
  bytes.writeUInt32BE(value, bytes.indexOf(type) + 4 + behind);
  return bytes;
}

test('tables that do not agree about the samples are refused', () => {
  assertRefused(() => parseMovie(patched('stts', 8, 19)), /stbl at byte \d+ times 19 samples over 57000 ticks/);
  assertRefused(() => parseMovie(patched('stts', 12, 3001)), /it has 20, and the track 60000 ticks/);
  assertRefused(() => parseMovie(patched('stsc', 12, 6)), /puts more samples into chunks than the 20 it has/);
  assertRefused(() => parseMovie(patched('stsc', 12, 4)), /has 20 samples and puts 16 into chunks/);
  assertRefused(() => parseMovie(patched('stsz', 8, 0xffff_ffff)), /stsz .* says 4294967295 entries/);
  assertRefused(() => parseMovie(patched('stco', 4, 0xffff_ffff)), /stco .* says 4294967295 entries/);
});

test('a moov cut anywhere is refused', () => {
  for (let cut = 0; cut < MOOV.length; cut += 1) {
    assert.throws(() => parseMovie(MOOV.subarray(0, cut)), AppError);
  }
});

test('a damaged moov is refused or read, and costs nothing', () => {
  const damage = fc.array(fc.tuple(fc.nat(MOOV.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 3,
  });

  fc.assert(
    fc.property(damage, (changes) => {
      const bytes = MOOV.slice();
      for (const [place, value] of changes) {
        bytes[place] = value;
      }
      try {
        parseMovie(bytes);
      } catch (error) {
        assert(error instanceof AppError, String(error));
        assert.match(error.code, /^media\/(malformed|unsupported)$/);
      }
    }),
    { seed: 20_261_123, numRuns: 1000 },
  );
});

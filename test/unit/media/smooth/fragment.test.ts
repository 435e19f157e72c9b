import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFragmentSamples } from '../../../../src-main/media/cmaf/fragment-samples.ts';
import type { Sample } from '../../../../src-main/media/cmaf/types.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { parseMoof } from '../../../../src-main/media/isobmff/moof.ts';
import { parseTfxd } from '../../../../src-main/media/isobmff/tfxd.ts';
import { emptyTrex } from '../../../../src-main/media/isobmff/trex.ts';
import {
  type FragmentOptions,
  type SmoothFragment,
  writeSmoothFragment,
} from '../../../../src-main/media/smooth/fragment.ts';
import { latestMeant, smoothTime } from '../../../../src-main/media/smooth/smooth-time.ts';
import { parseTfrf, writeTfrf } from '../../../../src-main/media/smooth/tfrf.ts';
import { type Ticks, ticks } from '../../../../src-main/media/time.ts';
import { assertRefused, audioFrames, pictures, rewound } from '../sample-media.ts';

const UTC = 1_795_000_000n;
const PICTURES: FragmentOptions = { kind: 'video', timescale: 90_000, sequenceNumber: 7, next: [] };

/** What a client reads: the samples, and the times that the fragment says itself. */
function read({ moof, mdat }: SmoothFragment): {
  readonly samples: readonly Sample[];
  readonly time: Ticks | undefined;
  readonly duration: Ticks | undefined;
  readonly version: number;
} {
  const parsed = parseMoof(readBoxes(moof).require('moof'), 1000);
  const body = Buffer.concat(mdat.slice(1));
  assert.equal(Buffer.from(mdat[0]!).readUInt32BE(0), body.length + 8);
  // Encoders mean the time of presentation, and servers the one that decoding begins at.
  const tracks = parsed.tracks.map((one) => ({ ...one, decodeTime: one.smoothTime?.time }));
  const [track] = readFragmentSamples(
    { ...parsed, tracks },
    { bytes: new Uint8Array(body), start: moof.length + 8 },
    () => ({
      trex: emptyTrex(1),
      nextDecodeTime: ticks(0n),
    }),
  );
  const { smoothTime: said } = parsed.tracks[0]!;
  const trun = readBoxes(moof).require('moof').require('traf').require('trun');
  return { samples: track!.samples, time: said?.time, duration: said?.duration, version: trun.u8() };
}

test('a client reads the pictures of the segment, in ticks of Smooth Streaming', () => {
  const source = pictures(60, { start: 90_000, gop: 60 });

  const { samples, time, duration } = read(writeSmoothFragment(source, PICTURES));

  assert.deepEqual(
    samples.map(({ data }) => [...data]),
    source.map(({ data }) => [...data]),
  );
  assert.deepEqual(
    samples.map(({ sync }) => sync),
    source.map(({ sync }) => sync),
  );
  assert.deepEqual([time, duration], [10_000_000n, 20_000_000n]);
});

test('samples that are neighbours in memory are one piece of the fragment, and no byte of them is copied', () => {
  const memory = Uint8Array.from({ length: 90 }, (_, index) => index);
  const source = pictures(4).map((sample, index) => ({
    ...sample,
    // Between the second and the third is something else.
    data: memory.subarray(index * 20 + (index > 1 ? 10 : 0)).subarray(0, 20),
  }));

  const fragment = writeSmoothFragment(source, PICTURES);

  const [, ...pieces] = fragment.mdat;
  assert.deepEqual(
    pieces.map(({ buffer, byteOffset, length }) => [buffer === memory.buffer, byteOffset, length]),
    [
      [true, 0, 40],
      [true, 50, 40],
    ],
  );
  assert.deepEqual(
    read(fragment).samples.map(({ data }) => [...data]),
    source.map(({ data }) => [...data]),
  );
});

test('the durations in a fragment are together what the manifest says, whatever the timescale', () => {
  const steps = fc.array(fc.integer({ min: 20, max: 5000 }), { minLength: 1, maxLength: 90 });
  const timescales = fc.constantFrom(1000, 15_360, 24_000, 44_100, 48_000, 90_000, 600, 10_000_000);
  fc.assert(
    fc.property(steps, timescales, fc.bigInt({ min: 0n, max: 90_000n }), (durations, timescale, offset) => {
      let at = UTC * BigInt(timescale) + offset;
      // Nothing is shorter than 10 µs.
      const source = durations.map((ticksLong): Sample => {
        const duration = Math.max(ticksLong, timescale / 100_000);
        const decodeTime = ticks(at);
        at += BigInt(duration);
        return { decodeTime, duration, compositionOffset: 0, sync: true, data: new Uint8Array(1) };
      });

      const fragment = read(writeSmoothFragment(source, { ...PICTURES, kind: 'audio', timescale }));

      const start = smoothTime(source[0]!.decodeTime, timescale);
      const end = smoothTime(ticks(at), timescale);
      assert.deepEqual([fragment.time, fragment.duration], [start, end - start]);
      const together = fragment.samples.reduce((sum, { duration }) => sum + BigInt(duration), 0n);
      assert.equal(together, end - start);
    }),
  );
});

test('composition offsets are unsigned where none is negative, for clients that know no other', () => {
  const shown = (offsets: readonly number[]): readonly Sample[] =>
    pictures(3).map((sample, index) => ({ ...sample, compositionOffset: offsets[index]! }));

  const unsigned = read(writeSmoothFragment(shown([3000, 6000, 0]), PICTURES));
  const signed = read(writeSmoothFragment(shown([0, 3000, -3000]), PICTURES));

  assert.equal(unsigned.version, 0);
  assert.equal(signed.version, 1);
  const offsetsOf = ({ samples }: typeof signed) =>
    samples.map(({ compositionOffset }) => Math.round(compositionOffset / 1000));
  assert.deepEqual(offsetsOf(unsigned), [333, 667, 0]);
  assert.deepEqual(offsetsOf(signed), [0, 333, -333]);
});

test('when a picture is shown is right to some microseconds, with B-frames too', () => {
  const offsets = fc.array(fc.integer({ min: -20_000, max: 20_000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(offsets, (compositionOffsets) => {
      const source = compositionOffsets.map((compositionOffset, index) => ({
        ...pictures(1, { start: index * 3003 })[0]!,
        duration: 3003,
        compositionOffset,
      }));

      const { samples } = read(writeSmoothFragment(source, PICTURES));

      for (const [index, sample] of samples.entries()) {
        const shown = Number(sample.decodeTime) + sample.compositionOffset;
        const expected = ((index * 3003 + source[index]!.compositionOffset) * 1e7) / 90_000;
        assert.ok(Math.abs(shown - expected) <= 40, `${shown} ${expected}`);
      }
    }),
  );
});

test('a key frame inside of a fragment is marked as one', () => {
  const { samples } = read(writeSmoothFragment(pictures(9, { gop: 3 }), PICTURES));

  assert.deepEqual(
    samples.map(({ sync }) => sync),
    pictures(9, { gop: 3 }).map(({ sync }) => sync),
  );
});

test('a fragment names those that follow it, and one that has none says nothing of it', () => {
  const next = [1n, 2n].map((step) => ({ time: ticks(step), duration: ticks(5) }));
  const tfrfOf = (fragment: SmoothFragment) =>
    [...readBoxes(fragment.moof).require('moof').require('traf').children()]
      .filter(({ type }) => type === 'uuid')
      .map((box) => parseTfrf(box));

  assert.deepEqual(tfrfOf(writeSmoothFragment(audioFrames(2), { ...PICTURES, kind: 'audio', next })), [
    undefined,
    next,
  ]);
  assert.deepEqual(tfrfOf(writeSmoothFragment(audioFrames(2), { ...PICTURES, kind: 'audio' })), [undefined]);
});

test('tfrf is read back as it was written, is no tfxd, and is refused when it is cut off', () => {
  const entry = fc.record(
    {
      time: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(ticks),
      duration: fc.bigInt({ min: 0n, max: 2n ** 40n }).map(ticks),
    },
    { noNullPrototype: true },
  );
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 4 }), (next) => {
      assert.deepEqual(parseTfrf(rewound((writer) => writeTfrf(writer, next))), next);
      assert.equal(parseTfxd(rewound((writer) => writeTfrf(writer, next))), undefined);
    }),
  );
  const cut = rewound((writer) =>
    writer.box('uuid', (body) => {
      body.bytes(Buffer.from('d4807ef2ca3946958e5426cb9e46a79f', 'hex'));
      body.u32(0x0100_0000);
      body.u8(3);
    }),
  );
  assertRefused(() => parseTfrf(cut), /uuid/);
});

test('a time is exact in a double, keeps its order, and leads back to the tick it was made of', () => {
  const timescales = fc.constantFrom(1000, 44_100, 48_000, 90_000, 1_000_000, 10_000_000, 4_294_967_295);
  const seconds = fc.bigInt({ min: 0n, max: 4_000_000_000n });
  fc.assert(
    fc.property(timescales, seconds, fc.bigInt({ min: 0n, max: 2n ** 32n }), (timescale, second, offset) => {
      const tick = ticks(second * BigInt(timescale) + (offset % BigInt(timescale)));

      const time = smoothTime(tick, timescale);

      assert.equal(BigInt(Number(time)), time);
      assert.equal(String(Number(time)), String(time));
      assert.ok(smoothTime(ticks(tick + 1n), timescale) >= time);
      const latest = latestMeant(time, timescale);
      assert.ok(latest >= tick, `${latest} ${tick}`);
      assert.ok(Number(latest - tick) <= Math.ceil((80 * timescale) / 1e7), `${latest} ${tick}`);
    }),
  );
});

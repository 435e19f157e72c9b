import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readChunkHeader } from '../../../src-main/media/cmaf/chunk.ts';
import { parseChunkNumber } from '../../../src-main/media/cmaf/chunk-number.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { frames, sounds } from '../../support/broadcast-media.ts';
import { AUDIO_TRACK, SMALL_TRACK, segmenterRig, VIDEO_TRACK } from './segmenter-rig.ts';

const TRACKS = [VIDEO_TRACK, SMALL_TRACK, AUDIO_TRACK];

/** What an unlucky broadcast is made of: stretches of one encoder, each beginning some way before or behind the end of the last. */
const stretch = fc.record({
  jump: fc.oneof(fc.constant(0), fc.integer({ min: -120, max: 300 })),
  length: fc.integer({ min: 1, max: 400 }),
  gop: fc.constantFrom(10, 30, 60),
  missing: fc.constantFrom('nothing', 'v', 's', 'a'),
  burst: fc.integer({ min: 1, max: 40 }),
  repeats: fc.boolean(),
  jitter: fc.integer({ min: 0, max: 900 }),
});

function jittered(samples: readonly Sample[], jitter: number): Sample[] {
  return samples.map((sample, index) => ({
    ...sample,
    decodeTime: ticks(sample.decodeTime + BigInt((index * 7919) % (jitter + 1))),
  }));
}

test('whatever comes, in whatever order: each track only goes forward, nothing overlaps, every sample taken is there once', () => {
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 8 }), fc.nat({ max: 4 }), (stretches, late) => {
      // One of the qualities comes later, or is there from the beginning.
      const rig = segmenterRig(late === 0 ? TRACKS : [VIDEO_TRACK, AUDIO_TRACK]);
      const given = new Set<Uint8Array>();
      let edge = 300;
      for (const [run, { jump, length, gop, missing, burst, repeats, jitter }] of stretches.entries()) {
        if (run === late && late > 0) {
          rig.addTrack(SMALL_TRACK);
        }
        const from = Math.max(0, edge + jump);
        edge = from + length;
        for (let at = from; at < edge; at += burst) {
          const to = Math.min(edge, at + burst);
          const keyed = (index: number) => (index - from) % gop === 0;
          const pictures = jittered(
            frames({ from: at, to, run }).map((sample, index) => ({ ...sample, sync: keyed(at + index) })),
            jitter,
          );
          const sound = sounds({ from: at, to, run });
          for (const [id, samples] of [
            ['a', sound],
            ['v', pictures],
            ['s', pictures],
          ] as const) {
            if (id !== missing && (id !== 's' || run >= late)) {
              rig.push(id, samples);
              samples.forEach(({ data }) => given.add(data));
              if (repeats) {
                rig.push(id, samples);
              }
            }
          }
        }
      }
      rig.flush();

      for (const { id, timescale } of TRACKS) {
        let expected = -1n;
        let last = { sequence: 0, part: -1 };
        for (const { chunk, position } of rig.of(id)) {
          assert.ok(chunk.decodeTime >= expected, `${id} goes back at ${Number(chunk.decodeTime) / timescale}`);
          expected = chunk.decodeTime + BigInt(chunk.duration);
          const isNext =
            position.sequence === last.sequence
              ? position.part === last.part + 1
              : position.sequence > last.sequence && position.part === 0;
          assert.ok(isNext, `${id}: ${JSON.stringify(last)} is followed by ${JSON.stringify(position)}`);
          last = position;
          const { sequenceNumber, decodeTime, duration } = readChunkHeader(chunk.bytes);
          assert.deepEqual(parseChunkNumber(sequenceNumber), { sequence: position.sequence, part: position.part });
          assert.deepEqual([decodeTime, duration], [chunk.decodeTime, chunk.duration]);
          if (id !== 'a' && position.part === 0) {
            assert.ok(chunk.independent, `${id}: segment ${position.sequence} begins with a key frame`);
          }
        }
        const taken = rig.samples(id).map(({ data }) => Buffer.from(data).toString('hex'));
        assert.equal(new Set(taken).size, taken.length, `${id}: nothing is there twice`);
      }
      const starts = rig.boundaries.map(({ at }) => at);
      assert.deepEqual(
        starts,
        starts.toSorted((a, b) => a - b),
      );
      assert.deepEqual(
        rig.boundaries.map(({ sequence }) => sequence),
        starts.map((_, index) => index + 1),
      );
    }),
    { numRuns: 150 },
  );
});

test('a stream without faults is passed on whole, however it is cut into pushes', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 4, maxLength: 40 }), (steps) => {
      const rig = segmenterRig(TRACKS);
      const total = steps.reduce((sum, step) => sum + step, 0);
      const all = {
        v: frames({ from: 0, to: total }),
        s: frames({ from: 0, to: total }),
        a: sounds({ from: 0, to: total }),
      };
      let from = 0;
      for (const step of steps) {
        for (const id of ['a', 's', 'v'] as const) {
          const scale = id === 'a' ? 48_000 : 90_000;
          const inStep = ({ decodeTime }: Sample) => {
            const frame = (Number(decodeTime) / scale) * 30;
            return frame >= from && frame < from + step;
          };
          rig.push(id, all[id].filter(inStep));
        }
        from += step;
      }
      rig.flush();

      assert.deepEqual([rig.gaps, rig.dropped], [[], []]);
      for (const id of ['a', 's', 'v'] as const) {
        assert.deepEqual(rig.samples(id), all[id]);
      }
      assert.deepEqual(
        rig.boundaries.map(({ at }) => Math.round(at * 30)),
        Array.from({ length: Math.ceil(total / 60) }, (_, index) => index * 60),
      );
    }),
    { numRuns: 60 },
  );
});

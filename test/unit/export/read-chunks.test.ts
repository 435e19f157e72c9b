import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { readChunks } from '../../../src-main/core/export/read-chunks.ts';
import { parseChunks, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { emptyTrex } from '../../../src-main/media/isobmff/trex.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { hasCode, samplesFrom } from './memory-recording.ts';

const oneSample = fc.record({
  duration: fc.integer({ min: 1, max: 100_000 }),
  compositionOffset: fc.integer({ min: -5000, max: 5000 }),
  sync: fc.boolean(),
  data: fc.uint8Array({ minLength: 1, maxLength: 40 }),
});

suite('the samples of a segment, column by column', () => {
  test('are those that were written', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(oneSample, { minLength: 1, maxLength: 12 }), { minLength: 1, maxLength: 4 }),
        fc.constantFrom('video' as const, 'audio' as const),
        (lists, kind) => {
          let time = 0;
          const chunks = lists.map((list) =>
            list.map((sample) => {
              const decodeTime = ticks(time);
              time += sample.duration;
              return { ...sample, decodeTime };
            }),
          );
          const bytes = Buffer.concat(
            chunks.map((samples) => writeChunk(samples, { sequenceNumber: 1, kind }).bytes),
          );

          const read = readChunks(bytes).map((chunk) => {
            let at = 0;
            let decodeTime = chunk.decodeTime;
            return Array.from({ length: chunk.sampleCount }, (_, sample) => {
              const duration = chunk.duration(sample);
              const found = {
                decodeTime,
                duration,
                compositionOffset: chunk.compositionOffset(sample),
                sync: chunk.isSync(sample),
                data: chunk.data.slice(at, (at += chunk.size(sample))),
              };
              decodeTime = ticks(decodeTime + BigInt(duration));
              return found;
            });
          });

          const expected = parseChunks(bytes, { trex: emptyTrex(1) });
          assert.deepEqual(
            read,
            expected.map((samples) => samples.map((sample) => ({ ...sample, data: new Uint8Array(sample.data) }))),
          );
        },
      ),
    );
  });

  test('cut off anywhere is malformed and never read beyond', () => {
    const { bytes } = writeChunk(samplesFrom(0, 5, 3000), { sequenceNumber: 1, kind: 'video' });

    for (let length = 1; length < bytes.length; length += 1) {
      assert.throws(() => readChunks(bytes.subarray(0, length)), hasCode('media/malformed'));
    }
  });

  test('with any byte changed are read or malformed, and their data stays inside', () => {
    const { bytes } = writeChunk(samplesFrom(0, 5, 3000), { sequenceNumber: 1, kind: 'video' });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(255), (at, value) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = value;
        try {
          for (const { data, sampleCount } of readChunks(changed)) {
            assert(data.byteOffset + data.length <= changed.length && sampleCount <= 10_000);
          }
        } catch (error) {
          assert(
            error instanceof Error && 'code' in error && String(error.code).startsWith('media/'),
            String(error),
          );
        }
      }),
      { numRuns: 3000 },
    );
  });
});

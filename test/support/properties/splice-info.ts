import assert from 'node:assert/strict';
import fc from 'fast-check';
import { crc32Mpeg2 } from '../../../src-main/media/mpegts/crc32-mpeg2.ts';
import type { SpliceEvent } from '../../../src-main/media/scte35/splice-command.ts';
import type { SegmentationEvent } from '../../../src-main/media/scte35/splice-descriptor.ts';
import { parseSpliceInfo, type SpliceInfo, writeSpliceInfo } from '../../../src-main/media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../../src-main/media/scte35/splice-signals.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const byte = fc.integer({ min: 0, max: 255 });
const pts = fc.maxSafeNat().map((value) => value % 2 ** 33);
const id = fc.integer({ min: 0, max: 0xffff_ffff });
const strict = { noNullPrototype: true };
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const spliceTime = fc.record({ ticks: maybe(pts) }, strict);

const where: fc.Arbitrary<SpliceEvent['where']> = fc.oneof(
  fc.record(
    { kind: fc.constant('program'), time: fc.oneof(spliceTime, fc.constant('immediate')) } as const,
    strict,
  ),
  fc.record(
    {
      kind: fc.constant('components'),
      immediate: fc.constant(true),
      components: fc.array(fc.record({ tag: byte, time: fc.constant(undefined) }, strict), { maxLength: 5 }),
    } as const,
    strict,
  ),
  fc.record(
    {
      kind: fc.constant('components'),
      immediate: fc.constant(false),
      components: fc.array(fc.record({ tag: byte, time: spliceTime }, strict), { maxLength: 5 }),
    } as const,
    strict,
  ),
);
const command = fc.oneof(
  fc.record({ kind: fc.constant('null') } as const, strict),
  fc.record({ kind: fc.constant('time-signal'), time: spliceTime } as const, strict),
  fc.record(
    {
      kind: fc.constant('insert'),
      eventId: id,
      event: maybe(
        fc.record(
          {
            outOfNetwork: fc.boolean(),
            where,
            breakDuration: maybe(fc.record({ autoReturn: fc.boolean(), ticks: pts }, strict)),
            uniqueProgramId: fc.integer({ min: 0, max: 0xffff }),
            availNumber: byte,
            availsExpected: byte,
          },
          strict,
        ),
      ),
    } as const,
    strict,
  ),
  fc.record(
    {
      kind: fc.constant('other'),
      type: fc.constantFrom(4, 7, 0x42, 255),
      bytes: fc.uint8Array({ maxLength: 200 }),
    } as const,
    strict,
  ),
);
const plainSegmentation = {
  restrictions: maybe(
    fc.record(
      {
        webDeliveryAllowed: fc.boolean(),
        noRegionalBlackout: fc.boolean(),
        archiveAllowed: fc.boolean(),
        deviceRestrictions: fc.integer({ min: 0, max: 3 }),
      },
      strict,
    ),
  ),
  components: maybe(fc.array(fc.record({ tag: byte, ptsOffset: pts }, strict), { maxLength: 4 })),
  duration: maybe(fc.maxSafeNat().map((value) => value % 2 ** 40)),
  upid: fc.record({ type: byte, bytes: fc.uint8Array({ maxLength: 100 }) }, strict),
  segmentNumber: byte,
  segmentsExpected: byte,
};
const segmentationEvent: fc.Arbitrary<SegmentationEvent> = fc.oneof(
  fc.record(
    { ...plainSegmentation, typeId: fc.constantFrom(0x10, 0x22, 0x23, 0x35), subSegment: fc.constant(undefined) },
    strict,
  ),
  fc.record(
    {
      ...plainSegmentation,
      typeId: fc.constantFrom(0x30, 0x34, 0x36, 0x44),
      subSegment: maybe(fc.record({ number: byte, expected: byte }, strict)),
    },
    strict,
  ),
);
const descriptor = fc.oneof(
  fc.record({ kind: fc.constant('segmentation'), eventId: id, event: maybe(segmentationEvent) } as const, strict),
  fc.record(
    {
      kind: fc.constant('other'),
      tag: fc.constantFrom(0, 1, 3, 0x82),
      identifier: id,
      bytes: fc.uint8Array({ maxLength: 251 }),
    } as const,
    strict,
  ),
);
const anyInfo: fc.Arbitrary<SpliceInfo> = fc.record(
  {
    ptsAdjustment: pts,
    tier: fc.integer({ min: 0, max: 0xfff }),
    sapType: fc.integer({ min: 0, max: 3 }),
    content: fc.oneof(
      fc.record(
        { kind: fc.constant('clear'), command, descriptors: fc.array(descriptor, { maxLength: 6 }) } as const,
        strict,
      ),
      fc.record(
        {
          kind: fc.constant('encrypted'),
          algorithm: fc.integer({ min: 0, max: 63 }),
          controlWord: byte,
          commandLength: fc.integer({ min: 0, max: 0xfff }),
          bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
        } as const,
        strict,
      ),
    ),
  },
  strict,
);

export const spliceRoundTrip = fc.property(anyInfo, (info) => {
  assert.deepEqual(parseSpliceInfo(writeSpliceInfo(info)), info);
});

/** The fields of `section` changed and its checksum made right again. */
export function resigned(section: Uint8Array, change: (bytes: Uint8Array) => void): Uint8Array {
  const bytes = section.slice();
  change(bytes);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32Mpeg2(bytes.subarray(0, -4)));
  return bytes;
}

/** Bytes of a section changed, with the right checksum, or nothing behind it would ever be read. */
export const anySpliceSection = fc.property(
  anyInfo,
  fc.array(fc.tuple(fc.nat(), byte), { maxLength: 6 }),
  (info, changes) => {
    const damaged = resigned(writeSpliceInfo(info), (bytes) => {
      for (const [at, value] of changes) {
        bytes[at % bytes.length] = value;
      }
    });
    try {
      const read = parseSpliceInfo(damaged);
      spliceSignals(read);
      spliceInstant(read);
    } catch (error) {
      assert(error instanceof AppError, String(error));
    }
  },
);

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseSpliceInfo, spliceInfo, writeSpliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { anySpliceSection, resigned, spliceRoundTrip } from '../../../support/properties/splice-info.ts';
import { assertRefused, fromHex, toHex } from '../sample-media.ts';
import { SPLICE_INSERT_OUT, TIME_SIGNAL_PLACEMENT_START } from './sample-sections.ts';

test('the splice_insert of the standard is read to its last field', () => {
  const info = parseSpliceInfo(SPLICE_INSERT_OUT);

  assert.deepEqual(info, {
    ptsAdjustment: 0,
    tier: 0xfff,
    sapType: 3,
    content: {
      kind: 'clear',
      command: {
        kind: 'insert',
        eventId: 0x4800_008f,
        event: {
          outOfNetwork: true,
          where: { kind: 'program', time: { ticks: 0x0_7369_c02e } },
          breakDuration: { autoReturn: true, ticks: 0x0_0052_ccf5 },
          uniqueProgramId: 0,
          availNumber: 0,
          availsExpected: 0,
        },
      },
      descriptors: [{ kind: 'other', tag: 0, identifier: 0x4355_4549, bytes: fromHex('00000135') }],
    },
  });
});

test('the time_signal of the standard is read with its segmentation descriptor', () => {
  const info = parseSpliceInfo(TIME_SIGNAL_PLACEMENT_START);

  assert.deepEqual(info.content, {
    kind: 'clear',
    command: { kind: 'time-signal', time: { ticks: 0x0_72bd_0050 } },
    descriptors: [
      {
        kind: 'segmentation',
        eventId: 0x4800_008e,
        event: {
          restrictions: {
            webDeliveryAllowed: false,
            noRegionalBlackout: true,
            archiveAllowed: true,
            deviceRestrictions: 3,
          },
          components: undefined,
          duration: 0x00_01a5_99b0,
          upid: { type: 8, bytes: fromHex('000000002ca0a18a') },
          typeId: 0x34,
          segmentNumber: 2,
          segmentsExpected: 0,
          subSegment: undefined,
        },
      },
    ],
  });
});

test('what the standard shows is written back to the byte', () => {
  for (const section of [SPLICE_INSERT_OUT, TIME_SIGNAL_PLACEMENT_START]) {
    assert.equal(toHex(writeSpliceInfo(parseSpliceInfo(section))), toHex(section));
  }
});

test('any section is read as it was written', () => {
  fc.assert(spliceRoundTrip);
});

test('a section of any damage under a right checksum is read or refused', () => {
  fc.assert(anySpliceSection, { numRuns: 1000 });
});

test('a section with any one bit changed is refused', () => {
  const lastBit = SPLICE_INSERT_OUT.length * 8 - 1;
  fc.assert(
    fc.property(fc.integer({ min: 0, max: lastBit }), (bit) => {
      const damaged = SPLICE_INSERT_OUT.slice();
      damaged[bit >> 3] = damaged[bit >> 3]! ^ (0x80 >> (bit & 7));

      assert.throws(() => parseSpliceInfo(damaged), AppError);
    }),
  );
});

test('fields that do not fit are refused with their place, however right the checksum is', () => {
  const cases: readonly (readonly [(bytes: Uint8Array) => void, RegExp])[] = [
    [(bytes) => bytes.fill(0x00, 0, 1), /table id 0 and not 252/],
    [(bytes) => bytes.fill(9, 3, 4), /protocol version 9/],
    [(bytes) => bytes.fill(0xff, 2, 3), /section length 255 in 50 bytes/],
    // A command of 0xFF5 bytes.
    [(bytes) => bytes.set([0xff, 0x5f], 11), /ends in the middle of a field|command of .* bytes/],
    // A descriptor loop of 65 KB.
    [(bytes) => bytes.fill(0xff, 34, 36), /descriptors of 65535 bytes/],
    // A descriptor that is longer than its loop.
    [(bytes) => bytes.fill(0xff, 37, 38), /splice descriptor at byte 0 has length 255 with 10 bytes left/],
  ];
  for (const [change, message] of cases) {
    assertRefused(() => parseSpliceInfo(resigned(SPLICE_INSERT_OUT, change)), message);
  }
  assertRefused(() => parseSpliceInfo(new Uint8Array()), /table id none/);
  assertRefused(() => parseSpliceInfo(Uint8Array.of(...SPLICE_INSERT_OUT, 0)), /something behind its end/);
});

test('stuffing behind a section is no fault', () => {
  const stuffed = Uint8Array.of(...SPLICE_INSERT_OUT, 0xff, 0xff);

  assert.deepEqual(parseSpliceInfo(stuffed), parseSpliceInfo(SPLICE_INSERT_OUT));
});

test('a command whose length is not said is read when it ends by itself, and only then', () => {
  const withoutLength = resigned(SPLICE_INSERT_OUT, (bytes) => bytes.set([0xff, 0xff], 11));
  const schedule = spliceInfo({ kind: 'other', type: 4, bytes: fromHex('00') });
  const unreadable = resigned(writeSpliceInfo(schedule), (bytes) => bytes.set([0xff, 0xff], 11));

  assert.deepEqual(parseSpliceInfo(withoutLength), parseSpliceInfo(SPLICE_INSERT_OUT));
  assertRefused(() => parseSpliceInfo(unreadable), /does not say how long its command of type 4 is/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SpliceEvent } from '../../../../src-main/media/scte35/splice-command.ts';
import type { SegmentationEvent, SpliceDescriptor } from '../../../../src-main/media/scte35/splice-descriptor.ts';
import { parseSpliceInfo, type SpliceInfo, spliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../../../src-main/media/scte35/splice-signals.ts';
import { SPLICE_INSERT_OUT, TIME_SIGNAL_PLACEMENT_START } from './sample-sections.ts';

const EVENT: SpliceEvent = {
  outOfNetwork: true,
  where: { kind: 'program', time: { ticks: 900_000 } },
  breakDuration: undefined,
  uniqueProgramId: 0,
  availNumber: 0,
  availsExpected: 0,
};

function insert(eventId: number, event: Partial<SpliceEvent> | undefined): SpliceInfo {
  return spliceInfo({ kind: 'insert', eventId, event: event === undefined ? undefined : { ...EVENT, ...event } });
}

function segmentation(eventId: number, event: Partial<SegmentationEvent> | undefined): SpliceDescriptor {
  const whole: SegmentationEvent = {
    restrictions: undefined,
    components: undefined,
    duration: undefined,
    upid: { type: 0, bytes: new Uint8Array() },
    typeId: 0x34,
    segmentNumber: 0,
    segmentsExpected: 0,
    subSegment: undefined,
    ...event,
  };
  return { kind: 'segmentation', eventId, event: event === undefined ? undefined : whole };
}

function signals(...descriptors: readonly SpliceDescriptor[]) {
  return spliceSignals(spliceInfo({ kind: 'time-signal', time: { ticks: 0 } }, descriptors));
}

test('a splice_insert out of the network is an out with its duration, back into it an in of the same pair', () => {
  const [out] = spliceSignals(parseSpliceInfo(SPLICE_INSERT_OUT));
  const [back] = spliceSignals(insert(0x4800_008f, { outOfNetwork: false }));

  assert.deepEqual(out, {
    kind: 'out',
    pairId: 'insert-1207959695',
    eventId: 1_207_959_695,
    duration: 5_426_421,
    autoReturn: true,
    isCancel: false,
    segmentationType: undefined,
  });
  assert.equal(back?.kind, 'in');
  assert.equal(back.pairId, out.pairId);
});

test('a duration of 0 says nothing, and nothing ends by itself without one', () => {
  const [signal] = spliceSignals(insert(1, { breakDuration: { autoReturn: true, ticks: 0 } }));

  assert.equal(signal?.duration, undefined);
  assert.equal(signal?.autoReturn, false);
});

test('start and end of every kind of break make a pair, whatever else is a command', () => {
  for (const start of [0x22, 0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x3c, 0x3e, 0x44, 0x46]) {
    const [out] = signals(segmentation(7, { typeId: start, duration: 90_000 }));
    const [back] = signals(segmentation(7, { typeId: start + 1 }));

    assert.deepEqual([out?.kind, out?.duration, back?.kind], ['out', 90_000, 'in']);
    assert.equal(out?.pairId, back?.pairId);
  }
  for (const typeId of [0x00, 0x01, 0x10, 0x11, 0x20, 0x21, 0x40, 0x50, 0xff]) {
    const [signal] = signals(segmentation(7, { typeId }));

    assert.deepEqual([signal?.kind, signal?.pairId], ['cmd', undefined]);
  }
});

test('several descriptors say several things in their order', () => {
  const all = signals(
    segmentation(1, { typeId: 0x11 }),
    segmentation(2, { typeId: 0x35 }),
    segmentation(2, { typeId: 0x36 }),
  );

  assert.deepEqual(
    all.map(({ kind, pairId }) => [kind, pairId]),
    [
      ['cmd', undefined],
      ['in', '34-2'],
      ['out', '36-2'],
    ],
  );
});

test('what is taken back is said to be', () => {
  const [insertCancel] = spliceSignals(insert(5, undefined));
  const [segmentationCancel] = signals(segmentation(6, undefined));

  assert.deepEqual([insertCancel?.isCancel, insertCancel?.pairId], [true, 'insert-5']);
  assert.deepEqual([segmentationCancel?.isCancel, segmentationCancel?.eventId], [true, 6]);
  assert.equal(spliceInstant(insert(5, undefined)), undefined);
});

test('a time_signal without descriptors and a splice_null are commands', () => {
  assert.deepEqual(
    signals().map(({ kind }) => kind),
    ['cmd'],
  );
  assert.deepEqual(
    spliceSignals(spliceInfo({ kind: 'null' })).map(({ kind }) => kind),
    ['cmd'],
  );
});

test('an encrypted section says nothing', () => {
  const info: SpliceInfo = {
    ...spliceInfo({ kind: 'null' }),
    content: { kind: 'encrypted', algorithm: 1, controlWord: 0, commandLength: 0, bytes: new Uint8Array(8) },
  };

  assert.deepEqual(spliceSignals(info), []);
  assert.equal(spliceInstant(info), undefined);
});

test('the adjustment is added to the time, and both wrap at 33 bits', () => {
  const info = { ...insert(1, { where: { kind: 'program', time: { ticks: 2 ** 33 - 10 } } }), ptsAdjustment: 25 };

  assert.deepEqual(spliceInstant(info), { kind: 'at', ticks: 15 });
  assert.deepEqual(spliceInstant(parseSpliceInfo(TIME_SIGNAL_PLACEMENT_START)), {
    kind: 'at',
    ticks: 0x72bd_0050,
  });
});

test('a splice applies at once when it says so, or says no time', () => {
  const immediate = [
    insert(1, { where: { kind: 'program', time: 'immediate' } }),
    insert(1, { where: { kind: 'program', time: { ticks: undefined } } }),
    insert(1, { where: { kind: 'components', immediate: true, components: [{ tag: 1, time: undefined }] } }),
  ];

  for (const info of immediate) {
    assert.deepEqual(spliceInstant(info), { kind: 'immediate' });
  }
});

test('a splice by components begins with the first that says when', () => {
  const components = [
    { tag: 1, time: { ticks: undefined } },
    { tag: 2, time: { ticks: 500 } },
  ];
  const info = insert(1, { where: { kind: 'components', immediate: false, components } });

  assert.deepEqual(spliceInstant(info), { kind: 'at', ticks: 500 });
});

import { spliceInfo, writeSpliceInfo } from '../../src-main/media/scte35/splice-info.ts';

/** splice_insert() of one break: out of the programme, back into it, or taken back. */
export function insertSection(
  eventId: number,
  kind: 'out' | 'in' | 'cancel',
  options: { readonly breakTicks?: number } = {},
): Uint8Array {
  const { breakTicks } = options;
  return writeSpliceInfo(
    spliceInfo({
      kind: 'insert',
      eventId,
      event:
        kind === 'cancel'
          ? undefined
          : {
              outOfNetwork: kind === 'out',
              where: { kind: 'program', time: 'immediate' },
              breakDuration: breakTicks === undefined ? undefined : { autoReturn: true, ticks: breakTicks },
              uniqueProgramId: 1,
              availNumber: 0,
              availsExpected: 0,
            },
    }),
  );
}

/** time_signal() without a descriptor: a section that is no break. */
export function signalSection(): Uint8Array {
  return writeSpliceInfo(spliceInfo({ kind: 'time-signal', time: { ticks: undefined } }));
}

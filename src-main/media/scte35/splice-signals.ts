import { PTS_CYCLE } from './fields.ts';
import type { SpliceCommand, SpliceTime } from './splice-command.ts';
import type { SpliceInfo } from './splice-info.ts';

/**
 * What one section says about one break, in the words of HLS (`SCTE35-OUT`, `SCTE35-IN`, `SCTE35-CMD`, rfc8216bis §4.4.5.1.1): a section with
 * several segmentation descriptors says several things.
 */
export type SpliceSignal = {
  /** `out`: a break begins. `in`: it ends. `cmd`: neither. */
  readonly kind: 'out' | 'in' | 'cmd';
  /** The same for the out and the in of one break and different for others: of a splice_insert `insert-{id}`, else `{start type, hex}-{id}`. */
  readonly pairId: string | undefined;
  /** splice_event_id or segmentation_event_id; undefined for commands that have none. */
  readonly eventId: number | undefined;
  /** Of the break, ticks of 90 kHz; undefined when not said, or said as 0. */
  readonly duration: number | undefined;
  /** The break ends after `duration` without an `in`. */
  readonly autoReturn: boolean;
  /** What was announced under this id is taken back. */
  readonly isCancel: boolean;
  /** segmentation_type_id; undefined without a segmentation descriptor. */
  readonly segmentationType: number | undefined;
};

/** When a section applies, on the 33-bit clock of the stream with `pts_adjustment` added: 0..2^33-1, or as soon as it is there. */
export type SpliceInstant = { readonly kind: 'at'; readonly ticks: number } | { readonly kind: 'immediate' };

/**
 * ANSI/SCTE 35 table 23: what begins a break, each ended by the type one higher. Break; provider's and distributor's advertisement, placement
 * opportunity, overlay, promotion and ad block.
 */
const OUT_TYPES: ReadonlySet<number> = new Set([0x22, 0x30, 0x32, 0x34, 0x36, 0x38, 0x3a, 0x3c, 0x3e, 0x44, 0x46]);

/** At least one; none of an encrypted section. */
export function spliceSignals({ content }: SpliceInfo): readonly SpliceSignal[] {
  if (content.kind === 'encrypted') {
    return [];
  }
  const { command, descriptors } = content;
  if (command.kind === 'insert') {
    return [insertSignal(command)];
  }
  const signals = descriptors.flatMap((descriptor): readonly SpliceSignal[] => {
    if (descriptor.kind !== 'segmentation' || command.kind !== 'time-signal') {
      return [];
    }
    const { eventId, event } = descriptor;
    if (event === undefined) {
      return [{ ...PLAIN_COMMAND, eventId, isCancel: true }];
    }
    const { typeId: segmentationType, duration } = event;
    const startType = OUT_TYPES.has(segmentationType) ? segmentationType : segmentationType - 1;
    const isBreak = OUT_TYPES.has(startType);
    return [
      {
        kind: !isBreak ? 'cmd' : startType === segmentationType ? 'out' : 'in',
        pairId: isBreak ? `${startType.toString(16)}-${eventId}` : undefined,
        eventId,
        duration: duration === 0 ? undefined : duration,
        // §10.3.3.1: a duration is that of the segment, which ends when it has passed or when its end comes, whatever is first.
        autoReturn: false,
        isCancel: false,
        segmentationType,
      },
    ];
  });
  return signals.length === 0 ? [PLAIN_COMMAND] : signals;
}

const PLAIN_COMMAND: SpliceSignal = {
  kind: 'cmd',
  pairId: undefined,
  eventId: undefined,
  duration: undefined,
  autoReturn: false,
  isCancel: false,
  segmentationType: undefined,
};

function insertSignal({ eventId, event }: Extract<SpliceCommand, { kind: 'insert' }>): SpliceSignal {
  const common = { ...PLAIN_COMMAND, eventId, pairId: `insert-${eventId}` };
  if (event === undefined) {
    return { ...common, isCancel: true };
  }
  const { ticks = 0, autoReturn = false } = event.breakDuration ?? {};
  return {
    ...common,
    kind: event.outOfNetwork ? 'out' : 'in',
    duration: ticks === 0 ? undefined : ticks,
    autoReturn: autoReturn && ticks > 0,
  };
}

/** When a section applies; undefined for what has no time: encrypted ones, and cancellations. */
export function spliceInstant({ content, ptsAdjustment }: SpliceInfo): SpliceInstant | undefined {
  const time = content.kind === 'encrypted' ? undefined : timeOf(content.command);
  if (time === undefined) {
    return undefined;
  }
  return time === 'immediate' || time.ticks === undefined
    ? { kind: 'immediate' }
    : { kind: 'at', ticks: (time.ticks + ptsAdjustment) % PTS_CYCLE };
}

function timeOf(command: SpliceCommand): SpliceTime | 'immediate' | undefined {
  switch (command.kind) {
    case 'null':
    case 'other':
      return 'immediate';
    case 'time-signal':
      return command.time;
    case 'insert': {
      const where = command.event?.where;
      if (where === undefined || where.kind === 'program') {
        return where?.time;
      }
      // Components are cut one by one; the break as a whole begins with the first that says when.
      return where.components.find(({ time }) => time?.ticks !== undefined)?.time ?? 'immediate';
    }
  }
}

import { BitReader } from '../codecs/bit-reader.ts';
import { type BitWriter, createBitWriter } from '../codecs/bit-writer.ts';
import { readBytes, readPts, writePts, writeReserved } from './fields.ts';

/** What a section commands, ANSI/SCTE 35 §9.7. Times are ticks of 90 kHz without `pts_adjustment`, 0..2^33-1. */
export type SpliceCommand =
  /** A heartbeat: nothing is to be done. */
  | { readonly kind: 'null' }
  | SpliceInsert
  | TimeSignal
  /** splice_schedule, bandwidth_reservation, private_command, and what is not known: the bytes of the command as they came. */
  | { readonly kind: 'other'; readonly type: number; readonly bytes: Uint8Array };

/** splice_insert(), §9.7.3. */
export type SpliceInsert = {
  readonly kind: 'insert';
  readonly eventId: number;
  /** Undefined: the event of this id, sent before, is cancelled. */
  readonly event: SpliceEvent | undefined;
};

export type SpliceEvent = {
  /** Out of the programme into a break; false: back. */
  readonly outOfNetwork: boolean;
  readonly where: SpliceWhere;
  readonly breakDuration: BreakDuration | undefined;
  readonly uniqueProgramId: number;
  readonly availNumber: number;
  readonly availsExpected: number;
};

export type SpliceWhere =
  /** The whole programme; `time` undefined: at once. */
  | { readonly kind: 'program'; readonly time: SpliceTime | 'immediate' }
  /** Each component for itself, or all at once. */
  | {
      readonly kind: 'components';
      readonly immediate: boolean;
      readonly components: readonly { readonly tag: number; readonly time: SpliceTime | undefined }[];
    };

/** time_signal(), §9.7.4: what it signals stands in the descriptors. */
export type TimeSignal = { readonly kind: 'time-signal'; readonly time: SpliceTime };

/** splice_time(), §9.8.1; no ticks: when it arrives. */
export type SpliceTime = { readonly ticks: number | undefined };

/** break_duration(), §9.8.2. */
export type BreakDuration = {
  /** The break ends by itself after `ticks`; else they are a plan, and a splice back is sent. */
  readonly autoReturn: boolean;
  readonly ticks: number;
};

const COMMAND_TYPE = { null: 0x00, insert: 0x05, timeSignal: 0x06 } as const;

export function commandTypeOf(command: SpliceCommand): number {
  switch (command.kind) {
    case 'null':
      return COMMAND_TYPE.null;
    case 'insert':
      return COMMAND_TYPE.insert;
    case 'time-signal':
      return COMMAND_TYPE.timeSignal;
    case 'other':
      return command.type;
  }
}

export function writeCommand(command: SpliceCommand): Uint8Array {
  const bits = createBitWriter();
  switch (command.kind) {
    case 'null':
      break;
    case 'insert':
      writeInsert(bits, command);
      break;
    case 'time-signal':
      writeTime(bits, command.time);
      break;
    case 'other':
      return command.bytes;
  }
  return bits.finish();
}

/**
 * Reads a command from the beginning of `bytes`, and says how many it took. `length` undefined: the section does not say (0xFFF, §9.6), which
 * is only readable for the commands that end by themselves: for others the result is undefined.
 */
export function parseCommand(
  type: number,
  bytes: Uint8Array,
  length: number | undefined,
): { readonly command: SpliceCommand; readonly length: number } | undefined {
  const bits = new BitReader(length === undefined ? bytes : bytes.subarray(0, length), 'splice command');
  const total = bits.bitsLeft;
  const taken = (command: SpliceCommand) => ({ command, length: length ?? (total - bits.bitsLeft) / 8 });
  switch (type) {
    case COMMAND_TYPE.null:
      return taken({ kind: 'null' });
    case COMMAND_TYPE.insert:
      return taken(parseInsert(bits));
    case COMMAND_TYPE.timeSignal:
      return taken({ kind: 'time-signal', time: parseTime(bits) });
    default:
      return length === undefined ? undefined : taken({ kind: 'other', type, bytes: readBytes(bits, length) });
  }
}

function writeInsert(bits: BitWriter, { eventId, event }: SpliceInsert): void {
  bits.bits(32, eventId);
  bits.bits(1, event === undefined ? 1 : 0);
  writeReserved(bits, 7);
  if (event === undefined) {
    return;
  }
  const { where, breakDuration } = event;
  const isImmediate = where.kind === 'program' ? where.time === 'immediate' : where.immediate;
  bits.bits(1, event.outOfNetwork ? 1 : 0);
  bits.bits(1, where.kind === 'program' ? 1 : 0);
  bits.bits(1, breakDuration === undefined ? 0 : 1);
  bits.bits(1, isImmediate ? 1 : 0);
  writeReserved(bits, 4);
  if (where.kind === 'program') {
    if (where.time !== 'immediate') {
      writeTime(bits, where.time);
    }
  } else {
    bits.bits(8, where.components.length);
    for (const { tag, time } of where.components) {
      bits.bits(8, tag);
      if (!isImmediate) {
        writeTime(bits, time ?? { ticks: undefined });
      }
    }
  }
  if (breakDuration !== undefined) {
    bits.bits(1, breakDuration.autoReturn ? 1 : 0);
    writeReserved(bits, 6);
    writePts(bits, breakDuration.ticks);
  }
  bits.bits(16, event.uniqueProgramId);
  bits.bits(8, event.availNumber);
  bits.bits(8, event.availsExpected);
}

function parseInsert(bits: BitReader): SpliceInsert {
  const eventId = bits.bits(32);
  const isCancelled = bits.flag();
  bits.skip(7);
  if (isCancelled) {
    return { kind: 'insert', eventId, event: undefined };
  }
  const outOfNetwork = bits.flag();
  const isProgram = bits.flag();
  const hasDuration = bits.flag();
  const immediate = bits.flag();
  bits.skip(4);
  const where: SpliceWhere = isProgram
    ? { kind: 'program', time: immediate ? 'immediate' : parseTime(bits) }
    : { kind: 'components', immediate, components: parseComponents(bits, immediate) };
  const breakDuration = hasDuration ? parseBreakDuration(bits) : undefined;
  const uniqueProgramId = bits.bits(16);
  const availNumber = bits.bits(8);
  const availsExpected = bits.bits(8);
  const event = { outOfNetwork, where, breakDuration, uniqueProgramId, availNumber, availsExpected };
  return { kind: 'insert', eventId, event };
}

function parseComponents(bits: BitReader, immediate: boolean) {
  const components: { readonly tag: number; readonly time: SpliceTime | undefined }[] = [];
  for (let left = bits.bits(8); left > 0; left -= 1) {
    const tag = bits.bits(8);
    components.push({ tag, time: immediate ? undefined : parseTime(bits) });
  }
  return components;
}

function parseBreakDuration(bits: BitReader): BreakDuration {
  const autoReturn = bits.flag();
  bits.skip(6);
  return { autoReturn, ticks: readPts(bits) };
}

function writeTime(bits: BitWriter, { ticks }: SpliceTime): void {
  bits.bits(1, ticks === undefined ? 0 : 1);
  if (ticks === undefined) {
    writeReserved(bits, 7);
  } else {
    writeReserved(bits, 6);
    writePts(bits, ticks);
  }
}

function parseTime(bits: BitReader): SpliceTime {
  if (!bits.flag()) {
    bits.skip(7);
    return { ticks: undefined };
  }
  bits.skip(6);
  return { ticks: readPts(bits) };
}

import { AppError } from '../../shared/app-error.ts';
import type { Sample } from '../cmaf/types.ts';
import { type FrameRate, frameRateOf } from '../codecs/fraction.ts';
import { joinLengthPrefixed, splitAnnexB } from '../codecs/nal-units.ts';
import { type Ticks, ticks } from '../time.ts';
import type { ElementaryEvent, ElementaryReader } from './elementary.ts';
import type { PesPacket } from './pes.ts';
import { type StreamClock, TS_TIMESCALE } from './stream-clock.ts';
import type { VideoFormat, VideoParameters } from './video-format.ts';

/** An 8K picture has 600 slices at most (ITU-T H.264 table A-1, H.265 table A.8). */
const MAX_NAL_UNITS = 4096;
/** Of one picture; encoders use one packet, or one for each slice. */
const MAX_PACKETS = 64;
const MAX_PICTURE_BYTES = 16 * 1024 * 1024;
/** Vendors' parameter sets have some hundred bytes. */
const MAX_PARAMETER_SET_BYTES = 4096;
const MAX_PARAMETER_SETS = 128;
/** Longer than this between two pictures is no duration but a jump of the encoder's clock. */
const MAX_DURATION = 10 * TS_TIMESCALE;
const CYCLE = 2 ** 33;
/** More is no reordering. */
const MAX_DELAY = TS_TIMESCALE;

/** One picture on the way. */
type Unit = {
  readonly decodeTime: Ticks;
  readonly compositionOffset: number;
  readonly nals: Uint8Array[];
  /** That parts of it came in, and the memory of these. */
  packets: number;
  bytes: number;
};

/**
 * Makes samples of the pictures of one stream. A picture is given when the time of the next is known, for its duration. Nothing is given
 * before the first that a decoder can start with.
 */
export function createVideoReader(options: {
  readonly format: VideoFormat;
  /** BCP 47. */
  readonly language: string;
  readonly clock: StreamClock;
}): ElementaryReader {
  const { format, language, clock } = options;
  const parameterSets = new Map<string, Uint8Array>();
  let areSetsNew = false;
  let parameters: VideoParameters | undefined;
  let isStarted = false;
  /** How much later than it is decoded the first picture is shown, where pictures are reordered. */
  let delay = 0;
  let unit: Unit | undefined;
  let lastDuration = 0;

  /** Ends the picture on the way and begins another. */
  function begin(packet: Pick<PesPacket, 'pts' | 'dts'>): readonly ElementaryEvent[] {
    const { pts, dts } = packet;
    if (dts === undefined || pts === undefined) {
      // A second picture in one packet: as long after the first as that was after the one before.
      const next = unit === undefined ? undefined : { ...unit, decodeTime: plus(unit.decodeTime, lastDuration) };
      const events = end(next?.decodeTime);
      unit = next === undefined ? undefined : { ...next, nals: [], packets: 0, bytes: 0 };
      return events;
    }
    const decodeTime = clock.follow(dts);
    const events = end(decodeTime);
    unit = { decodeTime, compositionOffset: compositionOffset(pts, dts), nals: [], packets: 0, bytes: 0 };
    return events;
  }

  function end(nextDecodeTime: Ticks | undefined): readonly ElementaryEvent[] {
    const ended = unit;
    unit = undefined;
    if (ended === undefined) {
      return [];
    }
    lastDuration = durationOf(ended.decodeTime, nextDecodeTime) ?? lastDuration;
    const events: ElementaryEvent[] = [];
    const units = ended.nals.filter((nal) => !format.isLeftOut(nal));
    const sync = format.isSync(units);
    ended.nals.forEach(keepParameterSet);
    if (!units.some(format.isPicture)) {
      return [];
    }
    if (sync && areSetsNew) {
      const changed = describe();
      if (changed !== undefined) {
        delay = isStarted ? delay : Math.min(Math.max(ended.compositionOffset, 0), MAX_DELAY);
        isStarted = true;
        events.push(changed);
      }
    }
    if (isStarted) {
      const { decodeTime, compositionOffset: offset } = ended;
      const duration = Math.max(1, lastDuration);
      const sample: Sample = {
        // A segment begins when its key frame is shown, so nothing is missing at the beginning of a recording (23009-1 §5.3.9.6.1, `S@t`).
        decodeTime: plus(decodeTime, delay),
        duration,
        compositionOffset: offset - delay,
        sync,
        data: joinLengthPrefixed(units),
      };
      events.push({ kind: 'samples', samples: [sample] });
    }
    return events;
  }

  function keepParameterSet(nal: Uint8Array): void {
    const key = tryRead(() => format.parameterSetKey(nal));
    if (key === undefined || nal.length > MAX_PARAMETER_SET_BYTES || areEqual(parameterSets.get(key), nal)) {
      return;
    }
    if (parameterSets.size >= MAX_PARAMETER_SETS) {
      parameterSets.clear();
    }
    // A copy: it outlives the packet by hours.
    parameterSets.set(key, nal.slice());
    areSetsNew = true;
  }

  /** Counts a packet that goes on with the picture on the way, which is given up when that never ends. */
  function note(data: Uint8Array): void {
    if (unit !== undefined) {
      unit.packets += 1;
      // A small part keeps all the memory of its packet.
      unit.bytes += data.buffer.byteLength;
      unit = unit.packets > MAX_PACKETS || unit.bytes > MAX_PICTURE_BYTES ? undefined : unit;
    }
  }

  function describe(): ElementaryEvent | undefined {
    const next = tryRead(() => format.describe([...parameterSets.values()]));
    areSetsNew = next === undefined;
    if (next === undefined || areEqual(parameters?.decoderConfig, next.decoderConfig)) {
      return undefined;
    }
    parameters = next;
    const frameRate = next.frameRate ?? usualFrameRate(lastDuration);
    const { fourCc } = format;
    const common = { kind: 'video', timescale: TS_TIMESCALE, bitrate: 0, language, fourCc } as const;
    return { kind: 'format', description: { ...common, ...next, frameRate } };
  }

  return {
    push(packet) {
      const { data } = packet;
      if (startCodes(data) > MAX_NAL_UNITS) {
        return [];
      }
      const nals = splitAnnexB(data);
      const events: ElementaryEvent[] = [];
      appendTo(unit, beforeFirst(data, nals[0]));
      note(data);
      for (const [index, nal] of nals.entries()) {
        if (index === 0 && format.canBegin(nal)) {
          events.push(...begin(packet));
        } else if (format.isDelimiter(nal)) {
          events.push(...begin({ pts: undefined, dts: undefined }));
        }
        if (unit !== undefined && unit.nals.length < MAX_NAL_UNITS) {
          unit.nals.push(nal);
        }
      }
      return events;
    },
    flush: () => end(undefined),
  };
}

/** A NAL unit may go on in the next packet. */
function appendTo(unit: Unit | undefined, bytes: Uint8Array): void {
  const last = unit?.nals.pop();
  if (unit === undefined || last === undefined) {
    return;
  }
  const whole = new Uint8Array(last.length + bytes.length);
  whole.set(last);
  whole.set(bytes, last.length);
  unit.nals.push(bytes.length === 0 ? last : whole);
}

/** What stands before the first start code: nothing, as a rule. */
function beforeFirst(data: Uint8Array, first: Uint8Array | undefined): Uint8Array {
  let end = first === undefined ? data.length : first.byteOffset - data.byteOffset - 3;
  while (end > 0 && data[end - 1] === 0) {
    end -= 1;
  }
  return data.subarray(0, Math.max(0, end));
}

/** Counted before views are made of them: a start code takes three bytes, a view a hundred. */
function startCodes(data: Uint8Array): number {
  let count = 0;
  for (let at = data.indexOf(1, 2); at >= 0; at = data.indexOf(1, at + 1)) {
    count += data[at - 1] === 0 && data[at - 2] === 0 ? 1 : 0;
  }
  return count;
}

function durationOf(from: Ticks, to: Ticks | undefined): number | undefined {
  const duration = to === undefined ? 0n : to - from;
  return duration > 0n && duration <= BigInt(MAX_DURATION) ? Number(duration) : undefined;
}

/** Of times that have begun anew between the two as well. */
function compositionOffset(pts: number, dts: number): number {
  const ahead = (pts - dts + CYCLE) % CYCLE;
  const offset = ahead >= CYCLE / 2 ? ahead - CYCLE : ahead;
  return Math.abs(offset) > MAX_DURATION ? 0 : offset;
}

/** Numerator and denominator of the frame rates that cameras and encoders have. */
const USUAL_RATES: readonly (readonly [number, number])[] = [
  [24_000, 1001],
  [24, 1],
  [25, 1],
  [30_000, 1001],
  [30, 1],
  [50, 1],
  [60_000, 1001],
  [60, 1],
];

/** The rate that a duration stands for, to the tick; undefined where times are rounded or vary. */
function usualFrameRate(duration: number): FrameRate | undefined {
  const found = USUAL_RATES.find(
    ([numerator, denominator]) => Math.abs((TS_TIMESCALE * denominator) / numerator - duration) < 1,
  );
  return found === undefined ? undefined : frameRateOf(...found);
}

function plus(time: Ticks, duration: number): Ticks {
  return ticks(time + BigInt(duration));
}

function areEqual(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a?.length === b.length && a.every((byte, index) => byte === b[index]);
}

/** Undefined for what cannot be understood: one bad picture is no reason to end a broadcast. */
function tryRead<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof AppError) {
      return undefined;
    }
    throw error;
  }
}

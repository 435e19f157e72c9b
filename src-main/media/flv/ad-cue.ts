import { AppError } from '../../shared/app-error.ts';
import { type Ticks, ticks } from '../time.ts';
import { type AmfObject, type AmfValue, isAmfObject } from './amf0.ts';

/** `onAdCue`, the cue message of RTMP ("Timed Metadata in Live Streaming", 2019-07-01, §2.1.2 and §2.1.3). */
export type AdCue = {
  /** The same id with the same time is the same cue, said again. */
  readonly id: string;
  /** Presentation time, in ticks of `AD_CUE_TIMESCALE` of the stream's own clock. */
  readonly time: Ticks;
  /** Seconds; undefined: not known. */
  readonly duration: number | undefined;
  /** The splice_info_section; undefined in the simple mode, which has none. */
  readonly section: Uint8Array | undefined;
};

export const AD_CUE_TIMESCALE = 90_000;

/** section_length has 12 bits (ANSI/SCTE 35 §9.6.1). */
const MAX_SECTION_BYTES = 3 + 4095;
const MAX_ID = 256;
/** Twice round the clock of RTMP. Ticks of such a time still are exact numbers. */
const MAX_SECONDS = 2 ** 33 / 1000;
const SECTION_TYPES: ReadonlySet<AmfValue> = new Set(['scte35', 'urn:scte:scte35:2013:bin']);

/** Throws `ingest/cue-invalid`, which names the field. Fields that the specification does not have are ignored. */
export function parseAdCue(value: AmfValue): AdCue {
  if (!isAmfObject(value)) {
    throw invalid('message', 'has no object');
  }
  const type = value.get('type');
  const isSimple = type === undefined || type === null || type === '';
  if (!isSimple && !SECTION_TYPES.has(type)) {
    throw invalid('type', 'is of no known kind');
  }
  const cue = value.get('cue');
  if (isSimple && cue !== 'SpliceOut') {
    throw invalid('cue', 'is not SpliceOut, and there is no type');
  }
  const duration = seconds(value, 'duration');
  return {
    id: idOf(value.get('id')),
    time: ticks(Math.round(seconds(value, 'time') * AD_CUE_TIMESCALE)),
    duration: duration === 0 ? undefined : duration,
    section: isSimple ? undefined : decodeSection(cue),
  };
}

function decodeSection(cue: AmfValue): Uint8Array {
  if (typeof cue !== 'string' || cue.length === 0 || cue.length > (MAX_SECTION_BYTES * 4) / 3 + 4) {
    throw invalid('cue', `is not base64 of a section of at most ${MAX_SECTION_BYTES} bytes`);
  }
  try {
    return Uint8Array.from(atob(cue), (character) => character.charCodeAt(0));
  } catch (error) {
    throw invalid('cue', 'is not base64', error);
  }
}

function idOf(id: AmfValue): string {
  const text = typeof id === 'number' ? String(id) : id;
  if (typeof text !== 'string' || text === '' || text.length > MAX_ID) {
    throw invalid('id', `is not a text of 1 to ${MAX_ID} characters`);
  }
  return text;
}

function seconds(cue: AmfObject, field: 'time' | 'duration'): number {
  const value = cue.get(field);
  if (typeof value !== 'number' || !(value >= 0 && value <= MAX_SECONDS)) {
    throw invalid(field, 'is not a number of seconds');
  }
  return value;
}

function invalid(field: string, problem: string, cause?: unknown): AppError {
  return new AppError('ingest/cue-invalid', `A cue of the encoder was left out: its ${field} ${problem}.`, {
    details: { field },
    cause,
  });
}

import { spliceInfo, writeSpliceInfo } from '../../../media/scte35/splice-info.ts';
import { rescale, type Ticks, ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import { CUE_TIMESCALE, type Cue } from '../../ports/cues.ts';
import type { IncomingCue } from '../../ports/ingest.ts';

const MICROSECONDS = 1_000_000;
const LONGEST_ID = 1024;
const LONGEST_MESSAGE = 1024 * 1024;
/** `pts_time`, `break_duration` and the id of an event, ANSI/SCTE 35 §9.7. */
const PTS_MODULO = 1n << 33n;
const MAX_BREAK_TICKS = 2 ** 33 - 1;

/** The encoder's time of a cue in microseconds; undefined: at once. */
export function cueTimeUs({ time }: IncomingCue): bigint | undefined {
  return time === undefined ? undefined : rescale(time.ticks, time.timescale, MICROSECONDS);
}

/** A cue of an encoder on the media time. Throws `ingest/cue-invalid` for one that cannot be understood. */
export function placeCue(cue: IncomingCue, mediaUs: bigint): Cue {
  const { id, scheme, value, duration, message } = cue;
  if (id.length > LONGEST_ID || value.length > LONGEST_ID || (message?.length ?? 0) > LONGEST_MESSAGE) {
    throw invalid(cue, 'it is longer than a cue can be');
  }
  if (duration !== undefined && !(duration >= 0 && duration * CUE_TIMESCALE <= Number.MAX_SAFE_INTEGER)) {
    throw invalid(cue, `its duration is ${duration} s`);
  }
  if (message === undefined && scheme !== 'urn:scte:scte35:2013:bin') {
    throw invalid(cue, 'it has no message');
  }
  const time = rescale(ticks(mediaUs), MICROSECONDS, CUE_TIMESCALE);
  const durationTicks = duration === undefined ? undefined : Math.round(duration * CUE_TIMESCALE);
  return {
    id,
    scheme,
    value,
    time,
    duration: durationTicks,
    message: message ?? spliceOut(id, time, durationTicks),
  };
}

/** The section that the simple mode (`SpliceOut`, spec 2.12) stands for: a splice_insert out of the programme, and back by itself. */
function spliceOut(id: string, time: Ticks, durationTicks: number | undefined): Uint8Array {
  return writeSpliceInfo(
    spliceInfo({
      kind: 'insert',
      eventId: eventIdOf(id),
      event: {
        outOfNetwork: true,
        where: { kind: 'program', time: { ticks: Number(time % PTS_MODULO) } },
        breakDuration:
          durationTicks === undefined || durationTicks === 0 || durationTicks > MAX_BREAK_TICKS
            ? undefined
            : { autoReturn: true, ticks: durationTicks },
        uniqueProgramId: 1,
        availNumber: 0,
        availsExpected: 0,
      },
    }),
  );
}

/** The id itself where it is a number of 32 bits; else one made of it, the same for the same id. FNV-1a. */
function eventIdOf(id: string): number {
  if (/^\d{1,10}$/.test(id) && Number(id) <= 0xffff_ffff) {
    return Number(id);
  }
  let hash = 0x811c_9dc5;
  for (const byte of new TextEncoder().encode(id)) {
    hash = Math.imul(hash ^ byte, 0x0100_0193) >>> 0;
  }
  return hash;
}

function invalid({ id, value }: IncomingCue, why: string): AppError {
  return new AppError('ingest/cue-invalid', `A cue of ${value} cannot be used: ${why}.`, {
    details: { id: id.slice(0, 64), value: value.slice(0, 64) },
  });
}

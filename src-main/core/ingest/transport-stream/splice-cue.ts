import { crc32Mpeg2 } from '../../../media/mpegts/crc32-mpeg2.ts';
import { type StreamClock, TS_TIMESCALE } from '../../../media/mpegts/stream-clock.ts';
import { parseSpliceInfo } from '../../../media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../../media/scte35/splice-signals.ts';
import type { IncomingCue } from '../../ports/ingest.ts';

/**
 * A splice_info_section of a transport stream as a cue, on the times of its samples. Undefined for what announces nothing: heartbeats, and
 * encrypted sections, whose time nobody can read here. Throws `media/malformed`.
 */
export function spliceCue(section: Uint8Array, pid: number, clock: StreamClock): IncomingCue | undefined {
  const info = parseSpliceInfo(section);
  const signals = spliceSignals(info);
  const [signal] = signals;
  if (signal === undefined || (info.content.kind === 'clear' && info.content.command.kind === 'null')) {
    return undefined;
  }
  const instant = spliceInstant(info);
  const time = instant?.kind === 'at' ? clock.near(instant.ticks) : undefined;
  const eventId = signals.find((one) => one.eventId !== undefined)?.eventId;
  const duration = signals.find((one) => one.duration !== undefined)?.duration;
  return {
    scheme: 'urn:scte:scte35:2013:bin',
    value: `pid ${pid}`,
    // Without an id of its own, the same is what is the same to the byte.
    id: eventId === undefined ? crc32Mpeg2(section.subarray(0, -4)).toString(16) : String(eventId),
    time: time === undefined ? undefined : { ticks: time, timescale: TS_TIMESCALE },
    duration: duration === undefined ? undefined : duration / TS_TIMESCALE,
    message: section,
  };
}

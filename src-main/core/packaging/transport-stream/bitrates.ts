import type { TrackWindow } from '../../ports/presentation.ts';

/** A packet of a transport stream, and what of it is not its header. */
const PACKET = 188 / 184;
/** What is lost at the end of a PES packet on average, what stands before its data, and its clock. */
const BYTES_PER_UNIT = 92 + 19 + 8;
/** The delimiter of a picture; its parameter sets come once in a fragment. */
const DELIMITER_BYTES = 6;
/** ADTS. */
const HEADER_BYTES = 7;
const FRAMES_PER_UNIT = 6;
const FRAME_SAMPLES = 1024;
const USUAL_FRAME_RATE = 30;
/** Tables, and packets that fill up the counters, once in a segment. */
const BYTES_PER_SEGMENT = 12 * 188;

export type Bitrates = { readonly peak: number; readonly average: number };

/** Bits per second of a track in transport streams, from those of its fragments. The frames of those cost less than packets do. */
export function transportBitrates(
  { track, peakBitrate, averageBitrate }: TrackWindow,
  segmentSeconds: number,
): Bitrates {
  const overhead = 8 * (bytesPerSecond(track) + BYTES_PER_SEGMENT / segmentSeconds);
  const carried = (bitrate: number): number => Math.ceil(bitrate * PACKET + overhead);
  return {
    // At least what the quality is called after: a still picture at the beginning says nothing of what comes.
    peak: carried(Math.max(track.bitrate, peakBitrate, averageBitrate)),
    average: carried(averageBitrate > 0 ? averageBitrate : track.bitrate),
  };
}

function bytesPerSecond(track: TrackWindow['track']): number {
  if (track.kind === 'audio') {
    const frames = track.sampleRate / FRAME_SAMPLES;
    return frames * HEADER_BYTES + (frames / FRAMES_PER_UNIT) * BYTES_PER_UNIT;
  }
  const { frameRate } = track;
  const pictures = frameRate === undefined ? USUAL_FRAME_RATE : frameRate.numerator / frameRate.denominator;
  return pictures * (BYTES_PER_UNIT + DELIMITER_BYTES);
}

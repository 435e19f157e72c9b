import { durationVersion, parseDuration, skipTimes, writeDuration, writeNoTimes } from './box-duration.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { MATRIX_BYTES, writeUnityMatrix } from './unity-matrix.ts';

const TRACK_ENABLED = 0x00_0001;
const TRACK_IN_MOVIE = 0x00_0002;

/** Track Header, ISO/IEC 14496-12 §8.3.2. */
export type TrackHeader = {
  readonly trackId: number;
  /** In movie ticks, edits included; 0 when not known. */
  readonly duration: bigint;
  /** Tracks of one group are alternatives to each other; 0 is no group. */
  readonly alternateGroup: number;
  /** 1 for sound, 0 for pictures. */
  readonly volume: 0 | 1;
  /** As shown, so after the pixel aspect ratio was applied. In pixels, fractions allowed; 0 for sound. */
  readonly width: number;
  readonly height: number;
};

/** One that is not enabled is not played unless it is chosen. */
export function writeTkhd(writer: BoxWriter, header: TrackHeader, isEnabled = true): void {
  const version = durationVersion(header.duration);
  writer.fullBox('tkhd', version, TRACK_IN_MOVIE | (isEnabled ? TRACK_ENABLED : 0), (body) => {
    writeNoTimes(body, version);
    body.u32(header.trackId);
    body.zeros(4);
    writeDuration(body, version, header.duration);
    body.zeros(8);
    body.i16(0); // layer
    body.i16(header.alternateGroup);
    body.fixed8_8(header.volume);
    body.zeros(2);
    writeUnityMatrix(body);
    body.fixed16_16(header.width);
    body.fixed16_16(header.height);
  });
}

export function parseTkhd(box: BoxReader): TrackHeader {
  const { version } = box.fullBox(1);
  skipTimes(box, version);
  const trackId = box.u32();
  if (trackId === 0) {
    throw box.malformed('has track id 0');
  }
  box.skip(4);
  const duration = parseDuration(box, version);
  box.skip(8 + 2);
  const alternateGroup = box.i16();
  const volume = box.u16() > 0 ? 1 : 0;
  box.skip(2 + MATRIX_BYTES);
  return { trackId, duration, alternateGroup, volume, width: box.fixed16_16(), height: box.fixed16_16() };
}

import assert from 'node:assert/strict';
import type { AudioTrackDescription, Sample, VideoTrackDescription } from '../../../src-main/media/cmaf/types.ts';
import type { BoxReader } from '../../../src-main/media/isobmff/box-reader.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { BoxWriter } from '../../../src-main/media/isobmff/box-writer.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

/** x264, High profile, level 3.0, 640x360 at 30 frames a second: what ffmpeg 5.1 writes for `testsrc2=s=640x360:r=30`. */
export const AVC_CONFIG = fromHex(
  '0164001effe1001a6764001eacd940a02ff970110000030001000003003c0f162d9601000468efbcb0fdf8f800',
);

/** AAC-LC, 48 kHz, one channel, with ffmpeg's "no SBR" behind it. */
export const AAC_CONFIG = fromHex('118856e500');

export const VIDEO: VideoTrackDescription = {
  kind: 'video',
  timescale: 90_000,
  codec: 'avc1.64001e',
  bitrate: 800_000,
  language: 'und',
  fourCc: 'avc1',
  width: 640,
  height: 360,
  frameRate: { numerator: 30, denominator: 1 },
  decoderConfig: AVC_CONFIG,
};

export const AUDIO: AudioTrackDescription = {
  kind: 'audio',
  timescale: 48_000,
  codec: 'mp4a.40.2',
  bitrate: 128_000,
  language: 'en',
  fourCc: 'mp4a',
  sampleRate: 48_000,
  channels: 1,
  decoderConfig: AAC_CONFIG,
};

export const NO_DEFAULTS = {
  trex: { trackId: 1, sampleDescriptionIndex: 1, sampleDuration: 0, sampleSize: 0, sampleFlags: 0 },
};

/** Pictures of 3000 ticks with a key frame every `gop`, from `start` ticks; the bytes of each tell them apart. */
export function pictures(
  count: number,
  options: { readonly start?: number; readonly gop?: number } = {},
): Sample[] {
  const { start = 0, gop = 30 } = options;
  return Array.from({ length: count }, (_, index) => ({
    decodeTime: ticks(start + index * 3000),
    duration: 3000,
    compositionOffset: 0,
    sync: index % gop === 0,
    data: new Uint8Array(20 + (index % 7)).fill(index),
  }));
}

/** AAC frames of 1024 ticks. */
export function audioFrames(count: number, start = 0): Sample[] {
  return Array.from({ length: count }, (_, index) => ({
    decodeTime: ticks(start + index * 1024),
    duration: 1024,
    compositionOffset: 0,
    sync: true,
    data: new Uint8Array(11).fill(index),
  }));
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

export function fromHex(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

export function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** The bytes that `write` writes. */
export function written(write: (writer: BoxWriter) => void): Uint8Array {
  const writer = new BoxWriter();
  write(writer);
  return writer.finish();
}

/** The one box that `write` writes, ready to be read. */
export function rewound(write: (writer: BoxWriter) => void): BoxReader {
  const box = readBoxes(written(write)).child();
  assert(box !== undefined);
  return box;
}

/** Asserts that `action` refuses its input with one of the two errors bad media may end in, and with words that match. */
export function assertRefused(action: () => unknown, words: RegExp, code = 'media/malformed'): void {
  assert.throws(action, (error) => {
    assert(error instanceof AppError, `an AppError, not ${String(error)}`);
    assert.equal(error.code, code);
    assert.match(error.message, words);
    return true;
  });
}

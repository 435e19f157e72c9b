import { AppError } from '../../shared/app-error.ts';
import { avcCodecString, parseAvcDecoderConfig } from '../codecs/avc.ts';
import { parseSequenceParameters } from '../codecs/avc-sps.ts';
import type { FrameRate } from '../codecs/fraction.ts';
import { type NalLengthSize, splitLengthPrefixed } from '../codecs/nal-units.ts';
import { malformed } from '../malformed.ts';
import type { FlvOutput } from './flv-output.ts';
import { type MessageClock, msToTicks } from './message-clock.ts';
import { createSequenceHeader } from './sequence-header.ts';
import type { VideoMessage } from './video-message.ts';

/** Milliseconds are whole in it, and it is the clock of transport streams and cues. */
const TIMESCALE = 90_000;
const TICKS_PER_MS = TIMESCALE / 1000;

/** The longest distance between two frames that may be the duration of the first; anything longer is a jump. */
const LONGEST_FRAME_MS = 10_000;
/** Some encoders repeat a timestamp, or step back a little where they reorder; a longer way back is a jump. */
const LONGEST_STEP_BACK_MS = 100;
/** Of a frame after which nothing has come yet, when nothing else says it. */
const USUAL_FRAME_MS = 40;

/** More is no reordering. */
const LONGEST_DELAY_MS = 1000;

/** The longest GOP that a live event takes (spec 2.3). */
const LONGEST_GOP_MS = 20_000;
/** 20 s of the fastest quality there is (20 Mbit/s), with room for peaks. */
const LARGEST_GOP_BYTES = 64 * 1024 * 1024;
/** Before the first key frame nothing can be shown: there is no use in waiting as long. */
const LARGEST_START_BYTES = 8 * 1024 * 1024;

type Held = {
  readonly ms: number;
  readonly compositionMs: number;
  readonly sync: boolean;
  readonly data: Uint8Array;
};

/** H.264 of one stream. A frame waits for the next, whose time says how long it lasts. */
export function createVideoTrack(options: {
  readonly bitrate: () => number | undefined;
  readonly frameRate: () => FrameRate | undefined;
  readonly clock: MessageClock;
  readonly output: FlvOutput;
}): {
  message(timestamp: number, message: VideoMessage): void;
  readonly heldMs: () => number | undefined;
  readonly flush: () => void;
} {
  const { output } = options;
  const header = createSequenceHeader('video');
  const keyFrames = createKeyFrameWatch();
  let lengthSize: NalLengthSize | undefined;
  /** How much later than it is decoded the first key frame is shown, where frames are reordered. */
  let delayMs = 0;
  let held: Held | undefined;
  /** Decode time of the frame before. */
  let lastMs: number | undefined;
  /** How long the last frame lasted whose end is known; before that what the encoder says. */
  let usualMs = USUAL_FRAME_MS;

  function begin(): NalLengthSize | undefined {
    const decoderConfig = header.use();
    if (decoderConfig === undefined) {
      return undefined;
    }
    const config = parseAvcDecoderConfig(decoderConfig);
    const [sps] = config.sps;
    if (sps === undefined) {
      throw malformed('avcC', 0, 'has no SPS');
    }
    const { width, height, frameRate = options.frameRate() } = parseSequenceParameters(sps);
    if (frameRate !== undefined) {
      usualMs = (1000 * frameRate.denominator) / frameRate.numerator;
    }
    const declaredBitrate = options.bitrate();
    const description = {
      kind: 'video',
      fourCc: 'avc1',
      timescale: TIMESCALE,
      codec: avcCodecString('avc1', config),
      bitrate: declaredBitrate ?? 0,
      language: 'und',
      width,
      height,
      frameRate,
      decoderConfig,
    } as const;
    output.onTrack({ description, declaredBitrate });
    return config.lengthSize;
  }

  function release(durationMs: number): void {
    if (held === undefined) {
      return;
    }
    const { ms, compositionMs, sync, data } = held;
    held = undefined;
    output.onSample('video', {
      // A segment begins when its key frame is shown, so nothing is missing at the beginning of a recording (23009-1 §5.3.9.6.1, `S@t`).
      decodeTime: msToTicks(ms + delayMs, TIMESCALE),
      duration: Math.max(1, Math.round(durationMs * TICKS_PER_MS)),
      compositionOffset: (compositionMs - delayMs) * TICKS_PER_MS,
      sync,
      data,
    });
  }

  function frame(ms: number, message: Extract<VideoMessage, { kind: 'frame' }>): void {
    keyFrames.see(ms, message.bytes.length, message.isKey);
    if (lengthSize === undefined && message.isKey) {
      lengthSize = begin();
      delayMs = Math.min(Math.max(message.compositionMs, 0), LONGEST_DELAY_MS);
    }
    // What comes before the first key frame cannot be decoded.
    if (lengthSize === undefined) {
      return;
    }
    if (splitLengthPrefixed(message.bytes, lengthSize).length === 0) {
      throw malformed('video message', 0, 'has no NAL unit');
    }
    // Decoding goes on by a millisecond at least; what is shown is shown when the encoder says.
    const decodeMs = lastMs !== undefined && lastMs >= ms && lastMs - ms < LONGEST_STEP_BACK_MS ? lastMs + 1 : ms;
    if (held !== undefined) {
      const durationMs = decodeMs - held.ms;
      if (durationMs > 1 && durationMs <= LONGEST_FRAME_MS) {
        usualMs = durationMs;
      }
      release(durationMs === 1 ? 1 : usualMs);
    }
    lastMs = decodeMs;
    held = {
      ms: decodeMs,
      compositionMs: message.compositionMs + ms - decodeMs,
      sync: message.isKey,
      data: message.bytes,
    };
  }

  return {
    message(timestamp, message) {
      switch (message.kind) {
        case 'config':
          header.take(message.bytes);
          break;
        case 'frame':
          frame(options.clock(timestamp), message);
          break;
        case 'end':
          release(usualMs);
          break;
        case 'nothing':
          break;
      }
    },
    heldMs: () => (held === undefined ? undefined : usualMs),
    flush: () => release(usualMs),
  };
}

/** Nobody can join a stream without key frames, and no segment of it ever ends. */
function createKeyFrameWatch(): { see(ms: number, bytes: number, isKey: boolean): void } {
  let sinceMs: number | undefined;
  let sinceBytes = 0;
  let mostBytes = LARGEST_START_BYTES;
  return {
    see(ms, bytes, isKey) {
      if (isKey) {
        mostBytes = LARGEST_GOP_BYTES;
        sinceMs = ms;
        sinceBytes = 0;
        return;
      }
      sinceMs ??= ms;
      sinceBytes += bytes;
      if (sinceBytes > mostBytes || ms - sinceMs > LONGEST_GOP_MS) {
        throw new AppError(
          'MPE_INGEST_RTMP_TOO_LARGE_UNPROCESSED_FLV',
          'The encoder sends video without key frames. Set its key frame interval to 2 s.',
          { details: { bytes: sinceBytes, seconds: (ms - sinceMs) / 1000 } },
        );
      }
    },
  };
}

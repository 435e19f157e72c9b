import type { AudioTrackDescription, Sample } from '../cmaf/types.ts';
import { type AacConfig, aacCodecString, parseAacConfig, writeAacConfig } from '../codecs/aac.ts';
import { createBitWriter } from '../codecs/bit-writer.ts';
import { unsupported } from '../malformed.ts';
import { rescale, type Ticks, ticks } from '../time.ts';
import type { ElementaryEvent, ElementaryReader } from './elementary.ts';
import { type StreamClock, TS_TIMESCALE } from './stream-clock.ts';

/** Header without CRC, ISO/IEC 13818-7 §6.2. */
const HEADER_BYTES = 7;
const CRC_BYTES = 2;
/** frame_length has 13 bits. */
const MAX_FRAME_BYTES = 8191;
/**
 * So far the time of a packet may be from where the frames before it ended, in thousandths of a second, and they go on without a seam: times
 * are rounded to 90 kHz, and to milliseconds by encoders that come from RTMP.
 */
const SEAM_MS = 1n;

type AdtsHeader = {
  readonly key: number;
  readonly headerBytes: number;
  readonly frameBytes: number;
  readonly blocks: number;
};

/**
 * Makes samples of AAC in ADTS (ISO/IEC 14496-3 §1.A.2.2), whose timescale is the sample rate. Bytes between frames are passed over. Throws
 * `media/unsupported` when the channels stand in the stream only, and for several blocks in a frame.
 */
export function createAacReader(options: {
  /** BCP 47. */
  readonly language: string;
  readonly clock: StreamClock;
}): ElementaryReader {
  const { language, clock } = options;
  let rest: Uint8Array = new Uint8Array();
  let config: AacConfig | undefined;
  /** Of the header: what a description is made of. */
  let configKey: number | undefined;
  /** Where the next frame begins if nothing else is said, in samples. */
  let next: Ticks | undefined;

  function describe(key: number): ElementaryEvent {
    const record = recordOf(key);
    const parsed = parseAacConfig(record);
    const description: AudioTrackDescription = {
      kind: 'audio',
      timescale: parsed.sampleRate,
      codec: aacCodecString(parsed),
      bitrate: 0,
      language,
      fourCc: 'mp4a',
      sampleRate: parsed.sampleRate,
      channels: parsed.channels,
      decoderConfig: writeAacConfig(parsed),
    };
    next = next === undefined || config === undefined ? next : rescale(next, config.sampleRate, parsed.sampleRate);
    config = parsed;
    configKey = key;
    return { kind: 'format', description };
  }

  /** The time of a packet is that of the first frame that begins in it. */
  function place(time: Ticks, { sampleRate }: AacConfig): void {
    const given = rescale(time, TS_TIMESCALE, sampleRate);
    const apart = next === undefined ? undefined : given - next;
    const seam = (BigInt(sampleRate) * SEAM_MS) / 1000n;
    if (apart === undefined || apart > seam || apart < -seam) {
      next = given;
    }
  }

  return {
    push({ pts, data }) {
      const bytes = joined(rest, data);
      let time = pts === undefined ? undefined : clock.follow(pts);
      const events: ElementaryEvent[] = [];
      let samples: Sample[] = [];
      const give = (): void => {
        if (samples.length > 0) {
          events.push({ kind: 'samples', samples });
          samples = [];
        }
      };
      let at = 0;
      while (bytes.length - at >= HEADER_BYTES) {
        const header = readHeader(bytes, at);
        const end = at + (header?.frameBytes ?? 0);
        // Sync words occur in sound as well, and a frame may have lost its end: one counts that leads to another.
        if (header === undefined || (bytes.length - end >= 2 && !isSync(bytes, end))) {
          at += 1;
          continue;
        }
        if (end > bytes.length) {
          break;
        }
        if (header.blocks !== 1) {
          throw unsupported('ADTS frame', at, `has ${header.blocks} blocks`);
        }
        if (header.key !== configKey) {
          give();
          events.push(describe(header.key));
        }
        if (config !== undefined && time !== undefined && at >= rest.length) {
          place(time, config);
          time = undefined;
        }
        if (config !== undefined && next !== undefined) {
          const data = bytes.slice(at + header.headerBytes, end);
          const duration = config.frameLength;
          samples.push({ decodeTime: next, duration, compositionOffset: 0, sync: true, data });
          next = ticks(next + BigInt(duration));
        }
        at = end;
      }
      rest = bytes.slice(at);
      give();
      return events;
    },
    flush: () => [],
  };
}

function isSync(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0xff && ((bytes[at + 1] ?? 0) & 0xf6) === 0xf0;
}

function readHeader(bytes: Uint8Array, at: number): AdtsHeader | undefined {
  if (!isSync(bytes, at)) {
    return undefined;
  }
  const [, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, seventh = 0] = bytes.subarray(
    at,
    at + HEADER_BYTES,
  );
  const headerBytes = HEADER_BYTES + ((second & 1) === 0 ? CRC_BYTES : 0);
  const frameBytes = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  const isSampleRate = ((third >> 2) & 0x0f) <= 12;
  if (!isSampleRate || frameBytes <= headerBytes || frameBytes > MAX_FRAME_BYTES) {
    return undefined;
  }
  // Profile, sample rate and channels, without the private bit between.
  const key = ((third & 0xfc) << 8) | ((third & 1) << 2) | (fourth >> 6);
  return { key, headerBytes, frameBytes, blocks: (seventh & 3) + 1 };
}

/** The AudioSpecificConfig that says the same as a header. */
function recordOf(key: number): Uint8Array {
  const channelConfiguration = key & 7;
  if (channelConfiguration === 0) {
    throw unsupported('ADTS frame', 0, 'lists its channels in the stream');
  }
  const bits = createBitWriter();
  bits.bits(5, ((key >> 14) & 3) + 1);
  bits.bits(4, (key >> 10) & 0x0f);
  bits.bits(4, channelConfiguration);
  bits.bits(3, 0); // 1024 samples, no core coder, no extension
  return bits.finish();
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  if (first.length === 0) {
    return second;
  }
  const both = new Uint8Array(first.length + second.length);
  both.set(first);
  both.set(second, first.length);
  return both;
}

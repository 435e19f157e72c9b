import { malformed } from '../malformed.ts';
import { codecRefused, FOUR_CCS, fourCcAt, VIDEO_CODECS } from './codec-names.ts';

export type VideoMessage =
  /** An AVCDecoderConfigurationRecord. */
  | { readonly kind: 'config'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'frame';
      readonly isKey: boolean;
      /** Presentation minus decode time. −8388608..8388607 ms. */
      readonly compositionMs: number;
      readonly bytes: Uint8Array;
    }
  /** Nothing follows for now. */
  | { readonly kind: 'end' }
  /** Empty, a command, or about nothing that is used here. */
  | { readonly kind: 'nothing' };

const NOTHING: VideoMessage = { kind: 'nothing' };
const H264 = 7;
const KEY_FRAME = 1;
const COMMAND_FRAME = 5;
/** AVCPacketType, §E.4.3.1; VideoPacketType of Enhanced RTMP begins with the same ones. */
const SEQUENCE_HEADER = 0;
const CODED_FRAMES = 1;
const SEQUENCE_END = 2;
/** Enhanced only: coded frames without a composition time, which is 0. */
const CODED_FRAMES_X = 3;
const MULTITRACK = 6;
const MOD_EX = 7;

/**
 * The payload of an RTMP video message, which is that of an FLV video tag ("Adobe Flash Video File Format Specification" 10.1 §E.4.3, Enhanced
 * RTMP v2). Views of `payload`. Throws `MPE_INGEST_CODEC_NOT_SUPPORTED` for what is not H.264, `media/malformed` for what is cut short.
 */
export function parseVideoMessage(payload: Uint8Array): VideoMessage {
  const [first] = payload;
  if (first === undefined) {
    return NOTHING;
  }
  const frameType = (first >> 4) & 7;
  if (frameType === COMMAND_FRAME) {
    return NOTHING;
  }
  const isKey = frameType === KEY_FRAME;
  if (first >= 0x80) {
    return parseEnhanced(payload, first & 0x0f, isKey);
  }
  const codec = first & 0x0f;
  if (codec !== H264) {
    throw codecRefused('video', VIDEO_CODECS[codec] ?? `video codec ${codec}`);
  }
  if (payload.length < 5) {
    throw malformed('video message', 0, 'ends before its composition time');
  }
  return packet(payload[1] ?? 0, isKey, signed24(payload, 2), payload.subarray(5));
}

function parseEnhanced(payload: Uint8Array, firstType: number, isKey: boolean): VideoMessage {
  const { packetType, at } = skipModifiers(payload, firstType);
  if (packetType === MULTITRACK) {
    throw codecRefused('video', 'several tracks in one stream');
  }
  if (payload.length < at + 4) {
    throw malformed('video message', at, 'ends before its FourCC');
  }
  const fourCc = fourCcAt(payload, at);
  if (fourCc !== 'avc1') {
    throw codecRefused('video', FOUR_CCS[fourCc] ?? fourCc);
  }
  const body = at + 4;
  switch (packetType) {
    case CODED_FRAMES_X:
      return packet(CODED_FRAMES, isKey, 0, payload.subarray(body));
    case CODED_FRAMES:
      if (payload.length < body + 3) {
        throw malformed('video message', body, 'ends before its composition time');
      }
      return packet(packetType, isKey, signed24(payload, body), payload.subarray(body + 3));
    default:
      return packet(packetType, isKey, 0, payload.subarray(body));
  }
}

/** ModEx: sizes and kinds of modifiers, none of which is used here, in front of the packet type that counts. */
function skipModifiers(
  payload: Uint8Array,
  firstType: number,
): { readonly packetType: number; readonly at: number } {
  let packetType = firstType;
  let at = 1;
  while (packetType === MOD_EX) {
    let size = (payload[at] ?? 0) + 1;
    at += 1;
    if (size === 256) {
      size = (payload[at] ?? 0) * 256 + (payload[at + 1] ?? 0) + 1;
      at += 2;
    }
    at += size;
    const next = payload[at];
    if (next === undefined) {
      throw malformed('video message', at, 'ends inside a modifier');
    }
    packetType = next & 0x0f;
    at += 1;
  }
  return { packetType, at };
}

function packet(type: number, isKey: boolean, compositionMs: number, bytes: Uint8Array): VideoMessage {
  if (type === SEQUENCE_END) {
    return { kind: 'end' };
  }
  if (bytes.length === 0) {
    return NOTHING;
  }
  switch (type) {
    case SEQUENCE_HEADER:
      return { kind: 'config', bytes };
    case CODED_FRAMES:
      return { kind: 'frame', isKey, compositionMs, bytes };
    default:
      return NOTHING;
  }
}

function signed24(bytes: Uint8Array, at: number): number {
  const value = ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
  return (value << 8) >> 8;
}

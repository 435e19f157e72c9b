import { malformed } from '../malformed.ts';
import { codecRefused, FOUR_CCS, fourCcAt, SOUND_FORMATS } from './codec-names.ts';

export type AudioMessage =
  /** An AudioSpecificConfig. */
  | { readonly kind: 'config'; readonly bytes: Uint8Array }
  | { readonly kind: 'frame'; readonly bytes: Uint8Array }
  /** Empty, or about nothing that is used here. */
  | { readonly kind: 'nothing' };

const NOTHING: AudioMessage = { kind: 'nothing' };
const ENHANCED = 9;
const AAC = 10;
/** AACPacketType, §E.4.2.1, and AudioPacketType of Enhanced RTMP. */
const SEQUENCE_HEADER = 0;
const RAW = 1;
const MULTITRACK = 5;

/**
 * The payload of an RTMP audio message, which is that of an FLV audio tag ("Adobe Flash Video File Format Specification" 10.1 §E.4.2, Enhanced
 * RTMP v2). Views of `payload`. Throws `MPE_INGEST_CODEC_NOT_SUPPORTED` for what is not AAC, `media/malformed` for what is cut short.
 */
export function parseAudioMessage(payload: Uint8Array): AudioMessage {
  const [first, second] = payload;
  if (first === undefined) {
    return NOTHING;
  }
  const format = first >> 4;
  if (format === ENHANCED) {
    return parseEnhanced(payload, first & 0x0f);
  }
  if (format !== AAC) {
    throw codecRefused('audio', SOUND_FORMATS[format] ?? `sound format ${format}`);
  }
  if (second === undefined) {
    throw malformed('audio message', 0, 'ends before its AACPacketType');
  }
  return packet(second, payload.subarray(2));
}

function parseEnhanced(payload: Uint8Array, packetType: number): AudioMessage {
  if (payload.length < 5) {
    throw malformed('audio message', 0, 'ends before its FourCC');
  }
  if (packetType === MULTITRACK) {
    throw codecRefused('audio', 'several tracks in one stream');
  }
  const fourCc = fourCcAt(payload, 1);
  if (fourCc !== 'mp4a') {
    throw codecRefused('audio', FOUR_CCS[fourCc] ?? fourCc);
  }
  return packet(packetType, payload.subarray(5));
}

function packet(type: number, bytes: Uint8Array): AudioMessage {
  if (bytes.length === 0) {
    return NOTHING;
  }
  switch (type) {
    case SEQUENCE_HEADER:
      return { kind: 'config', bytes };
    case RAW:
      return { kind: 'frame', bytes };
    default:
      return NOTHING;
  }
}

import { assert } from '../../base/assert.ts';
import type { BoxWriter } from '../isobmff/box-writer.ts';

/** Kinds of tags (F4V 10.1 Annex E.4.1). */
const AUDIO = 8;
const VIDEO = 9;
const TAG_HEADER = 11;
const STREAM_ID = 3;
const SIZE_FIELD = 4;

/** AVC, AAC (Annex E.4.2, E.4.3): what their first byte says besides whether it is a key frame. */
const AVC = 7;
const KEY_FRAME = 0x10;
const INTER_FRAME = 0x20;
/** AAC is always said to be 44 kHz, 16 bit, stereo; its configuration says what it is. */
const AAC = 0xaf;
const SEQUENCE_HEADER = 0;
const FRAMES = 1;

/** What stands in a tag. Times are in ms; those of tags are on a timeline of the caller's, and wrap after 2^32. */
export type FlvPayload =
  /** An AVCDecoderConfigurationRecord (ISO/IEC 14496-15). */
  | { readonly kind: 'avc-config'; readonly record: Uint8Array }
  /** An AudioSpecificConfig (ISO/IEC 14496-3). */
  | { readonly kind: 'aac-config'; readonly config: Uint8Array }
  /** NAL units with their lengths. */
  | {
      readonly kind: 'avc';
      readonly data: Uint8Array;
      readonly isKeyFrame: boolean;
      readonly compositionMs: number;
    }
  | { readonly kind: 'aac'; readonly data: Uint8Array };

/** Bytes of a tag and the size field behind it. */
export function flvTagBytes(payload: FlvPayload): number {
  return TAG_HEADER + headOf(payload).length + dataOf(payload).length + SIZE_FIELD;
}

/** One FLV tag and the size field behind it. */
export function writeFlvTag(writer: BoxWriter, payload: FlvPayload, timestampMs: number): void {
  const head = headOf(payload);
  const data = dataOf(payload);
  const bodySize = head.length + data.length;
  assert(bodySize < 2 ** 24, 'a tag holds less than 16 MiB');
  const time = timestampMs >>> 0;
  writer.u8(payload.kind.startsWith('avc') ? VIDEO : AUDIO);
  writer.u24(bodySize);
  // The low 24 bits, then the high 8.
  writer.u24(time & 0xff_ffff);
  writer.u8(time >>> 24);
  writer.zeros(STREAM_ID);
  head.forEach((byte) => writer.u8(byte));
  writer.bytes(data);
  writer.u32(TAG_HEADER + bodySize);
}

function headOf(payload: FlvPayload): readonly number[] {
  switch (payload.kind) {
    case 'avc-config':
      return [KEY_FRAME | AVC, SEQUENCE_HEADER, 0, 0, 0];
    case 'avc': {
      const { compositionMs } = payload;
      assert(compositionMs >= -(2 ** 23) && compositionMs < 2 ** 23, 'a composition time has 24 bits');
      const bits = compositionMs & 0xff_ffff;
      return [
        (payload.isKeyFrame ? KEY_FRAME : INTER_FRAME) | AVC,
        FRAMES,
        bits >>> 16,
        (bits >>> 8) & 0xff,
        bits & 0xff,
      ];
    }
    case 'aac-config':
      return [AAC, SEQUENCE_HEADER];
    case 'aac':
      return [AAC, FRAMES];
  }
}

function dataOf(payload: FlvPayload): Uint8Array {
  switch (payload.kind) {
    case 'avc-config':
      return payload.record;
    case 'aac-config':
      return payload.config;
    case 'avc':
    case 'aac':
      return payload.data;
  }
}

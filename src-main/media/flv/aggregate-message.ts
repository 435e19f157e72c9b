import { malformed } from '../malformed.ts';

export type AggregatedMessage = {
  readonly type: number;
  readonly timestamp: number;
  readonly payload: Uint8Array;
};

const HEADER_BYTES = 11;
const BACK_POINTER_BYTES = 4;

/**
 * Takes an aggregate message apart (RTMP 1.0 §7.1.6): messages with FLV tag headers, whose times count from that of the first one. Views of
 * `payload`. Throws `media/malformed`.
 */
export function splitAggregate(payload: Uint8Array, timestamp: number): readonly AggregatedMessage[] {
  const view = new DataView(payload.buffer, payload.byteOffset, payload.byteLength);
  const messages: AggregatedMessage[] = [];
  let firstTime: number | undefined;
  for (let at = 0; at < payload.length; ) {
    const body = at + HEADER_BYTES;
    if (body > payload.length) {
      throw malformed('aggregate message', at, 'ends inside the header of a message');
    }
    const type = view.getUint8(at);
    const length = view.getUint32(at) & 0xff_ffff;
    // 24 low bits, then the 8 high ones.
    const time = view.getUint32(at + 4);
    const own = (time >>> 8) + (time & 0xff) * 2 ** 24;
    if (length > payload.length - body) {
      throw malformed('aggregate message', at, `holds a message of ${length} bytes and ends before them`);
    }
    firstTime ??= own;
    messages.push({
      type,
      timestamp: (timestamp + own - firstTime) >>> 0,
      payload: payload.subarray(body, body + length),
    });
    at = body + length + BACK_POINTER_BYTES;
  }
  return messages;
}

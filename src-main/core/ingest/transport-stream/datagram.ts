import { isWholePackets } from '../../../media/mpegts/ts-packet.ts';

const RTP_HEADER_BYTES = 12;

/** The transport stream packets of a datagram: as they stand, or in RTP (RFC 3550 §5.1, RFC 2250 §2). Undefined for anything else. */
export function transportPackets(datagram: Uint8Array): Uint8Array | undefined {
  if (isWholePackets(datagram)) {
    return datagram;
  }
  const payload = rtpPayload(datagram);
  return payload !== undefined && isWholePackets(payload) ? payload : undefined;
}

function rtpPayload(datagram: Uint8Array): Uint8Array | undefined {
  const first = datagram[0] ?? 0;
  const isVersion2 = first >> 6 === 2;
  if (!isVersion2 || datagram.length < RTP_HEADER_BYTES) {
    return undefined;
  }
  let start = RTP_HEADER_BYTES + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    start += 4 + 4 * (((datagram[start + 2] ?? 0) << 8) | (datagram[start + 3] ?? 0));
  }
  const padding = (first & 0x20) === 0 ? 0 : (datagram.at(-1) ?? 0);
  return datagram.subarray(start, Math.max(start, datagram.length - padding));
}

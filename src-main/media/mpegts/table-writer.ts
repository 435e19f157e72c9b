import { crc32Mpeg2 } from './crc32-mpeg2.ts';

export type MappedStream = {
  readonly pid: number;
  /** Table 2-34 of ISO/IEC 13818-1. */
  readonly type: number;
  /** As they stand in the map, with tags and lengths. */
  readonly descriptors: Uint8Array;
};

const PROGRAM = 1;
const TRANSPORT_STREAM_ID = 1;

/** The PAT of one programme, §2.4.4.3. */
export function writeProgramAssociation(mapPid: number): Uint8Array {
  return section(0x00, TRANSPORT_STREAM_ID, [PROGRAM >> 8, PROGRAM & 0xff, 0xe0 | (mapPid >> 8), mapPid & 0xff]);
}

/** Its PMT, §2.4.4.8. */
export function writeProgramMap(map: {
  readonly clockPid: number;
  readonly descriptors: Uint8Array;
  readonly streams: readonly MappedStream[];
}): Uint8Array {
  const { clockPid, descriptors, streams } = map;
  return section(0x02, PROGRAM, [
    ...[0xe0 | (clockPid >> 8), clockPid & 0xff],
    ...[0xf0 | (descriptors.length >> 8), descriptors.length & 0xff, ...descriptors],
    ...streams.flatMap((stream) => [
      ...[stream.type, 0xe0 | (stream.pid >> 8), stream.pid & 0xff],
      ...[0xf0 | (stream.descriptors.length >> 8), stream.descriptors.length & 0xff, ...stream.descriptors],
    ]),
  ]);
}

/** registration_descriptor, §2.6.8, with additional_identification_info. */
export function registration(identifier: string, additional: readonly number[] = []): Uint8Array {
  return Uint8Array.from([0x05, identifier.length + additional.length, ...ascii(identifier), ...additional]);
}

/** private_data_indicator_descriptor, §2.6.28. */
export function privateDataIndicator(indicator: string): Uint8Array {
  return Uint8Array.from([0x0f, indicator.length, ...ascii(indicator)]);
}

/** `Timed Metadata for HTTP Live Streaming` §2: ID3 by its identifier in both places. */
const ID3 = ascii('ID3 ');

/** metadata_pointer_descriptor, for the programme. */
export const ID3_POINTER = Uint8Array.from([
  ...[0x25, 0x0f, 0xff, 0xff, ...ID3, 0xff, ...ID3],
  ...[0x00, 0x1f, PROGRAM >> 8, PROGRAM & 0xff],
]);

/** metadata_descriptor, for the stream. */
export const ID3_DESCRIPTOR = Uint8Array.from([0x26, 0x0d, 0xff, 0xff, ...ID3, 0xff, ...ID3, 0x00, 0x0f]);

function section(table: number, extension: number, body: readonly number[]): Uint8Array {
  const length = body.length + 9;
  const bytes = new Uint8Array(3 + length);
  // Version 0, in force, the first and only section.
  bytes.set([table, 0xb0 | (length >> 8), length & 0xff, extension >> 8, extension & 0xff, 0xc1, 0, 0, ...body]);
  new DataView(bytes.buffer).setUint32(bytes.length - 4, crc32Mpeg2(bytes.subarray(0, -4)));
  return bytes;
}

export function ascii(text: string): readonly number[] {
  return [...new TextEncoder().encode(text)];
}

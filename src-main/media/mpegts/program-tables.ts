import { type BoxReader, readBoxes } from '../isobmff/box-reader.ts';
import { malformed } from '../malformed.ts';

/** Program association, ISO/IEC 13818-1 §2.4.4.3. */
export type ProgramAssociation = { readonly number: number; readonly mapPid: number };

/** Program map, §2.4.4.8. */
export type ProgramMap = {
  readonly number: number;
  readonly clockPid: number;
  readonly descriptors: readonly TsDescriptor[];
  /** At most `MAX_STREAMS`; more are left out. */
  readonly streams: readonly ElementaryStream[];
};

export type ElementaryStream = {
  readonly pid: number;
  /** Table 2-34. */
  readonly type: number;
  readonly descriptors: readonly TsDescriptor[];
};

export type TsDescriptor = { readonly tag: number; readonly bytes: Uint8Array };

/** Stream types, ISO/IEC 13818-1 table 2-34 and, from 0x80 on, ATSC, SCTE and Apple (those of SAMPLE-AES). */
export const STREAM_TYPE = {
  mpeg1Video: 0x01,
  mpeg2Video: 0x02,
  mpeg1Audio: 0x03,
  mpeg2Audio: 0x04,
  aacAdts: 0x0f,
  mpeg4Video: 0x10,
  aacLatm: 0x11,
  avc: 0x1b,
  hevc: 0x24,
  vvc: 0x33,
  cavs: 0x42,
  ac3: 0x81,
  scte35: 0x86,
  eac3: 0x87,
  encryptedAac: 0xcf,
  encryptedAvc: 0xdb,
  vc1: 0xea,
} as const;

const PAT_TABLE = 0x00;
const PMT_TABLE = 0x02;
const REGISTRATION_TAG = 0x05;
const LANGUAGE_TAG = 0x0a;
const MAX_STREAMS = 64;

/** The programmes of a PAT; the network table, programme 0, is none. Undefined for a table that is of another kind or not in force yet. */
export function parseProgramAssociations(section: Uint8Array): readonly ProgramAssociation[] | undefined {
  const body = tableBody(section, PAT_TABLE);
  const programs: ProgramAssociation[] = [];
  while (body !== undefined && body.remaining >= 4) {
    const number = body.u16();
    const mapPid = body.u16() & 0x1fff;
    if (number !== 0) {
      programs.push({ number, mapPid });
    }
  }
  return body === undefined ? undefined : programs;
}

/** Undefined for a table that is of another kind or not in force yet. Throws `media/malformed`. */
export function parseProgramMap(section: Uint8Array): ProgramMap | undefined {
  const body = tableBody(section, PMT_TABLE);
  if (body === undefined) {
    return undefined;
  }
  const number = ((section[3] ?? 0) << 8) | (section[4] ?? 0);
  const clockPid = body.u16() & 0x1fff;
  const descriptors = parseDescriptors(body.bytes(body.u16() & 0x0fff));
  const streams: ElementaryStream[] = [];
  while (body.remaining >= 5 && streams.length < MAX_STREAMS) {
    const type = body.u8();
    const pid = body.u16() & 0x1fff;
    streams.push({ type, pid, descriptors: parseDescriptors(body.bytes(body.u16() & 0x0fff)) });
  }
  return { number, clockPid, descriptors, streams };
}

/** The four letters of a registration descriptor (§2.6.8): `CUEI` is SCTE 35. */
export function registrationOf(descriptors: readonly TsDescriptor[]): string | undefined {
  const bytes = descriptors.find(({ tag }) => tag === REGISTRATION_TAG)?.bytes;
  return bytes === undefined || bytes.length < 4 ? undefined : String.fromCharCode(...bytes.subarray(0, 4));
}

/** The three letters of a language descriptor (§2.6.18); undefined where they are no letters. */
export function languageOf({ descriptors }: ElementaryStream): string | undefined {
  const bytes = descriptors.find(({ tag }) => tag === LANGUAGE_TAG)?.bytes;
  const code = String.fromCharCode(...(bytes?.subarray(0, 3) ?? [])).toLowerCase();
  return /^[a-z]{3}$/.test(code) ? code : undefined;
}

/** What is between the header of a long section and its CRC_32; undefined for another table, or one that is not in force yet. */
function tableBody(section: Uint8Array, table: number): BoxReader | undefined {
  const isLong = ((section[1] ?? 0) & 0x80) !== 0;
  const isCurrent = ((section[5] ?? 0) & 0x01) !== 0;
  if (section[0] !== table || !isLong || !isCurrent) {
    return undefined;
  }
  if (section.length < 12) {
    throw malformed(table === PAT_TABLE ? 'PAT' : 'PMT', 0, `has ${section.length} bytes`);
  }
  return readBoxes(section.subarray(8, -4));
}

function parseDescriptors(bytes: Uint8Array): readonly TsDescriptor[] {
  const descriptors: TsDescriptor[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 2 + (bytes[at + 1] ?? 0);
    if (end > bytes.length) {
      throw malformed('PMT', at, 'has a descriptor that reaches beyond its loop');
    }
    descriptors.push({ tag: bytes[at] ?? 0, bytes: bytes.subarray(at + 2, end) });
    at = end;
  }
  return descriptors;
}

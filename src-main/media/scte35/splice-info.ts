import { assert } from '../../base/assert.ts';
import { BitReader } from '../codecs/bit-reader.ts';
import { createBitWriter } from '../codecs/bit-writer.ts';
import { malformed } from '../malformed.ts';
import { crc32Mpeg2 } from '../mpegts/crc32-mpeg2.ts';
import { readBytes, readPts, writeBytes, writePts } from './fields.ts';
import { commandTypeOf, parseCommand, type SpliceCommand, writeCommand } from './splice-command.ts';
import { parseDescriptors, type SpliceDescriptor, writeDescriptor } from './splice-descriptor.ts';

/** splice_info_section(), ANSI/SCTE 35 §9.6. */
export type SpliceInfo = {
  /** Added to every time in the section, modulo 2^33. Ticks of 90 kHz, 0..2^33-1. */
  readonly ptsAdjustment: number;
  /** Who may act on it: 0xFFF for everybody. */
  readonly tier: number;
  /** Stream access point type of the splice; 3 when not said. */
  readonly sapType: number;
  readonly content: SpliceContent;
};

export type SpliceContent =
  | { readonly kind: 'clear'; readonly command: SpliceCommand; readonly descriptors: readonly SpliceDescriptor[] }
  /** Command and descriptors can be read only by who has the key. The bytes from the command's type up to the CRC_32. */
  | {
      readonly kind: 'encrypted';
      readonly algorithm: number;
      readonly controlWord: number;
      readonly commandLength: number;
      readonly bytes: Uint8Array;
    };

const TABLE_ID = 0xfc;
/** The field has twelve bits, and §9.6.1 leaves the last values out. */
const MAX_SECTION_LENGTH = 4093;
/** Up to and with splice_command_length. */
const FIXED_BYTES = 13;
const UNKNOWN_LENGTH = 0xfff;
/** cw_index of a section in the clear. */
const NO_CONTROL_WORD = 0xff;
const WHAT = 'splice_info_section';

/** A section in the clear for everybody: what most have. */
export function spliceInfo(command: SpliceCommand, descriptors: readonly SpliceDescriptor[] = []): SpliceInfo {
  return { ptsAdjustment: 0, tier: 0xfff, sapType: 3, content: { kind: 'clear', command, descriptors } };
}

/** The section with its CRC_32. What does not fit into its 4096 bytes is a mistake of ours. */
export function writeSpliceInfo(info: SpliceInfo): Uint8Array {
  const { content } = info;
  const isEncrypted = content.kind === 'encrypted';
  const { commandLength, bytes } = isEncrypted ? content : writeClear(content);
  const sectionLength = FIXED_BYTES - 3 + bytes.length + 4;
  assert(sectionLength <= MAX_SECTION_LENGTH, 'a splice_info_section has at most 4096 bytes');
  const bits = createBitWriter();
  bits.bits(8, TABLE_ID);
  bits.bits(2, 0); // section_syntax_indicator, private_indicator
  bits.bits(2, info.sapType);
  bits.bits(12, sectionLength);
  bits.bits(8, 0); // protocol_version
  bits.bits(1, isEncrypted ? 1 : 0);
  bits.bits(6, isEncrypted ? content.algorithm : 0);
  writePts(bits, info.ptsAdjustment);
  bits.bits(8, isEncrypted ? content.controlWord : NO_CONTROL_WORD);
  bits.bits(12, info.tier);
  bits.bits(12, commandLength);
  writeBytes(bits, bytes);
  const section = bits.finish();
  const whole = new Uint8Array(section.length + 4);
  whole.set(section);
  new DataView(whole.buffer).setUint32(section.length, crc32Mpeg2(section));
  return whole;
}

/**
 * Reads one section with nothing but stuffing (0xFF) behind it. What is not known of it is kept as bytes; a field that does not fit, a wrong
 * CRC_32 and another protocol version are `media/malformed`. Costs no more memory than a few times the section, which has at most 4096 bytes.
 */
export function parseSpliceInfo(bytes: Uint8Array): SpliceInfo {
  const section = cutSection(bytes);
  const bits = new BitReader(section.subarray(0, -4), WHAT);
  bits.skip(8 + 2);
  const sapType = bits.bits(2);
  bits.skip(12);
  const version = bits.bits(8);
  if (version !== 0) {
    throw malformed(WHAT, 3, `has protocol version ${version}`);
  }
  const isEncrypted = bits.flag();
  const algorithm = bits.bits(6);
  const ptsAdjustment = readPts(bits);
  const controlWord = bits.bits(8);
  const tier = bits.bits(12);
  const commandLength = bits.bits(12);
  const rest = readBytes(bits, bits.bitsLeft / 8);
  const content: SpliceContent = isEncrypted
    ? { kind: 'encrypted', algorithm, controlWord, commandLength, bytes: rest }
    : parseClear(rest, commandLength);
  return { ptsAdjustment, tier, sapType, content };
}

/** The section without what is behind it, its length and checksum checked. */
function cutSection(bytes: Uint8Array): Uint8Array {
  if (bytes[0] !== TABLE_ID) {
    throw malformed(WHAT, 0, `has table id ${bytes[0] ?? 'none'} and not ${TABLE_ID}`);
  }
  const length = (((bytes[1] ?? 0) & 0x0f) << 8) | (bytes[2] ?? 0);
  const end = 3 + length;
  if (end > bytes.length || length > MAX_SECTION_LENGTH || end < FIXED_BYTES + 4) {
    throw malformed(WHAT, 1, `has section length ${length} in ${bytes.length} bytes`);
  }
  if (bytes.subarray(end).some((byte) => byte !== 0xff)) {
    throw malformed(WHAT, end, 'has something behind its end');
  }
  const section = bytes.subarray(0, end);
  if (crc32Mpeg2(section) !== 0) {
    throw malformed(WHAT, end - 4, 'has a wrong checksum');
  }
  return section;
}

function writeClear({ command, descriptors }: Extract<SpliceContent, { kind: 'clear' }>) {
  const commandBytes = writeCommand(command);
  const descriptorBytes = descriptors.map(writeDescriptor);
  const bits = createBitWriter();
  bits.bits(8, commandTypeOf(command));
  writeBytes(bits, commandBytes);
  bits.bits(
    16,
    descriptorBytes.reduce((sum, { length }) => sum + length, 0),
  );
  for (const descriptor of descriptorBytes) {
    writeBytes(bits, descriptor);
  }
  return { commandLength: commandBytes.length, bytes: bits.finish() };
}

/** `bytes`: from the command's type to the CRC_32. What stands behind the descriptors is alignment. */
function parseClear(bytes: Uint8Array, commandLength: number): SpliceContent {
  const type = bytes[0] ?? 0;
  const afterType = bytes.subarray(1);
  const length = commandLength === UNKNOWN_LENGTH ? undefined : commandLength;
  if (length !== undefined && length > afterType.length) {
    throw malformed(WHAT, FIXED_BYTES, `has a command of ${length} bytes in ${afterType.length}`);
  }
  const parsed = parseCommand(type, afterType, length);
  if (parsed === undefined) {
    throw malformed(WHAT, FIXED_BYTES, `does not say how long its command of type ${type} is`);
  }
  const behind = afterType.subarray(parsed.length);
  const loopLength = ((behind[0] ?? 0) << 8) | (behind[1] ?? 0);
  if (behind.length < 2 || loopLength > behind.length - 2) {
    throw malformed(WHAT, FIXED_BYTES + 1 + parsed.length, `has descriptors of ${loopLength} bytes`);
  }
  const descriptors = parseDescriptors(behind.subarray(2, 2 + loopLength));
  return { kind: 'clear', command: parsed.command, descriptors };
}

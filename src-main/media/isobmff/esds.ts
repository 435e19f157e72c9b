import { assert } from '../../base/assert.ts';
import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const ES_DESCRIPTOR = 0x03;
const DECODER_CONFIG = 0x04;
const DECODER_SPECIFIC_INFO = 0x05;
const SL_CONFIG = 0x06;

/** streamType 5 (audio), upStream 0, the reserved bit 1. */
const AUDIO_STREAM = 0x15;
/** ISO/IEC 14496-14 §3.1.2: the sync layer configuration of an MP4 file. */
const SL_MP4 = 2;

/** The elementary stream descriptor of an `mp4a` entry, ISO/IEC 14496-14 §5.6 and ISO/IEC 14496-1 §7.2.6.5. */
export type ElementaryStream = {
  /** 0x40 for MPEG-4 AAC, 0x66..0x68 for MPEG-2 AAC, 0x69 and 0x6B for MP3. */
  readonly objectTypeIndication: number;
  /** Bytes, 24 bits. */
  readonly bufferSize: number;
  readonly maxBitrate: number;
  readonly averageBitrate: number;
  /** AudioSpecificConfig; empty when the descriptor has none. */
  readonly decoderConfig: Uint8Array;
};

export function writeEsds(writer: BoxWriter, stream: ElementaryStream): void {
  writer.fullBox('esds', 0, 0, (body) => {
    const specificSize = stream.decoderConfig.length;
    const configSize = 13 + descriptorSize(specificSize);
    writeDescriptor(body, ES_DESCRIPTOR, 3 + descriptorSize(configSize) + descriptorSize(1));
    body.u16(0); // ES_ID: 0 in files, §3.1.2
    body.u8(0);
    writeDescriptor(body, DECODER_CONFIG, configSize);
    body.u8(stream.objectTypeIndication);
    body.u8(AUDIO_STREAM);
    body.u24(stream.bufferSize);
    body.u32(stream.maxBitrate);
    body.u32(stream.averageBitrate);
    writeDescriptor(body, DECODER_SPECIFIC_INFO, specificSize);
    body.bytes(stream.decoderConfig);
    writeDescriptor(body, SL_CONFIG, 1);
    body.u8(SL_MP4);
  });
}

export function parseEsds(box: BoxReader): ElementaryStream {
  box.fullBox(0);
  enterDescriptor(box, ES_DESCRIPTOR);
  box.skip(2);
  const flags = box.u8();
  box.skip((flags & 0x80) !== 0 ? 2 : 0); // dependsOn_ES_ID
  box.skip((flags & 0x40) !== 0 ? box.u8() : 0); // URLstring
  box.skip((flags & 0x20) !== 0 ? 2 : 0); // OCR_ES_Id
  const config = enterDescriptor(box, DECODER_CONFIG);
  if (config < 13) {
    throw box.malformed('has a decoder configuration that is too short');
  }
  const objectTypeIndication = box.u8();
  box.skip(1);
  const fields = { bufferSize: box.u24(), maxBitrate: box.u32(), averageBitrate: box.u32() };
  const decoderConfig = config > 13 ? box.bytes(enterDescriptor(box, DECODER_SPECIFIC_INFO)) : new Uint8Array();
  return { objectTypeIndication, ...fields, decoderConfig };
}

/** Reads tag and size (§8.3.3: seven bits a byte, at most four bytes); the size is checked against the rest of the box. */
function enterDescriptor(box: BoxReader, tag: number): number {
  const found = box.u8();
  if (found !== tag) {
    throw box.malformed(`has descriptor ${found} where ${tag} belongs`);
  }
  let size = 0;
  for (let index = 0; index < 4; index += 1) {
    const byte = box.u8();
    size = (size << 7) | (byte & 0x7f);
    if ((byte & 0x80) === 0) {
      break;
    }
  }
  if (size > box.remaining) {
    throw box.malformed(`has a descriptor of ${size} bytes that reaches beyond it`);
  }
  return size;
}

function writeDescriptor(writer: BoxWriter, tag: number, size: number): void {
  writer.u8(tag);
  for (let left = sizeBytes(size) - 1; left >= 0; left -= 1) {
    writer.u8((left > 0 ? 0x80 : 0) | ((size >> (7 * left)) & 0x7f));
  }
}

/** Size of a descriptor with its own tag and size. */
function descriptorSize(payload: number): number {
  return 1 + sizeBytes(payload) + payload;
}

/** As few as possible: one for everything real. */
function sizeBytes(size: number): number {
  assert(size < 1 << 28, 'a descriptor size has 28 bits');
  return size < 1 << 7 ? 1 : size < 1 << 14 ? 2 : size < 1 << 21 ? 3 : 4;
}

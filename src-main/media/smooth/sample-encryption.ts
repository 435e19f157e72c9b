import {
  type SampleInfo,
  writePiffSampleEncryption,
  writeSaio,
  writeSaiz,
  writeSenc,
} from '../cenc/sample-info.ts';
import { SAMPLE_IV_BYTES } from '../cenc/sample-protection.ts';
import { nextChunk } from '../cmaf/chunk.ts';
import type { BoxReader } from '../isobmff/box-reader.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import type { BoxWriter } from '../isobmff/box-writer.ts';

/** How a fragment says what its samples are decrypted with: `senc`, or the box of PIFF 1.1 that clients of PlayReady knew before it. */
export type EncryptionBoxes = 'senc' | 'piff';

const HAS_SUBSAMPLES = 2;

/**
 * What the chunks of an encrypted segment say of their samples (`senc`, ISO/IEC 23001-7 §7.2.1), in their order. A chunk without it has none
 * that are encrypted. `ivBytes` is how long their IVs are: 0 where the header has one for all. Throws `media/malformed`.
 */
export function readSampleInfos(bytes: Uint8Array, ivBytes = SAMPLE_IV_BYTES): readonly SampleInfo[] {
  const infos: SampleInfo[] = [];
  for (let found = nextChunk(bytes, 0); found.kind === 'chunk'; found = nextChunk(bytes, found.end)) {
    const { moofOffset, moofSize } = found;
    const moof = readBoxes(bytes.subarray(moofOffset, moofOffset + moofSize), moofOffset).require('moof');
    const senc = moof.require('traf').find('senc');
    if (senc !== undefined) {
      infos.push(...parseSenc(senc, ivBytes));
    }
  }
  return infos;
}

function parseSenc(box: BoxReader, ivBytes: number): readonly SampleInfo[] {
  const { flags } = box.fullBox(0);
  const count = box.u32();
  const leastBytes = ivBytes + ((flags & HAS_SUBSAMPLES) === 0 ? 0 : 2);
  if (count * Math.max(1, leastBytes) > box.remaining) {
    throw box.malformed(`says ${count} samples and has ${box.remaining} bytes`);
  }
  return Array.from({ length: count }, () => ({
    iv: box.bytes(ivBytes),
    subsamples:
      (flags & HAS_SUBSAMPLES) === 0
        ? undefined
        : Array.from({ length: box.u16() }, () => ({ clear: box.u16(), protected: box.u32() })),
  }));
}

/** At the end of a `traf`, whose `moof` is the first that `writer` has. */
export function writeEncryptionBoxes(
  writer: BoxWriter,
  infos: readonly SampleInfo[],
  boxes: EncryptionBoxes,
): void {
  if (boxes === 'piff') {
    writePiffSampleEncryption(writer, infos);
    return;
  }
  writeSaiz(writer, infos);
  const offsetAt = writeSaio(writer);
  writer.patchU32(offsetAt, writeSenc(writer, infos));
}

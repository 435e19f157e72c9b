import { assert } from '../../base/assert.ts';
import type { BoxReader } from '../isobmff/box-reader.ts';
import { readBoxes } from '../isobmff/box-reader.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { SAMPLE_IV_BYTES, type TrackProtection, VIDEO_PATTERN } from './sample-protection.ts';

/** From the `moov` to the sample description. */
const PATH = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'] as const;
/** `stsd`: version, flags and the count of entries. */
const STSD_FIELDS = 8;
/** Of a sample entry of sound, before its first box; those of pictures have more. */
const LEAST_ENTRY_FIELDS = 28;
const SCHEME_VERSION = 0x0001_0000;

/**
 * The header of a track (ISO/IEC 23000-19 §7.3.2.1) for samples that are encrypted: its sample entry is `encv` or `enca` with the scheme
 * and the key's id (ISO/IEC 23001-7 §8.2), and each `pssh` box stands at the end of the `moov`. Everything else stays as it is.
 */
export function protectInit(
  init: Uint8Array,
  track: { readonly kind: 'video' | 'audio' },
  protection: TrackProtection,
  systems: readonly Uint8Array[],
): Uint8Array {
  const writer = new BoxWriter(init.length + 256 + systems.reduce((sum, { length }) => sum + length, 0));
  let isDone = false;

  function copy(box: BoxReader, depth: number): void {
    const raw = init.subarray(box.offset, box.offset + box.size);
    if (box.type !== PATH[depth]) {
      writer.bytes(raw);
      return;
    }
    writer.box(box.type, () => {
      if (box.type === 'stsd') {
        writer.bytes(box.bytes(STSD_FIELDS));
        for (const entry of box.children()) {
          writeEntry(writer, entry, track.kind, protection);
          isDone = true;
        }
        return;
      }
      for (const child of box.children()) {
        copy(child, depth + 1);
      }
      if (box.type === 'moov') {
        systems.forEach((system) => writer.bytes(system));
      }
    });
  }

  for (const box of readBoxes(init).children()) {
    copy(box, 0);
  }
  assert(isDone, 'the header of a track has a sample description');
  return writer.finish();
}

function writeEntry(
  writer: BoxWriter,
  entry: BoxReader,
  kind: 'video' | 'audio',
  protection: TrackProtection,
): void {
  const fourCc = entry.type;
  writer.box(kind === 'video' ? 'encv' : 'enca', () => {
    // The boxes of a sample entry stand behind its fields, so at the end is the place for one more.
    assert(entry.remaining >= LEAST_ENTRY_FIELDS, 'a sample entry has its fields');
    writer.bytes(entry.rest());
    writeSinf(writer, fourCc, kind, protection);
  });
}

/** Protection Scheme Information, ISO/IEC 14496-12 §8.12.1. */
function writeSinf(
  writer: BoxWriter,
  fourCc: string,
  kind: 'video' | 'audio',
  { scheme, keyId, constantIv }: TrackProtection,
): void {
  writer.box('sinf', () => {
    writer.box('frma', () => writer.fourCc(fourCc));
    writer.fullBox('schm', 0, 0, () => {
      writer.fourCc(scheme);
      writer.u32(SCHEME_VERSION);
    });
    writer.box('schi', () => {
      if (scheme === 'cenc') {
        writeTenc(writer, { keyId, pattern: undefined, constantIv: undefined });
      } else {
        // Sound has no pattern: all of its whole blocks are encrypted (§10.4.2).
        writeTenc(writer, {
          keyId,
          pattern: kind === 'video' ? VIDEO_PATTERN : { crypt: 0, skip: 0 },
          constantIv,
        });
      }
    });
  });
}

type Defaults = {
  readonly keyId: Uint8Array;
  /** In blocks; there are patterns from version 1 on. */
  readonly pattern: { readonly crypt: number; readonly skip: number } | undefined;
  /** Undefined: each sample has one. */
  readonly constantIv: Uint8Array | undefined;
};

/** Track Encryption, ISO/IEC 23001-7 §8.2. */
function writeTenc(writer: BoxWriter, { keyId, pattern, constantIv }: Defaults): void {
  writer.fullBox('tenc', pattern === undefined ? 0 : 1, 0, () => {
    writer.u8(0);
    writer.u8(pattern === undefined ? 0 : (pattern.crypt << 4) | pattern.skip);
    writer.u8(1); // default_isProtected
    writer.u8(constantIv === undefined ? SAMPLE_IV_BYTES : 0);
    writer.bytes(keyId);
    if (constantIv !== undefined) {
      writer.u8(constantIv.length);
      writer.bytes(constantIv);
    }
  });
}

import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';

const MAX_U32 = 0xffff_ffffn;
const MAX_I32 = 0x7fff_ffffn;
/** Real edit lists have one or two entries; a reader that sums a million of them works for an attacker. */
const MAX_EDITS = 4096;

/** One stretch of the presentation, played at normal speed. */
export type Edit =
  /** Nothing is shown. `duration` in movie ticks. */
  | { readonly kind: 'empty'; readonly duration: bigint }
  /** The media is shown from `mediaTime` (media ticks, composition time) for `duration` movie ticks; 0 in a fragmented file: to its end. */
  | { readonly kind: 'media'; readonly duration: bigint; readonly mediaTime: bigint };

/** Edit Box with an Edit List, ISO/IEC 14496-12 §8.6.5 and §8.6.6. */
export function writeEdts(writer: BoxWriter, edits: readonly Edit[]): void {
  const version = edits.some(needsVersion1) ? 1 : 0;
  writer.box('edts', () => {
    writer.fullBox('elst', version, 0, () => {
      writer.u32(edits.length);
      for (const edit of edits) {
        const mediaTime = edit.kind === 'media' ? edit.mediaTime : -1n;
        if (version === 1) {
          writer.u64(edit.duration);
          writer.i64(mediaTime);
        } else {
          writer.u32(Number(edit.duration));
          writer.i32(Number(mediaTime));
        }
        writer.i16(1); // media_rate, whole part
        writer.i16(0);
      }
    });
  });
}

/** Reads `edts`. Speeds other than 1 and still pictures have no equivalent here: `media/unsupported`. */
export function parseEdts(box: BoxReader): readonly Edit[] {
  const elst = box.find('elst');
  if (elst === undefined) {
    return [];
  }
  const { version } = elst.fullBox(1);
  const count = elst.entryCount(version === 1 ? 20 : 12);
  if (count > MAX_EDITS) {
    throw elst.unsupported(`has ${count} edits`);
  }
  return Array.from({ length: count }, () => parseEdit(elst, version));
}

function parseEdit(elst: BoxReader, version: number): Edit {
  const duration = version === 1 ? elst.u64() : BigInt(elst.u32());
  const mediaTime = version === 1 ? elst.i64() : BigInt(elst.i32());
  const rate = elst.i16();
  const rateFraction = elst.i16();
  if (mediaTime === -1n) {
    return { kind: 'empty', duration };
  }
  if (mediaTime < 0n) {
    throw elst.malformed(`begins at media time ${mediaTime.toString()}`);
  }
  if (rate !== 1 || rateFraction !== 0) {
    throw elst.unsupported(`plays at a speed of ${rate + rateFraction / 0x1_0000}`);
  }
  return { kind: 'media', duration, mediaTime };
}

function needsVersion1(edit: Edit): boolean {
  return edit.duration > MAX_U32 || (edit.kind === 'media' && edit.mediaTime > MAX_I32);
}

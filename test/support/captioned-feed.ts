import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { captionSei } from './caption-sei.ts';
import { COUNTED } from './senders.ts';
import { mkdtempDisposable } from './temporary-folder.ts';

/** What an encoder with captions says, over and over, in the field of CC1. */
export const CAPTION_WORDS = 'HELLO WORLD';
/** Pictures from one caption to the next. */
const CYCLE = 60;

/**
 * The captions of picture `index`: in 608 one that pops on, two characters a picture; in 708 two times a letter in service 1, which is the same
 * as the grey of that picture in media of the kind `count`.
 */
export function captionsOf(index: number): readonly (readonly number[])[] {
  const control = [
    [0x14, 0x20],
    [0x14, 0x2e],
    [0x14, 0x70],
  ];
  const characters = [...Buffer.from(`${CAPTION_WORDS} `)];
  const text = Array.from({ length: characters.length / 2 }, (_, pair) =>
    characters.slice(2 * pair, 2 * pair + 2),
  );
  const commands = [...control, ...text, [0x14, 0x2f]];
  const [first = 0, second = 0] = commands[index % CYCLE] ?? [];
  const letter = 0x41 + (index % COUNTED);
  return [
    [0xfc, withParity(first), withParity(second)],
    // A packet of four bytes, and in it a block of two for the first service.
    [0xff, ((index % 4) << 6) | 2, 0x22],
    [0xfe, letter, letter],
  ];
}

/** Which pictures' letters stand in the packets of a sample. */
export function lettersIn(pairs: Uint8Array): readonly number[] {
  const found: number[] = [];
  for (let at = 0; at < pairs.length; at += 3) {
    const [marker = 0, first = 0, second = 0] = pairs.subarray(at, at + 3);
    if (marker === 0xfe && first === second && first >= 0x41) {
      found.push(first - 0x41);
    }
  }
  return found;
}

function withParity(byte: number): number {
  const ones = byte.toString(2).replaceAll('0', '').length;
  return ones % 2 === 0 ? byte | 0x80 : byte;
}

/** An access unit as RTMP brings it, with one more unit before its first. */
export function withUnit(payload: Uint8Array, unit: Uint8Array): Uint8Array {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(unit.length);
  return Buffer.concat([payload.subarray(0, 5), length, unit, payload.subarray(5)]);
}

/** What a sender does with picture `index`. */
export function withCaptionsOf(payload: Uint8Array, index: number): Uint8Array {
  return withUnit(payload, captionSei(captionsOf(index)));
}

/** What a decoder of somebody else reads in the field of CC1. */
export async function captionsIn(movie: Uint8Array): Promise<string> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-captions-'));
  const path = join(folder.path, 'whole.mp4');
  await writeFile(path, movie);
  const { stdout } = await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i', `movie=${path}[out0+subcc]`],
    ...['-map', '0:s', '-f', 'srt', 'pipe:1'],
  ]);
  return stdout;
}

import { type FileHandle, open } from 'node:fs/promises';
import { createFragmentReader } from '../../../media/cmaf/fragment-reader.ts';
import type { AudioTrackDescription } from '../../../media/cmaf/types.ts';
import { peekBoxHeader } from '../../../media/isobmff/box-header.ts';
import { parseSoundSamples, type SoundSamples } from '../../../media/mp4/sound-samples.ts';
import { createAacReader } from '../../../media/mpegts/aac-reader.ts';
import { ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';

/** One coded frame of sound. */
export type SoundFrame = {
  /** From the beginning of the sound, in ticks; negative for frames that only prime a decoder. */
  readonly time: bigint;
  readonly duration: number;
  readonly data: Uint8Array;
};

export type SoundFile = AsyncDisposable & {
  readonly description: AudioTrackDescription;
  /** Frames in order, some at a time. Throws `media/malformed`. */
  frames(): AsyncIterable<readonly SoundFrame[]>;
};

const BLOCK_BYTES = 1024 * 1024;
/** Of 40 hours of sound. */
const MAX_MOOV_BYTES = 64 * 1024 * 1024;
const ADTS_BLOCK_BYTES = 64 * 1024;

/**
 * Opens a file of sound: MP4 or M4A, progressive or fragmented, or AAC in ADTS. Throws `media/unsupported` for everything else and for every
 * codec but AAC, `media/malformed`.
 */
export async function openSoundFile(path: string): Promise<SoundFile> {
  await using opened = new AsyncDisposableStack();
  const file = opened.use(await open(path, 'r'));
  const sound = await openSound(file);
  if (sound.description.fourCc !== 'mp4a' || !sound.description.codec.startsWith('mp4a.40.')) {
    throw refused(`The sound is ${sound.description.codec}; only AAC is taken. Encode it with ffmpeg -c:a aac.`);
  }
  const owned = opened.move();
  return { ...sound, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

function refused(message: string): AppError {
  return new AppError('media/unsupported', message);
}

async function openSound(file: FileHandle): Promise<Pick<SoundFile, 'description' | 'frames'>> {
  const start = Buffer.alloc(12);
  await file.read(start, 0, start.length, 0);
  if (start[0] === 0xff && ((start[1] ?? 0) & 0xf6) === 0xf0) {
    return await openStream(file, readAdts);
  }
  const type = start.toString('latin1', 4, 8);
  if (!['ftyp', 'styp', 'moov', 'free', 'skip', 'wide', 'mdat'].includes(type)) {
    throw refused('The file is neither WebVTT nor TTML nor MP4 nor AAC with ADTS headers.');
  }
  const moov = await readMoov(file);
  const samples = parseSoundSamples(moov);
  return samples === undefined
    ? await openStream(file, readFragments)
    : { description: samples.description, frames: () => readSamples(file, samples) };
}

async function readMoov(file: FileHandle): Promise<Uint8Array> {
  const { size: fileSize } = await file.stat();
  const head = Buffer.alloc(16);
  for (let at = 0; at < fileSize; ) {
    const { bytesRead } = await file.read(head, 0, head.length, at);
    const header = peekBoxHeader(head.subarray(0, bytesRead), 0, at);
    const size = header?.size === 0 ? fileSize - at : (header?.size ?? 0);
    if (header === undefined || at + size > fileSize) {
      throw new AppError('media/malformed', `The MP4 file is cut off in the box at byte ${at}.`, {
        details: { offset: at },
      });
    }
    if (header.type === 'moov') {
      if (size > MAX_MOOV_BYTES) {
        throw refused(`The moov of the MP4 file has ${size} bytes; up to ${MAX_MOOV_BYTES} are taken.`);
      }
      return await readExactly(file, at, size);
    }
    at += size;
  }
  throw new AppError('media/malformed', 'The MP4 file has no moov: it was never finished.');
}

async function readExactly(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await file.read(bytes, 0, length, position);
  if (bytesRead < length) {
    throw new AppError(
      'media/malformed',
      `The file ends ${length - bytesRead} bytes before its last sample does.`,
    );
  }
  return bytes;
}

async function* readSamples(
  file: FileHandle,
  { offsets, sizes, durations, shift }: SoundSamples,
): AsyncIterable<readonly SoundFrame[]> {
  let time = shift;
  for (let from = 0; from < sizes.length; ) {
    // Samples that stand in a row are read at once; in a file with pictures those of one chunk.
    const start = offsets[from] ?? 0;
    let end = start + (sizes[from] ?? 0);
    let to = from + 1;
    while (to < sizes.length && offsets[to] === end && end - start < BLOCK_BYTES) {
      end += sizes[to] ?? 0;
      to += 1;
    }
    const { size } = await file.stat();
    if (end > size) {
      throw new AppError('media/malformed', `The MP4 file ends at byte ${size}, before sample ${from + 1} does.`);
    }
    const bytes = await readExactly(file, start, end - start);
    const frames: SoundFrame[] = [];
    for (; from < to; from += 1) {
      const at = (offsets[from] ?? 0) - start;
      const duration = durations[from] ?? 0;
      frames.push({ time, duration, data: bytes.subarray(at, at + (sizes[from] ?? 0)) });
      time += BigInt(duration);
    }
    yield frames;
  }
}

type Found = { description: AudioTrackDescription | undefined; readonly frames: readonly SoundFrame[] };
/** A reader of blocks in a row, which says what each has completed. */
type ReadBlocks = () => (block: Uint8Array) => Found;

/** What has to be read from its beginning; the description comes with the first frames. */
async function openStream(file: FileHandle, read: ReadBlocks): Promise<Pick<SoundFile, 'description' | 'frames'>> {
  let description: AudioTrackDescription | undefined;
  for await (const found of blocksOf(file, read)) {
    description = found.description;
    if (description !== undefined) {
      break;
    }
  }
  if (description === undefined) {
    throw refused('There is no sound in the file.');
  }
  return {
    description,
    async *frames() {
      for await (const { frames } of blocksOf(file, read)) {
        yield frames;
      }
    },
  };
}

async function* blocksOf(file: FileHandle, read: ReadBlocks): AsyncIterable<Found> {
  const next = read();
  const block = Buffer.alloc(ADTS_BLOCK_BYTES);
  for (let at = 0; ; ) {
    const { bytesRead } = await file.read(block, 0, block.length, at);
    if (bytesRead === 0) {
      return;
    }
    at += bytesRead;
    yield next(block.subarray(0, bytesRead));
  }
}

function readAdts(): (block: Uint8Array) => Found {
  const reader = createAacReader({
    language: 'und',
    clock: { follow: (time) => ticks(time), near: () => undefined },
  });
  let description: AudioTrackDescription | undefined;
  let isFirst = true;
  return (block) => {
    const events = reader.push({ pts: isFirst ? 0 : undefined, dts: undefined, randomAccess: true, data: block });
    isFirst = false;
    const frames: SoundFrame[] = [];
    for (const event of events) {
      if (event.kind === 'format') {
        if (description !== undefined || event.description.kind !== 'audio') {
          throw refused('The AAC stream changes its sample rate or channels on the way.');
        }
        description = event.description;
      } else {
        frames.push(
          ...event.samples.map(({ decodeTime, duration, data }) => ({ time: decodeTime, duration, data })),
        );
      }
    }
    return { description, frames };
  };
}

function readFragments(): (block: Uint8Array) => Found {
  const reader = createFragmentReader();
  let track: { readonly id: number; readonly shift: bigint } | undefined;
  let description: AudioTrackDescription | undefined;
  let origin: bigint | undefined;
  return (block) => {
    const frames: SoundFrame[] = [];
    for (const event of reader.push(block)) {
      if (event.kind === 'header') {
        const found = event.tracks.find((one) => one.description.kind === 'audio');
        if (description !== undefined || found?.description.kind !== 'audio') {
          throw refused(
            description === undefined ? 'There is no sound in the file.' : 'The file begins anew on the way.',
          );
        }
        track = { id: found.trackId, shift: found.presentationShift };
        description = found.description;
      } else if (event.trackId === track?.id) {
        // Fragments of a broadcast count from a time of its own.
        origin ??= event.samples[0]?.decodeTime ?? 0n;
        for (const { decodeTime, duration, data } of event.samples) {
          frames.push({ time: decodeTime - origin + track.shift, duration, data });
        }
      }
    }
    return { description, frames };
  };
}

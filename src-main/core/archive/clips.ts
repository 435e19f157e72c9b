import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import { secondsToTicks, ticks, ticksToSeconds } from '../../media/time.ts';
import type { Asset } from '../../shared/api/assets.ts';
import type { ClipCreate } from '../../shared/api/clips.ts';
import { AppError } from '../../shared/app-error.ts';
import type { RecordingClaim } from '../ports/archive.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import type { Assets } from './assets.ts';
import { mediaPath } from './file-names.ts';
import { readMediaFile } from './media-file.ts';

export type Clips = {
  /** Throws `archive/empty` when there is nothing in that part, `archive/disk-full`. */
  create(assetName: string, request: ClipCreate): Promise<Asset>;
  /** Takes media back from every clip of an asset that has some of it; one of which nothing is left goes. Gives their names. */
  remove(assetName: string, removed: RemovedMedia): Promise<readonly string[]>;
};

/** Segments of one track, by sequence numbers, and parts of the one that is being written. */
type Cut = { readonly window: TrackWindow; readonly first: number; readonly last: number };

/** Asset names have at most 260 characters. */
const MOST_NAME = 220;
const FILE_NUMBER = 1;

/**
 * Clips: assets of their own with a copy of some segments, so that neither the archive window nor the end of the broadcast takes anything from
 * them. Nothing is encoded again, and what is there when it is asked for is in it, up to the newest chunk.
 */
export function createClips(options: {
  readonly assets: Assets;
  readonly clock: Clock;
  readonly mayWrite: () => boolean;
}): Clips {
  const { assets, clock } = options;
  // What is taken back while a clip is made is taken back from that clip too.
  const serial = createSerial();

  async function create(assetName: string, request: ClipCreate): Promise<Asset> {
    const source = assets.get(assetName);
    const presentation = await assets.presentationOf(assetName);
    const cuts = presentation === undefined ? [] : planClip(presentation, request);
    if (presentation === undefined || cuts.length === 0) {
      throw new AppError('archive/empty', `The recording ${source.title} has nothing in that part.`, {
        details: { asset: assetName },
      });
    }
    if (!options.mayWrite()) {
      throw new AppError('archive/disk-full', 'The disk is full, so no clip could be made. Free some room.');
    }
    const name = freeName(`${assetName.slice(0, MOST_NAME)}-clip-${stampOf(clock.wallMs())}`);
    await assets.create(name, { title: request.title ?? source.title, tags: source.tags }, { clipOf: assetName });
    const claim = await assets.beginRecording(name);
    try {
      await record(presentation, cuts, { claim, manifestName: source.manifestName });
    } catch (error) {
      await claim.abandon();
      await assets.delete(name);
      throw error;
    }
    assets.copyMarkers(assetName, name);
    return assets.get(name);
  }

  /** Somebody may press twice in a moment. */
  function freeName(wanted: string): string {
    const taken = new Set(assets.list().map(({ name }) => name));
    let name = wanted;
    for (let number = 2; taken.has(name); number += 1) {
      name = `${wanted}-${number}`;
    }
    return name;
  }

  async function record(
    presentation: Presentation,
    cuts: readonly Cut[],
    {
      claim,
      manifestName = 'clip',
    }: { readonly claim: RecordingClaim; readonly manifestName: string | undefined },
  ): Promise<void> {
    const written: Cut[] = [];
    for (const cut of cuts) {
      if ((await writeTrack(claim.folder, presentation, cut)) > 0) {
        written.push(cut);
      }
    }
    if (written.length === 0) {
      throw new AppError('archive/empty', 'Nothing of that part is there any more.');
    }
    const range = {
      firstSequence: Math.min(...written.map(({ first }) => first)),
      lastSequence: Math.max(...written.map(({ last }) => last)),
    };
    const seconds = Math.max(1, (range.lastSequence + 1 - range.firstSequence) * presentation.segmentSeconds);
    await claim.describe({
      manifestName,
      epochOffsetMs: presentation.epochOffsetMs,
      segmentSeconds: presentation.segmentSeconds,
      fragmentsPerTsSegment: presentation.fragmentsPerTsSegment,
      archiveSeconds: seconds,
      firstSequence: range.firstSequence,
      tracks: written.map(({ window: { track, captions } }) => ({ ...track, captions })),
    });
    if ((await claim.finish(range)) === undefined) {
      throw new AppError('archive/damaged', 'The clip cannot be read again.');
    }
  }

  return {
    create: (assetName, request) => serial.run(() => create(assetName, request)),
    remove: (assetName, removed) =>
      serial.run(async () => {
        const clips = assets.list().filter(({ clipOf }) => clipOf === assetName);
        const changed: string[] = [];
        for (const { name } of clips) {
          if (await assets.removeMedia(name, removed)) {
            changed.push(name);
          }
        }
        return changed;
      }),
  };
}

/** From the key frame at or before its beginning. */
function planClip(presentation: Presentation, { seconds, start, end }: ClipCreate): readonly Cut[] {
  const windows = presentation.tracks().filter(({ track }) => track.shownAs === undefined);
  const [leader] = windows;
  const edge = leader === undefined ? undefined : edgeSeconds(leader);
  if (leader === undefined || edge === undefined) {
    return [];
  }
  const { segments, open, track } = leader;
  const origin = ticksToSeconds(
    (segments.length === 0 ? open?.time : segments.at(0).time) ?? ticks(0),
    track.timescale,
  );
  const from = seconds === undefined ? origin + (start ?? 0) : edge - seconds;
  const to = seconds === undefined ? origin + (end ?? Infinity) : edge;
  const first = sequenceAt(leader, from);
  // What begins with the very end belongs to what comes then.
  const last = to >= edge ? newest(leader) : sequenceAt(leader, to - 0.001);
  return from >= edge || last < first ? [] : windows.map((window) => ({ window, first, last }));
}

function edgeSeconds({ segments, open, track }: TrackWindow): number | undefined {
  const last = open?.parts.at(-1) ?? (segments.length === 0 ? undefined : segments.at(segments.length - 1));
  return last === undefined
    ? undefined
    : ticksToSeconds(last.time, track.timescale) + last.duration / track.timescale;
}

function newest({ segments, open }: TrackWindow): number {
  return open?.sequence ?? segments.firstSequence + segments.length - 1;
}

/** The segment in which a time lies; the first or the newest for what is outside. */
function sequenceAt(window: TrackWindow, seconds: number): number {
  const { segments, open, track } = window;
  const time = secondsToTicks(Math.max(0, seconds), track.timescale);
  if (segments.length === 0 || (open !== undefined && time >= open.time)) {
    return newest(window);
  }
  return segments.firstSequence + Math.max(0, segments.indexBefore(time));
}

/** Writes one CMAF file; gives how many bytes of media are in it. */
async function writeTrack(folder: string, presentation: Presentation, cut: Cut): Promise<number> {
  const { track } = cut.window;
  const path = mediaPath(folder, track, FILE_NUMBER);
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, 'wx');
  let size = 0;
  try {
    await handle.write(track.init);
    for (let sequence = cut.first; sequence <= cut.last; sequence += 1) {
      const bytes = await bytesOf(presentation, cut.window, sequence);
      size += bytes.length;
      await handle.write(bytes);
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
  // Writes the index.
  await readMediaFile({ folder, track, number: FILE_NUMBER, repair: true });
  return size;
}

/** Nothing where the track has nothing, or has it no more. */
async function bytesOf(presentation: Presentation, window: TrackWindow, sequence: number): Promise<Uint8Array> {
  const { open, segments } = window;
  if (open?.sequence === sequence) {
    return Buffer.concat(open.parts.flatMap(({ index }) => presentation.readPart(window, sequence, index) ?? []));
  }
  const index = sequence - segments.firstSequence;
  if (index < 0 || index >= segments.length || segments.at(index).size === 0) {
    return NOTHING;
  }
  try {
    return await presentation.readSegment(window, sequence);
  } catch (error) {
    if (error instanceof AppError && error.code === 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND') {
      return NOTHING;
    }
    throw error;
  }
}

const NOTHING = new Uint8Array();

/** `20261121-103000-123` in UTC. */
function stampOf(atMs: number): string {
  const digits = new Date(atMs).toISOString().replace(/\D/g, '');
  return `${digits.slice(0, 8)}-${digits.slice(8, 14)}-${digits.slice(14, 17)}`;
}

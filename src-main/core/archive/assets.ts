import { randomUUID } from 'node:crypto';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { createSerial, type Serial } from '../../base/serial.ts';
import type { Asset, AssetCreate } from '../../shared/api/assets.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { AssetLedger, RecordingClaim, RecordingDescription } from '../ports/archive.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import type { AssetService, EventLog } from '../ports/services.ts';
import type { SegmentReader } from '../ports/store.ts';
import { DELETED, insistOnUnused, makeEmptyFolder, setFolderAside } from './asset-folder.ts';
import { noSummary, summarise } from './asset-summary.ts';
import { clearSpool } from './clear-spool.ts';
import { createCueFile } from './cue-file.ts';
import { describeMedia } from './describe-media.ts';
import { completeAllRemovals, completeRemovals } from './erase-media.ts';
import { createMarkers } from './markers.ts';
import { openRecording } from './open-recording.ts';
import { createPosters } from './posters.ts';
import { describeRecording, type RecordingJson, readRecordingJson, writeRecordingJson } from './recording-json.ts';
import { recoverAssets } from './recovery.ts';
import { noteRemoval } from './removal-note.ts';
import type { StoredAsset, StoredMarkers } from './stored-asset.ts';
import { createTranscriptFile } from './transcript-file.ts';

export type AssetsOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly rows: Repository<StoredAsset>;
  /** One row per asset, under its name. */
  readonly markers: Repository<StoredMarkers>;
  /** Holds one folder per asset. */
  readonly assetsFolder: string;
  /** Where the chunk stores open their files; cleared by `recover`. */
  readonly spoolFolder: string;
  readonly reader: SegmentReader;
  readonly locatorNames: (assetName: string) => readonly string[];
  /** Un-publishes an asset that goes. */
  readonly deleteLocators: (assetName: string) => void;
  /** A recording is finished and can be played; awaited before that is told to who recorded it. */
  readonly onRecorded: (assetName: string) => Promise<void>;
  /** Whether something (an export) still reads the asset. */
  readonly isInUse: (assetName: string) => boolean;
  /** JPEG of the first picture of a key-frame segment: its init and its bytes. */
  readonly drawPoster: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
};

export type Assets = AssetService &
  AssetLedger & {
    readonly folderOf: (name: string) => string;
    /** What plays at the asset's locators: the broadcast in progress or the recording. Undefined while it is empty. */
    presentationOf(name: string): Promise<Presentation | undefined>;
    /** With the note of which asset it is a clip of. */
    create(name: string, request: AssetCreate, origin?: { readonly clipOf: string }): Promise<Asset>;
    /** Markers of the part that a clip has. */
    copyMarkers(from: string, to: string): void;
    /** What was made of some media, and what marks it, goes. */
    forgetMedia(name: string, removed: RemovedMedia): void;
    /** Takes media back from a finished recording; whether it had some. It goes when nothing is left. */
    removeMedia(name: string, removed: RemovedMedia): Promise<boolean>;
    /** Brings catalogue and folders together after a start: finishes what a crash cut off, finds what the catalogue lost. */
    recover(): Promise<void>;
  };

export function createAssets(options: AssetsOptions): Assets {
  const { clock, events, rows, logger } = options;
  const presentations = new Map<string, Presentation>();
  const opening = new Map<string, Promise<Presentation | undefined>>();
  const posters = createPosters({
    draw: options.drawPoster,
    presentationOf: (name) => presentationOf(name),
    titleOf: (name) => stored(name).title,
  });
  /** Assets that a live output is about to write or writes. */
  const claimed = new Set<string>();
  const describing = new Map<string, Serial>();
  const markers = createMarkers({ rows: options.markers, clock, events });

  const now = (): string => new Date(clock.wallMs()).toISOString();

  function stored(name: string): StoredAsset {
    const found = rows.get(name);
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no asset ${name}.`, { details: { asset: name } });
    }
    return found;
  }

  const folderOf = (name: string): string => join(options.assetsFolder, stored(name).assetId);

  /** As the API shows it: of a recording in progress, length and size as they are this moment. */
  function show(found: StoredAsset): Asset {
    const presentation = found.state === 'recording' ? presentations.get(found.name) : undefined;
    return {
      ...found,
      ...(presentation === undefined ? {} : summarise(presentation)),
      locators: [...options.locatorNames(found.name)],
    };
  }

  function save(found: StoredAsset): Asset {
    rows.put(found.name, found);
    return tell(found);
  }

  /** For what has happened, whatever the disk says. */
  function note(found: StoredAsset): void {
    rows.keep(found.name, found);
    tell(found);
  }

  function tell(found: StoredAsset): Asset {
    const shown = show(found);
    events.publish('Lectern.AssetChanged', `asset/${found.name}`, shown);
    return shown;
  }

  /** One at a time on an asset's `recording.json`, which the recording, its end and a new title all write. */
  function describe<T>(name: string, step: () => Promise<T>): Promise<T> {
    const serial = describing.get(name) ?? createSerial();
    describing.set(name, serial);
    return serial.run(step);
  }

  /** What `recording.json` says, or else the media; undefined when there are none. */
  async function descriptionOf(name: string): Promise<RecordingJson | undefined> {
    const folder = folderOf(name);
    return (await readRecordingJson(folder)) ?? (await describeMedia(folder, stored(name)));
  }

  async function open(name: string): Promise<Presentation | undefined> {
    const found = rows.get(name);
    if (found === undefined || found.state === 'empty') {
      return undefined;
    }
    const json = await descriptionOf(name);
    const recording = json === undefined ? undefined : await openFolder(found, json, false);
    // It may have been deleted meanwhile.
    if (recording !== undefined && rows.get(name)?.assetId === found.assetId) {
      presentations.set(name, recording.presentation);
    }
    return recording?.presentation;
  }

  async function openFolder(
    found: StoredAsset,
    json: RecordingJson,
    repair: boolean,
  ): ReturnType<typeof openRecording> {
    const folder = join(options.assetsFolder, found.assetId);
    return await openRecording({ id: `asset/${found.assetId}`, folder, json, reader: options.reader, repair });
  }

  async function presentationOf(name: string): Promise<Presentation | undefined> {
    const known = presentations.get(name);
    if (known !== undefined) {
      return known;
    }
    // Many viewers may ask at once for a recording that nobody has opened yet.
    const pending = opening.get(name) ?? open(name);
    opening.set(name, pending);
    try {
      return await pending;
    } finally {
      opening.delete(name);
    }
  }

  /** Looks at what a recording left on the disk and says so in the catalogue. Repairs what was cut off; never while it may still be written. */
  async function finalise(
    name: string,
    given: RecordingJson | undefined,
    repair: boolean,
  ): Promise<Presentation | undefined> {
    const found = stored(name);
    try {
      const json = given ?? (await descriptionOf(name));
      const recording = json === undefined ? undefined : await openFolder(found, json, repair);
      if (recording === undefined) {
        await checkEmpty(found);
        await empty(name);
        return undefined;
      }
      const { presentation, damage } = recording;
      if (!presentations.has(name)) {
        presentations.set(name, presentation);
      }
      note({
        ...stored(name),
        ...summarise(presentation),
        state: damage.length === 0 ? 'ready' : 'damaged',
        ...(damage.length === 0 ? {} : { damage: damage.join(' ') }),
        lastModified: now(),
      });
      return presentation;
    } catch (error) {
      const { message } = toAppError(error);
      logger.error({ asset: name, error }, 'a recording could not be checked');
      note({ ...stored(name), state: 'damaged', damage: message, lastModified: now() });
      return undefined;
    }
  }

  /** Throws `archive/damaged` when there are media after all: nothing that was recorded is deleted because its description is wrong. */
  async function checkEmpty(found: StoredAsset): Promise<void> {
    const folder = join(options.assetsFolder, found.assetId);
    if ((await describeMedia(folder, found)) !== undefined) {
      throw new AppError('archive/damaged', 'What is noted of the recording does not fit its media.', {
        details: { asset: found.name, path: folder },
      });
    }
  }

  /** Nothing was recorded, not a single chunk: the asset can be used again. */
  async function empty(name: string): Promise<void> {
    presentations.delete(name);
    const { recordedAt, manifestName, ...rest } = stored(name);
    try {
      await options.reader.release(folderOf(name));
      await rm(folderOf(name), { recursive: true, force: true });
    } catch (error) {
      logger.error({ asset: name, error }, 'the folder of an empty recording could not be removed');
    }
    note({ ...rest, state: 'empty', ...noSummary(), lastModified: now() });
  }

  async function remove(name: string): Promise<void> {
    const found = stored(name);
    insistOnUnused(found, { isRecorded: claimed.has(name), isInUse: options.isInUse(name) });
    const folder = folderOf(name);
    await options.reader.release(folder);
    // Renamed first: from then on it is rubbish, and recovery completes what a crash cuts off. The row goes before the long part.
    await setFolderAside(folder, found.title);
    options.deleteLocators(name);
    presentations.delete(name);
    posters.forget(name);
    describing.delete(name);
    rows.delete(name);
    options.markers.delete(name);
    events.publish('Lectern.AssetDeleted', `asset/${name}`, { name });
    await rm(`${folder}${DELETED}`, { recursive: true, force: true });
  }

  function claimOf(name: string): RecordingClaim {
    const folder = folderOf(name);
    const cueFile = createCueFile(folder, (error) => {
      logger.error({ asset: name, error }, 'cues could not be noted beside the recording');
    });
    const transcripts = createTranscriptFile(folder, (error) => {
      logger.error({ asset: name, error }, 'text could not be noted beside the recording');
    });
    let description: RecordingDescription | undefined;
    return {
      folder,
      keepCues: cueFile.keep,
      keepText: transcripts.keep,
      removeText: transcripts.erase,
      describe: (given) =>
        describe(name, async () => {
          description = given;
          note({ ...stored(name), manifestName: given.manifestName, lastModified: now() });
          await writeRecordingJson(folder, describeRecording(stored(name), given));
        }),
      present(presentation) {
        presentations.set(name, presentation);
        note({ ...stored(name), state: 'recording', recordedAt: now(), lastModified: now() });
      },
      finish: (range) =>
        describe(name, async () => {
          await cueFile.close();
          await transcripts.close();
          const found = stored(name);
          note({ ...found, ...showLive(name), state: 'finalising', lastModified: now() });
          const json =
            description === undefined ? undefined : { ...describeRecording(found, description), ...range };
          await writeJson(folder, json);
          const presentation = await finalise(name, json, false);
          if (presentation !== undefined) {
            await options.onRecorded(name);
          }
          claimed.delete(name);
          return presentation;
        }),
      async abandon() {
        await cueFile.close();
        await transcripts.close();
        await empty(name);
        claimed.delete(name);
      },
    };
  }

  /** What cannot be written is found out again: a recording ends where its media do, and the title is in the catalogue. */
  async function writeJson(folder: string, json: RecordingJson | undefined): Promise<void> {
    try {
      if (json !== undefined) {
        await writeRecordingJson(folder, json);
      }
    } catch (error) {
      logger.error({ folder, error }, 'a recording could not be described beside it');
    }
  }

  function forgetMedia(name: string, { fromMs, toMs }: RemovedMedia): void {
    posters.forget(name);
    markers.removeWithin(show(stored(name)), fromMs, toMs);
  }

  /** Behind the end of the recording, if that is under way. */
  async function removeMedia(name: string, removed: RemovedMedia): Promise<boolean> {
    const hadSome = await describe(name, async () => {
      const folder = folderOf(name);
      const json = await readRecordingJson(folder);
      const { firstSequence = Infinity, lastSequence = Infinity } = json ?? {};
      if (firstSequence > removed.toSequence || lastSequence < removed.fromSequence) {
        return false;
      }
      await noteRemoval(folder, removed);
      await completeRemovals(folder);
      presentations.delete(name);
      forgetMedia(name, removed);
      await finalise(name, json, true);
      return true;
    });
    if (hadSome && stored(name).state === 'empty') {
      await remove(name);
    }
    return hadSome;
  }

  function showLive(name: string): Partial<StoredAsset> {
    const presentation = presentations.get(name);
    return presentation === undefined ? {} : summarise(presentation);
  }

  return {
    folderOf,
    presentationOf,
    list: () => rows.list().map(show).toReversed(),
    get: (name) => show(stored(name)),
    async create(name: string, request: AssetCreate, origin?: { readonly clipOf: string }) {
      if (rows.get(name) !== undefined) {
        throw new AppError('resource/exists', `There is already an asset ${name}. Nothing was changed.`, {
          details: { asset: name },
        });
      }
      const created = now();
      return await Promise.resolve(
        save({
          name,
          assetId: randomUUID(),
          title: request.title ?? name,
          description: request.description ?? '',
          tags: request.tags ?? [],
          state: 'empty',
          created,
          lastModified: created,
          ...noSummary(),
          ...(origin === undefined ? {} : { clipOf: origin.clipOf }),
        }),
      );
    },
    async update(name, patch: AssetCreate) {
      const found = stored(name);
      const changed = save({
        ...found,
        title: patch.title ?? found.title,
        description: patch.description ?? found.description,
        tags: patch.tags ?? found.tags,
        lastModified: now(),
      });
      // The title stands in the folder too, for whoever finds it without the catalogue.
      await describe(name, async () => {
        const json = await readRecordingJson(folderOf(name));
        await writeJson(folderOf(name), json === undefined ? undefined : { ...json, title: changed.title });
      });
      return changed;
    },
    delete: remove,
    markers: (name) => markers.list(show(stored(name))),
    addMarker: (name, time, label) => markers.add(show(stored(name)), time, label),
    updateMarker: (name, id, patch) => markers.update(show(stored(name)), id, patch),
    deleteMarker: (name, id) => markers.remove(show(stored(name)), id),
    copyMarkers(from, to) {
      const clip = show(stored(to));
      const fromMs = Date.parse(clip.recordedAt ?? clip.created);
      markers.copy(show(stored(from)), clip, { fromMs, toMs: fromMs + 1000 * clip.duration });
    },
    forgetMedia,
    removeMedia: (name, removed) => removeMedia(name, removed),
    poster: (name) => posters.of(name),
    async beginRecording(assetName) {
      const found = stored(assetName);
      if (found.state !== 'empty' || claimed.has(assetName)) {
        throw new AppError(
          'resource/in-use',
          `The asset ${found.title} holds a recording already; each live output needs an asset of its own.`,
          { details: { asset: assetName, state: found.state } },
        );
      }
      claimed.add(assetName);
      try {
        await makeEmptyFolder(folderOf(assetName));
      } catch (error) {
        claimed.delete(assetName);
        throw error;
      }
      return claimOf(assetName);
    },
    async recover() {
      await mkdir(options.assetsFolder, { recursive: true });
      await completeAllRemovals(options.assetsFolder, logger);
      await clearSpool({ spoolFolder: options.spoolFolder, assetsFolder: options.assetsFolder, logger });
      await recoverAssets({
        rows,
        assetsFolder: options.assetsFolder,
        logger,
        async finalise(name) {
          await finalise(name, undefined, true);
        },
        forget(name) {
          options.deleteLocators(name);
          rows.delete(name);
          options.markers.delete(name);
        },
        adopt: (json) =>
          note({
            name: json.name,
            assetId: json.assetId,
            title: json.title,
            description: '',
            tags: [],
            state: 'finalising',
            created: json.created,
            lastModified: now(),
            ...noSummary(),
            manifestName: json.manifestName,
          }),
        recovered: (name) => events.publish('Lectern.Recovered', `asset/${name}`, show(stored(name))),
      });
    },
  };
}

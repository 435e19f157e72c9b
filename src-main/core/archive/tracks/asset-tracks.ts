import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../../base/clock.ts';
import { createSerial, type Serial } from '../../../base/serial.ts';
import type { Asset, AssetTrack } from '../../../shared/api/assets.ts';
import type { Track, TrackPatch, TrackUpload } from '../../../shared/api/tracks.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { EventLog, TrackService } from '../../ports/services.ts';
import type { SegmentReader } from '../../ports/store.ts';
import { readTranscripts, removeTranscripts } from '../transcript-file.ts';
import { fitSound } from './fit-sound.ts';
import { type OpenTrack, openTrack } from './open-track.ts';
import { openSoundFile } from './sound-file.ts';
import { nameFile, parseText, type TakenFile, takeFile } from './take-file.ts';
import { diskError, makeFolder } from './track-disk.ts';
import { readTracks, type StoredTrack, sweepTracks, trackFile, tracksFolder, writeTracks } from './tracks-json.ts';
import { writeTranscripts } from './transcripts.ts';
import { type AddedTracks, withTracks } from './with-tracks.ts';

export type AssetTracksOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly reader: SegmentReader;
  readonly assets: {
    list(): readonly Asset[];
    readonly get: (name: string) => Asset;
    readonly folderOf: (name: string) => string;
    presentationOf(name: string): Promise<Presentation | undefined>;
  };
};

/** The tracks of assets: those that were recorded, and those that are added to a finished recording (spec 2.14). */
export type AssetTracks = TrackService & {
  /** What plays at the asset's locators, with its added tracks. The same object until the asset is deleted. */
  presentationOf(name: string): Promise<Presentation | undefined>;
  /** The added files by name, for download. */
  filesOf(name: string): ReadonlyMap<string, string>;
  /** Reads what is there after a start, when the assets have been recovered, and removes what a crash left. */
  recover(): Promise<void>;
  /** The recording is finished: what was understood of it becomes tracks of text. Never rejects. */
  takeTranscripts(name: string): Promise<void>;
  /** The asset is being deleted. */
  forget(name: string): void;
};

const NONE: readonly StoredTrack[] = [];

/** Of one asset. */
type State = {
  readonly folder: string;
  /** One change at a time, and one opening. */
  readonly serial: Serial;
  readonly opening: Serial;
  /** Undefined: `tracks.json` cannot be understood; nothing is changed then. */
  stored: readonly StoredTrack[] | undefined;
  opened: ReadonlyMap<string, OpenTrack | AppError>;
  /** Of which `opened` is. */
  openedOf: readonly StoredTrack[];
  added: AddedTracks;
};

export function createAssetTracks(options: AssetTracksOptions): AssetTracks {
  const { assets, clock, events, logger, reader } = options;
  /** By asset id: a name may be used again. */
  const states = new Map<string, State>();
  const shown = new WeakMap<Presentation, Presentation>();

  function stateOf(name: string): State {
    const { assetId } = assets.get(name);
    const folder = assets.folderOf(name);
    const found = states.get(assetId) ?? {
      ...{ folder, serial: createSerial(), opening: createSerial() },
      ...{ stored: NONE, opened: new Map(), openedOf: NONE },
      added: { folder: tracksFolder(folder), sounds: [], texts: [], revision: 0 },
    };
    states.set(assetId, found);
    return found;
  }

  /** Throws `archive/damaged`. */
  function storedOf(name: string): readonly StoredTrack[] {
    const { stored } = stateOf(name);
    if (stored === undefined) {
      throw new AppError('archive/damaged', `The added tracks of ${assets.get(name).title} cannot be read.`, {
        details: { asset: name },
      });
    }
    return stored;
  }

  function find(name: string, track: string): StoredTrack {
    const found = storedOf(name).find((one) => one.name === track);
    if (found === undefined) {
      if (assets.get(name).tracks.some(({ id }) => id === track)) {
        throw new AppError(
          'resource/immutable',
          `The track ${track} was recorded; only added tracks can be changed.`,
          {
            details: { asset: name, track },
          },
        );
      }
      throw new AppError('resource/not-found', `The asset has no track ${track}.`, {
        details: { asset: name, track },
      });
    }
    return found;
  }

  /** Throws `resource/wrong-state` unless the asset holds a finished recording. */
  function checkFinished(name: string): Asset {
    const found = assets.get(name);
    const { state, title } = found;
    if (state !== 'ready' && state !== 'damaged') {
      const why = state === 'empty' ? 'holds no recording' : 'is still being recorded';
      throw new AppError(
        'resource/wrong-state',
        `The asset ${title} ${why}; tracks are added to finished recordings only. Nothing was changed.`,
        { details: { asset: name, state } },
      );
    }
    return found;
  }

  function checkFree(name: string, track: string): void {
    const { tracks } = assets.get(name);
    // A recorded track is addressed by what stands before the bit rate of its id.
    const isTaken =
      storedOf(name).some((one) => one.name === track) ||
      tracks.some(({ id, kind }) => id === track || id.replace(/_\d+$/, '') === track || kind === track);
    if (isTaken) {
      throw new AppError('resource/exists', `There is already a track ${track}. Nothing was changed.`, {
        details: { asset: name, track },
      });
    }
  }

  async function open(state: State): Promise<void> {
    if (state.openedOf !== (state.stored ?? NONE)) {
      await state.opening.run(() => openChanged(state));
    }
  }

  async function openChanged(state: State): Promise<void> {
    const { stored = NONE, opened: before } = state;
    const opened = new Map<string, OpenTrack | AppError>();
    for (const one of stored) {
      const kept = state.openedOf.includes(one) ? before.get(one.id) : undefined;
      opened.set(one.id, kept ?? (await openOrFail(state.folder, one)));
    }
    const all = [...opened.values()].flatMap((one) => (one instanceof AppError ? [] : [one]));
    state.opened = opened;
    state.openedOf = stored;
    state.added = {
      folder: state.added.folder,
      sounds: all.filter((one) => one.kind === 'audio'),
      texts: all.flatMap((one) => (one.kind === 'text' ? [one.text] : [])),
      revision: state.added.revision + 1,
    };
  }

  async function openOrFail(folder: string, stored: StoredTrack): Promise<OpenTrack | AppError> {
    try {
      return await openTrack(folder, stored);
    } catch (error) {
      logger.error({ folder, track: stored.name, error }, 'an added track cannot be played');
      return toAppError(error);
    }
  }

  function describe(name: string, stored: StoredTrack): Track {
    const { id, kind, format, languageCode, bitrate, fileName, displayName, playerVisibility, created } = stored;
    const opened = stateOf(name).opened.get(id);
    const failure = opened instanceof AppError ? opened.message : undefined;
    const sound =
      opened !== undefined && !(opened instanceof AppError) && opened.kind === 'audio' ? opened : undefined;
    const remark = failure ?? stored.remark;
    return {
      '@odata.type': kind === 'text' ? '#Microsoft.Media.TextTrack' : '#Microsoft.Media.AudioTrack',
      ...{ name: stored.name, id: stored.name, kind, bitrate, language: languageCode, languageCode },
      codec: sound?.window.track.codec ?? { vtt: 'wvtt', ttml: 'stpp.ttml.im1t', aac: 'mp4a.40.2' }[format],
      ...(sound?.window.track.kind === 'audio'
        ? { sampleRate: sound.window.track.sampleRate, channels: sound.window.track.channels }
        : {}),
      ...{ fileName, displayName, playerVisibility, size: stored.size, created },
      hlsSettings: stored.hlsSettings,
      dashSettings: stored.dashSettings,
      provisioningState: failure === undefined ? 'Succeeded' : 'Failed',
      ...(remark === undefined ? {} : { remark }),
    };
  }

  async function commit(name: string, state: State, tracks: readonly StoredTrack[]): Promise<void> {
    try {
      await writeTracks(state.folder, tracks);
    } catch (error) {
      throw diskError(error, state.folder);
    }
    state.stored = tracks;
    await open(state);
    events.publish('Lectern.AssetChanged', `asset/${name}`, assets.get(name));
  }

  /** Everything up to the point where the track begins to be there. */
  async function prepare(
    name: string,
    track: string,
    settings: TrackUpload,
    upload: { readonly id: string; readonly folder: string; readonly body: AsyncIterable<Uint8Array> },
  ): Promise<StoredTrack> {
    const { id, folder } = upload;
    const taken = await takeFile(folder, upload.body);
    const fileName = await nameFile(folder, taken, track, settings.fileName);
    const facts = await inspect(name, id, { ...taken, path: join(folder, fileName) });
    return {
      ...{ id, name: track, kind: taken.format === 'aac' ? 'audio' : 'text', format: taken.format, fileName },
      displayName: settings.displayName ?? track,
      languageCode: settings.languageCode ?? facts.language,
      playerVisibility: settings.playerVisibility ?? 'Visible',
      hlsSettings: {
        default: settings.hlsDefault === 'true',
        forced: settings.hlsForced === 'true',
        characteristics: settings.hlsCharacteristics ?? '',
      },
      dashSettings: settings.dashRole === undefined ? {} : { role: settings.dashRole },
      ...{ bitrate: facts.bitrate, size: taken.size },
      ...(facts.remark === undefined ? {} : { remark: facts.remark }),
      created: new Date(clock.wallMs()).toISOString(),
    };
  }

  async function inspect(
    name: string,
    id: string,
    { path, format, size }: TakenFile,
  ): Promise<{ readonly language: string; readonly bitrate: number; readonly remark: string | undefined }> {
    if (format !== 'aac') {
      const { language, cues } = parseText(format, await readFile(path));
      const seconds = Math.max(1, assets.get(name).duration);
      const remark = cues.length === 0 ? 'There is no text in it.' : undefined;
      return { language: language ?? 'und', bitrate: Math.max(1, Math.ceil((size * 8) / seconds)), remark };
    }
    await using sound = await openSoundFile(path);
    const leader = (await assets.presentationOf(name))?.tracks()[0];
    if (leader === undefined) {
      throw new AppError('archive/damaged', 'The recording cannot be read, so that nothing can be fitted to it.', {
        details: { asset: name },
      });
    }
    const fitted = await fitSound({ sound, leader, folder: tracksFolder(assets.folderOf(name)), id });
    return {
      language: sound.description.language,
      bitrate: fitted.bitrate,
      remark: lengthRemark(fitted.seconds, fitted.recordingSeconds),
    };
  }

  async function takeTranscripts(name: string): Promise<void> {
    const state = stateOf(name);
    try {
      const transcripts = await readTranscripts(state.folder);
      const presentation = transcripts.length === 0 ? undefined : await assets.presentationOf(name);
      if (presentation === undefined) {
        return;
      }
      const created = new Date(clock.wallMs()).toISOString();
      await state.serial.run(async () => {
        // One that a crash kept from being removed has been taken already.
        const fresh = transcripts.filter((one) => !storedOf(name).some((track) => track.name === one.name));
        const tracks = await writeTranscripts(state.folder, presentation, fresh, created);
        await commit(name, state, [...storedOf(name), ...tracks]);
      });
      await removeTranscripts(state.folder);
    } catch (error) {
      logger.error({ asset: name, error }, 'what was understood of a recording could not be made a track of it');
    }
  }

  async function list(name: string): Promise<readonly Track[]> {
    const recorded = assets.get(name).tracks.map(describeRecorded);
    const added = storedOf(name);
    await open(stateOf(name));
    return [...recorded, ...added.map((one) => describe(name, one))];
  }

  return {
    list,
    async get(name, track) {
      const found = (await list(name)).find((one) => one.name === track);
      return found ?? describe(name, find(name, track));
    },
    async add(name, track, settings, body) {
      const { assetId } = checkFinished(name);
      checkFree(name, track);
      const state = stateOf(name);
      const id = `${track}-${randomUUID().slice(0, 8)}`;
      const folder = join(tracksFolder(state.folder), id);
      try {
        // Not with its parents: the asset's own folder is there, or it has been deleted meanwhile.
        await makeFolder(tracksFolder(state.folder));
        await makeFolder(folder);
        const stored = await prepare(name, track, settings, { id, folder, body });
        await state.serial.run(async () => {
          if (checkFinished(name).assetId !== assetId) {
            throw new AppError('resource/not-found', `The asset ${name} has been deleted.`, {
              details: { asset: name },
            });
          }
          checkFree(name, track);
          checkFileName(storedOf(name), stored.fileName);
          await commit(name, state, [...storedOf(name), stored]);
        });
        return describe(name, stored);
      } catch (error) {
        await reader.release(tracksFolder(state.folder));
        await rm(folder, { recursive: true, force: true });
        throw diskError(error, folder);
      }
    },
    async update(name, track, patch) {
      const state = stateOf(name);
      return await state.serial.run(async () => {
        const found = find(name, track);
        const changed = patched(found, patch);
        await commit(
          name,
          state,
          storedOf(name).map((one) => (one === found ? changed : one)),
        );
        return describe(name, changed);
      });
    },
    async remove(name, track) {
      const state = stateOf(name);
      await state.serial.run(async () => {
        const found = find(name, track);
        await commit(
          name,
          state,
          storedOf(name).filter((one) => one !== found),
        );
        await reader.release(tracksFolder(state.folder));
        try {
          await rm(join(tracksFolder(state.folder), found.id), { recursive: true, force: true });
          await rm(trackFile(state.folder, found), { force: true });
        } catch (error) {
          // It is no longer named, so the next start removes it.
          logger.error({ asset: name, track, error }, 'the files of a deleted track could not be removed');
        }
      });
    },
    async presentationOf(name) {
      const base = await assets.presentationOf(name);
      if (base === undefined) {
        return undefined;
      }
      const state = stateOf(name);
      await open(state);
      const known = shown.get(base) ?? withTracks(base, { added: () => state.added, reader });
      shown.set(base, known);
      return known;
    },
    filesOf(name) {
      const { stored = [], folder } = stateOf(name);
      return new Map(stored.map((one) => [one.fileName, trackFile(folder, one)]));
    },
    async recover() {
      for (const { name } of assets.list()) {
        const state = stateOf(name);
        try {
          state.stored = await readTracks(state.folder);
          const swept = await sweepTracks(state.folder, state.stored);
          if (swept.length > 0) {
            logger.warn({ asset: name, tracks: swept }, 'what was left of unfinished tracks was removed');
          }
        } catch (error) {
          state.stored = undefined;
          logger.error({ asset: name, error }, 'the added tracks of a recording cannot be read');
        }
        await takeTranscripts(name);
      }
    },
    takeTranscripts,
    forget(name) {
      states.delete(assets.get(name).assetId);
    },
  };
}

function describeRecorded(recorded: AssetTrack): Track {
  return {
    ...recorded,
    name: recorded.id,
    '@odata.type': recorded.kind === 'video' ? '#Microsoft.Media.VideoTrack' : '#Microsoft.Media.AudioTrack',
    languageCode: recorded.language,
    playerVisibility: 'Visible',
    provisioningState: 'Succeeded',
  };
}

function patched(found: StoredTrack, patch: TrackPatch): StoredTrack {
  const { hlsSettings = {}, dashSettings = {} } = patch;
  const role = dashSettings.role === undefined ? found.dashSettings.role : (dashSettings.role ?? undefined);
  return {
    ...found,
    displayName: patch.displayName ?? found.displayName,
    languageCode: patch.languageCode ?? found.languageCode,
    playerVisibility: patch.playerVisibility ?? found.playerVisibility,
    hlsSettings: {
      default: hlsSettings.default ?? found.hlsSettings.default,
      forced: hlsSettings.forced ?? found.hlsSettings.forced,
      characteristics: hlsSettings.characteristics ?? found.hlsSettings.characteristics,
    },
    dashSettings: role === undefined ? {} : { role },
  };
}

function checkFileName(tracks: readonly StoredTrack[], fileName: string): void {
  const other = tracks.find((one) => one.fileName.toLowerCase() === fileName.toLowerCase());
  if (other !== undefined) {
    throw new AppError(
      'resource/exists',
      `The track ${other.name} has a file ${other.fileName} already; give this one another fileName.`,
      { details: { field: 'fileName' } },
    );
  }
}

/** Less apart, it is the last frame of one that the other does not have. */
const SAME_LENGTH_SECONDS = 0.5;

function lengthRemark(seconds: number, recordingSeconds: number): string | undefined {
  const apart = seconds - recordingSeconds;
  if (Math.abs(apart) < SAME_LENGTH_SECONDS) {
    return undefined;
  }
  const what = apart > 0 ? 'longer than the recording; the rest is not played' : 'shorter than the recording';
  return `The sound is ${Math.abs(apart).toFixed(1)} s ${what}.`;
}

import { randomUUID } from 'node:crypto';
import { readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { Asset, ExportCreate, ExportJob, Marker } from '../../shared/api/assets.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { EventLog, ExportService } from '../ports/services.ts';
import type { CopyAsFiles, CutPresentation } from '../ports/static-files.ts';
import { chaptersOf } from './chapters.ts';
import type { DecodePoints } from './decode-points.ts';
import { targetExists } from './file-errors.ts';
import { findKeyFrames, foreseeExport, toMilliseconds } from './foresee-export.ts';
import { createJobRecords, type JobRecord } from './job-record.ts';
import { exists, type OpenFile, partPath } from './part-file.ts';
import { type ExportPlan, planExport } from './plan-export.ts';
import { produceFolder } from './produce-folder.ts';
import { type ProduceOptions, produceMatroska, produceMovie } from './produce-movie.ts';
import type { Remux } from './remux.ts';
import { checkSpace, type Space } from './space.ts';
import { chooseTarget } from './target.ts';

export type ExportsOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  /** Ours alone: finished files that nobody gave a place, and what is known of each job. Made when it is not there. */
  readonly folder: string;
  /** Throws `resource/not-found`. */
  readonly asset: (name: string) => Pick<Asset, 'name' | 'assetId' | 'title'>;
  /** They become chapters. */
  readonly markersOf?: (assetName: string) => readonly Marker[];
  /** Undefined while the asset is empty. */
  readonly presentationOf: (assetName: string) => Promise<Presentation | undefined>;
  readonly decode: DecodePoints;
  /** For Matroska. */
  readonly remux: Remux;
  /** For folders of HLS. */
  readonly cut: CutPresentation;
  readonly copy: CopyAsFiles;
  readonly space: Space;
  /** While it says yes, exports leave most of the disk's time to the recording. */
  readonly isLive: () => boolean;
  /** How the file is opened; for tests that play a disk that fails. */
  readonly openFile?: OpenFile;
};

export type Exports = ExportService &
  AsyncDisposable & {
    /** Whether an export reads the asset or waits to: then it must not be deleted. */
    isExporting(assetName: string): boolean;
    /** Finished files that nobody gave a place, by name; of two of one name the newer. */
    filesOf(assetName: string): ReadonlyMap<string, string>;
  };

/** Of the progress; the rest is the check. */
const WRITING_SHARE = 0.9;
const PUBLISH_EVERY_MS = 500;
/** Before that a rate says nothing. */
const ETA_AFTER_MS = 1000;

type Entry = {
  record: JobRecord;
  /** Undefined for one of an earlier run. */
  readonly plan: ExportPlan | undefined;
  readonly title: string;
  readonly abort: AbortController;
  readonly ended: PromiseWithResolvers<ExportJob>;
  publishedMs: number;
};

/**
 * The exports of all assets: one is written at a time, the others wait in line. What a crash left behind is cleared away before this resolves.
 *
 *     queued ──▶ writing ──▶ checking ──▶ done
 *        └──────────┴────────────┴──────▶ failed, cancelled
 */
export async function openExports(options: ExportsOptions): Promise<Exports> {
  const { clock, events, logger, folder } = options;
  const records = createJobRecords(folder);
  const entries = new Map<string, Entry>();
  const queue = createSerial();
  const cleaning = createSerial();
  let closing: Promise<void> | undefined;

  for (const record of await recover()) {
    entries.set(record.job.id, entryOf(record, undefined, ''));
  }
  const watching = events.published.on(({ eventType, subject }) => {
    if (eventType === 'Lectern.AssetDeleted') {
      void cleaning.run(async () => await forgetAsset(subject.slice('asset/'.length)));
    }
  });

  /** Makes the folder agree with itself: unfinished files go, and so does what belongs to no job or to no asset. */
  async function recover(): Promise<readonly JobRecord[]> {
    const kept: JobRecord[] = [];
    for (const record of await records.load()) {
      const next = await recoverOne(record);
      if (next === undefined) {
        await records.remove(record.job.id);
      } else {
        kept.push(next);
      }
    }
    const known = new Set(kept.flatMap(({ job, target }) => [join(folder, `${job.id}.json`), target]));
    for (const name of await readdir(folder)) {
      if (!known.has(join(folder, name))) {
        await rm(join(folder, name), { recursive: true, force: true });
      }
    }
    return kept;
  }

  async function recoverOne(record: JobRecord): Promise<JobRecord | undefined> {
    const { job, assetId, part, target, isOurs } = record;
    if (isUnfinished(job)) {
      logger.warn(
        { export: job.id, asset: job.asset, part },
        'an export was cut off; what there is of it is removed',
      );
      if (part === partPath(target, job.id)) {
        await rm(part, { recursive: true, force: true });
      }
      const { eta, ...rest } = job;
      const error = problemOf(
        new AppError('service/closing', 'Lectern ended before the export did. Export it again.'),
      );
      const ended = { ...record, job: { ...rest, state: 'failed' as const, error } };
      await records.save(ended);
      return isCurrent(job.asset, assetId) ? ended : undefined;
    }
    const isThere = job.state !== 'done' || !isOurs || (await exists(target));
    return isThere && isCurrent(job.asset, assetId) ? record : undefined;
  }

  function isCurrent(assetName: string, assetId: string): boolean {
    try {
      return options.asset(assetName).assetId === assetId;
    } catch {
      return false;
    }
  }

  async function presentationOf(assetName: string): Promise<Presentation> {
    const { title } = options.asset(assetName);
    const presentation = await options.presentationOf(assetName);
    if (presentation === undefined) {
      throw new AppError('archive/empty', `The recording ${title} has no media yet.`, {
        details: { asset: assetName },
      });
    }
    return presentation;
  }

  function jobsOf(assetName: string): readonly Entry[] {
    const { assetId } = options.asset(assetName);
    return [...entries.values()].filter(({ record }) => record.assetId === assetId);
  }

  function find(assetName: string, id: string): Entry {
    const entry = jobsOf(assetName).find(({ record }) => record.job.id === id);
    if (entry === undefined) {
      throw new AppError('resource/not-found', `The asset ${assetName} has no export ${id}.`, {
        details: { asset: assetName, export: id },
      });
    }
    return entry;
  }

  /** Changes what is known of a job. Progress alone is told twice a second at most. */
  function update(entry: Entry, patch: Partial<ExportJob>): void {
    const { eta, ...before } = entry.record.job;
    const job: ExportJob = { ...before, ...patch };
    const isNews = job.state !== before.state;
    entry.record = { ...entry.record, job };
    if (isNews || clock.monotonicMs() - entry.publishedMs >= PUBLISH_EVERY_MS) {
      entry.publishedMs = clock.monotonicMs();
      events.publish('Lectern.ExportChanged', `asset/${job.asset}/exports/${job.id}`, job);
    }
  }

  async function finish(entry: Entry, patch: Partial<ExportJob>): Promise<void> {
    update(entry, patch);
    const { record } = entry;
    try {
      await records.save(record);
    } catch (error) {
      logger.warn(
        { export: record.job.id, error },
        'the end of an export could not be noted; a restart forgets it',
      );
    }
    entry.ended.resolve(record.job);
  }

  async function run(entry: Entry): Promise<void> {
    const { plan, abort, title } = entry;
    if (entry.record.job.state !== 'queued' || plan === undefined) {
      return;
    }
    const { signal } = abort;
    const beganMs = clock.monotonicMs();
    const { target, part } = entry.record;
    try {
      update(entry, { state: 'writing' });
      const size = await produce(entry.record.job, {
        ...options,
        plan,
        title,
        chapters: chaptersOf(options.markersOf?.(entry.record.job.asset) ?? [], plan, title),
        target,
        part,
        signal,
        onProgress(bytesDone) {
          const done = Math.min(1, bytesDone / Math.max(1, plan.bytes));
          const elapsedMs = clock.monotonicMs() - beganMs;
          const eta =
            elapsedMs < ETA_AFTER_MS ? {} : { eta: Math.round((elapsedMs * (1 - done)) / done / 100) / 10 };
          update(entry, { progress: Math.max(entry.record.job.progress, WRITING_SHARE * done), ...eta });
        },
        onChecking: () => update(entry, { state: 'checking', progress: WRITING_SHARE }),
      });
      await finish(entry, { state: 'done', progress: 1, size });
    } catch (error) {
      await fail(entry, error);
    }
  }

  async function produce({ id, format }: ExportJob, made: ProduceOptions): Promise<number> {
    switch (format) {
      case 'mp4':
      case 'm4a':
        return await produceMovie(made);
      case 'mkv':
        return await produceMatroska({ ...made, remux: options.remux, scratch: join(folder, `${id}.mp4.part`) });
      case 'hls':
        return await produceFolder({ ...made, cut: options.cut, copy: options.copy });
    }
  }

  async function fail(entry: Entry, error: unknown): Promise<void> {
    const { job } = entry.record;
    // While it is being stopped, whatever fails fails because of that.
    const reason = toAppError(entry.abort.signal.aborted ? entry.abort.signal.reason : error);
    if (reason.code === 'export/cancelled') {
      await finish(entry, { state: 'cancelled' });
      return;
    }
    logger.error({ export: job.id, asset: job.asset, error: reason }, 'an export failed');
    await finish(entry, { state: 'failed', error: problemOf(reason) });
  }

  /** Stops one that has not ended; resolves when nothing of it is left. */
  async function stop(entry: Entry, reason: AppError): Promise<void> {
    const isWaiting = entry.record.job.state === 'queued';
    entry.abort.abort(reason);
    if (isWaiting) {
      await fail(entry, reason);
    }
    await entry.ended.promise;
  }

  async function forget({ record: { job, target, isOurs } }: Entry): Promise<void> {
    entries.delete(job.id);
    if (isOurs) {
      await rm(target, { recursive: true, force: true });
    }
    await records.remove(job.id);
    events.publish('Lectern.ExportDeleted', `asset/${job.asset}/exports/${job.id}`, {
      asset: job.asset,
      id: job.id,
    });
  }

  async function forgetAsset(assetName: string): Promise<void> {
    for (const entry of [...entries.values()]) {
      const { job, assetId } = entry.record;
      if (job.asset === assetName && !isUnfinished(job) && !isCurrent(assetName, assetId)) {
        await forget(entry);
      }
    }
  }

  async function close(): Promise<void> {
    watching[Symbol.dispose]();
    const reason = new AppError(
      'service/closing',
      'Lectern was closed before the export was complete. Export it again.',
    );
    const unfinished = [...entries.values()].filter(({ record }) => isUnfinished(record.job));
    await Promise.all(unfinished.map(async (entry) => await stop(entry, reason)));
    await queue.idle();
    await cleaning.idle();
  }

  return {
    isExporting: (assetName) =>
      [...entries.values()].some(({ record: { job } }) => job.asset === assetName && isUnfinished(job)),
    filesOf: (assetName) =>
      new Map(
        jobsOf(assetName)
          // Viewers may download these: no folders, and none with sound that was not for them.
          .filter(
            ({ record: { job, isOurs } }) =>
              job.state === 'done' && isOurs && job.format !== 'hls' && job.sound === undefined,
          )
          .map(({ record: { job, target } }) => [job.fileName, target]),
      ),
    list: (assetName) =>
      jobsOf(assetName)
        .map(({ record }) => record.job)
        .toReversed(),
    get: (assetName, id) => find(assetName, id).record.job,
    plan: async (assetName, request) => await foreseeExport(await presentationOf(assetName), request),
    keyFrames: async (assetName, query) => await findKeyFrames(await presentationOf(assetName), query),
    async create(assetName, request) {
      const { assetId, title } = options.asset(assetName);
      const plan = await planExport(await presentationOf(assetName), request);
      const id = randomUUID();
      const sound = request.sound === 'programme' ? undefined : request.sound;
      const target = await chooseTarget(request, { folder, id, title: fileTitle(title, plan, sound) });
      await checkSpace(options.space, dirname(target.path), plan.bytes);
      // From here to where the entry is there nothing waits: the asset is there, the place is free, and both stay so.
      if (closing !== undefined) {
        throw new AppError('service/closing', 'Lectern is closing.');
      }
      if (!isCurrent(assetName, assetId)) {
        throw new AppError('resource/not-found', `The asset ${title} was deleted.`, {
          details: { asset: assetName },
        });
      }
      const unfinished = [...entries.values()].filter(({ record }) => isUnfinished(record.job));
      if (unfinished.some(({ record }) => record.target === target.path)) {
        throw targetExists(target.path);
      }
      const job: ExportJob = {
        id,
        asset: assetName,
        format: request.format,
        quality: plan.quality,
        ...(sound === undefined ? {} : { sound }),
        state: 'queued',
        progress: 0,
        created: new Date(clock.wallMs()).toISOString(),
        start: toMilliseconds(plan.start),
        end: toMilliseconds(plan.end),
        fileName: target.fileName,
        ...(target.isOurs ? {} : { path: target.path }),
      };
      const part = partPath(target.path, id);
      const record = { job, assetId, target: target.path, part, isOurs: target.isOurs };
      const entry = entryOf(record, plan, title);
      entries.set(id, entry);
      try {
        await records.save(record);
      } catch (error) {
        entries.delete(id);
        throw new AppError('export/target-unwritable', `The folder ${folder} cannot be written.`, {
          details: { path: folder },
          cause: error,
        });
      }
      events.publish('Lectern.ExportChanged', `asset/${assetName}/exports/${id}`, job);
      void queue.run(async () => await run(entry));
      return entry.record.job;
    },
    async cancel(assetName, id) {
      const entry = find(assetName, id);
      if (isUnfinished(entry.record.job)) {
        await stop(entry, new AppError('export/cancelled', 'The export was cancelled.'));
      } else {
        await forget(entry);
      }
    },
    file(assetName, id) {
      const { job, target } = find(assetName, id).record;
      if (job.state !== 'done') {
        throw new AppError('resource/wrong-state', `The export is ${job.state}: there is no file.`, {
          details: { export: id, state: job.state },
        });
      }
      return target;
    },
    async ended(assetName, id) {
      const entry = find(assetName, id);
      return isUnfinished(entry.record.job) ? await entry.ended.promise : entry.record.job;
    },
    async [Symbol.asyncDispose]() {
      closing ??= close();
      await closing;
    },
  };
}

function entryOf(record: JobRecord, plan: ExportPlan | undefined, title: string): Entry {
  return {
    record,
    plan,
    title,
    abort: new AbortController(),
    ended: Promise.withResolvers(),
    publishedMs: Number.NEGATIVE_INFINITY,
  };
}

/** A separate track is called after its source, so that several of one recording are told apart. */
function fileTitle(title: string, { tracks: [{ track }] }: ExportPlan, sound: ExportCreate['sound']): string {
  return sound === undefined || sound === 'all' ? title : `${title} - ${track.separate?.label ?? sound}`;
}

function isUnfinished({ state }: ExportJob): boolean {
  return state === 'queued' || state === 'writing' || state === 'checking';
}

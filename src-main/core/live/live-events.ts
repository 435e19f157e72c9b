import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import type { LiveEvent, LiveEventState, LiveOutput } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';
import { formatIsoDuration, parseIsoDuration } from '../../shared/iso-duration.ts';
import type { AssetLedger } from '../ports/archive.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Feed, OpenFeed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { EventLog, LiveEventService } from '../ports/services.ts';
import type { OpenChunkStore, SegmentReader } from '../ports/store.ts';
import { createEventSession, type EventSession, type OutputSession } from './event-session.ts';
import { beginAction } from './state-machine.ts';

export type LiveEventsOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly eventRows: Repository<LiveEvent>;
  readonly outputRows: Repository<StoredOutput>;
  readonly assets: AssetLedger;
  readonly openStore: OpenChunkStore;
  readonly reader: SegmentReader;
  /** What feeds an event of each input protocol. */
  readonly feeds: Readonly<Record<'Studio', OpenFeed>>;
  /** How previews are addressed; for the resource's `preview.endpoints`. */
  readonly originUrl: () => string;
  readonly limits: { readonly liveEvents: number; readonly outputsPerEvent: number };
};

/** A live output's row; outputs of all events share a table, so the event is part of it. */
export type StoredOutput = LiveOutput & { readonly liveEvent: string };

export type LiveEvents = LiveEventService &
  AsyncDisposable & {
    /** The preview of a running event. */
    previewOf(previewLocator: string): Presentation | undefined;
    /** Resolves with the first chunk of a running event. */
    begun(name: string): Promise<void>;
    /** What a live output shows. */
    presentationOf(name: string, output: string): Presentation | undefined;
  };

type Runtime = {
  readonly session: EventSession;
  readonly feed: Feed;
  readonly outputs: Map<string, OutputSession>;
};

/** AMS's default (spec 2.3). */
const KEY_FRAME_INTERVAL_SECONDS = 2;
const PART_SECONDS = 0.2134;

export function createLiveEvents(options: LiveEventsOptions): LiveEvents {
  const { clock, events, eventRows, outputRows, logger } = options;
  const runtimes = new Map<string, Runtime>();
  recoverRows();

  /** A run that was cut off has left states behind that nothing stands for any more. */
  function recoverRows(): void {
    for (const event of eventRows.list()) {
      if (event.resourceState !== 'Stopped') {
        eventRows.put(event.name, { ...event, resourceState: 'Stopped', provisioningState: 'Succeeded' });
      }
    }
    for (const output of outputRows.list()) {
      outputRows.delete(keyOf(output.liveEvent, output.name));
    }
  }

  const now = (): string => new Date(clock.wallMs()).toISOString();

  function get(name: string): LiveEvent {
    const event = eventRows.get(name);
    if (event === undefined) {
      throw new AppError('resource/not-found', `There is no live event ${name}.`, {
        details: { liveEvent: name },
      });
    }
    return event;
  }

  function save(event: LiveEvent): LiveEvent {
    eventRows.put(event.name, event);
    events.publish('Lectern.LiveEventChanged', `liveEvent/${event.name}`, event);
    return event;
  }

  function setState(name: string, resourceState: LiveEventState): LiveEvent {
    return save({ ...get(name), resourceState, lastModified: now() });
  }

  function storedOutput(name: string, output: string): StoredOutput {
    get(name);
    const stored = outputRows.get(keyOf(name, output));
    if (stored === undefined) {
      throw new AppError('resource/not-found', `The live event ${name} has no live output ${output}.`, {
        details: { liveEvent: name, liveOutput: output },
      });
    }
    return stored;
  }

  function outputsOf(name: string): readonly StoredOutput[] {
    return outputRows.list().filter((output) => output.liveEvent === name);
  }

  function saveOutput(stored: StoredOutput): LiveOutput {
    outputRows.put(keyOf(stored.liveEvent, stored.name), stored);
    const { liveEvent, ...output } = stored;
    events.publish('Lectern.LiveOutputChanged', `liveEvent/${liveEvent}/liveOutput/${output.name}`, output);
    return output;
  }

  async function open(event: LiveEvent): Promise<void> {
    const lowLatency = event.streamOptions.some((option) => option !== 'Default');
    const session = createEventSession({
      eventId: event.name,
      segmentSeconds: parseIsoDuration(event.input.keyFrameIntervalDuration) ?? KEY_FRAME_INTERVAL_SECONDS,
      partSeconds: lowLatency ? PART_SECONDS : undefined,
      epochOffsetMs: 0,
      clock,
      logger: logger.child({ liveEvent: event.name }),
      openStore: options.openStore,
      reader: options.reader,
      assets: options.assets,
      onGap(trackId, seconds, gap) {
        events.publish('Microsoft.Media.LiveEventTrackDiscontinuityDetected', `liveEvent/${event.name}`, {
          trackName: trackId,
          previousTimestamp: String(gap.previousTimestamp),
          newTimestamp: String(gap.newTimestamp),
          discontinuityGap: String(gap.newTimestamp - gap.previousTimestamp),
          timescale: String(gap.timescale),
          seconds,
        });
      },
      onDropped(trackId, decodeTime, timescale, reason) {
        events.publish('Microsoft.Media.LiveEventIncomingDataChunkDropped', `liveEvent/${event.name}`, {
          trackName: trackId,
          timestamp: String(decodeTime),
          timescale: String(timescale),
          resultCode: reason === 'overlap' ? 'FragmentDrop_OverlapTimestamp' : 'FragmentDrop_NoKeyFrame',
        });
      },
    });
    const feed = await options.feeds.Studio({
      liveEvent: event.name,
      input: session.input,
      onFailed(error) {
        logger.error({ liveEvent: event.name, error }, 'the feed of a live event failed');
        events.publish('Lectern.Problem', `liveEvent/${event.name}`, { code: error.code, detail: error.message });
      },
    });
    runtimes.set(event.name, { session, feed, outputs: new Map() });
  }

  async function close(name: string): Promise<void> {
    const runtime = runtimes.get(name);
    if (runtime === undefined) {
      return;
    }
    await runtime.feed.stop();
    await runtime.session.end();
    runtimes.delete(name);
    for (const output of outputsOf(name)) {
      forgetOutput(name, output.name);
    }
  }

  function forgetOutput(name: string, output: string): void {
    outputRows.delete(keyOf(name, output));
    events.publish('Lectern.LiveOutputDeleted', `liveEvent/${name}/liveOutput/${output}`, {
      liveEvent: name,
      name: output,
    });
  }

  async function start(name: string): Promise<LiveEvent> {
    const event = get(name);
    const through = beginAction(name, event.resourceState, 'start');
    setState(name, through);
    try {
      await open(event);
    } catch (error) {
      setState(name, 'Stopped');
      throw error;
    }
    return setState(name, 'Running');
  }

  async function endOutput(name: string, output: string): Promise<void> {
    const stored = storedOutput(name, output);
    saveOutput({ ...stored, resourceState: 'Deleting', lastModified: now() });
    await runtimes.get(name)?.outputs.get(output)?.end();
    runtimes.get(name)?.outputs.delete(output);
    forgetOutput(name, output);
  }

  return {
    list: () => eventRows.list(),
    get,
    async create(name, request, { autoStart }) {
      if (eventRows.get(name) !== undefined) {
        throw new AppError('resource/exists', `There is already a live event ${name}. Nothing was changed.`, {
          details: { liveEvent: name },
        });
      }
      if (eventRows.list().length >= options.limits.liveEvents) {
        throw new AppError(
          'resource/quota',
          `There are ${options.limits.liveEvents} live events already; delete one first.`,
          { details: { quota: options.limits.liveEvents } },
        );
      }
      const previewLocator = (request.preview?.previewLocator ?? randomUUID()).toLowerCase();
      const created = now();
      save({
        name,
        description: request.description ?? '',
        tags: request.tags ?? {},
        created,
        lastModified: created,
        provisioningState: 'Succeeded',
        resourceState: 'Stopped',
        input: {
          streamingProtocol: request.input.streamingProtocol,
          accessToken: request.input.accessToken ?? randomUUID(),
          keyFrameIntervalDuration:
            request.input.keyFrameIntervalDuration ?? formatIsoDuration(KEY_FRAME_INTERVAL_SECONDS),
          endpoints: [],
        },
        preview: {
          previewLocator,
          endpoints: [
            {
              protocol: 'Hls',
              url: `${options.originUrl()}/${previewLocator}/preview.ism/manifest(format=m3u8-cmaf)`,
            },
          ],
        },
        encoding: { encodingType: 'PassthroughStandard' },
        streamOptions: request.streamOptions ?? ['Default'],
      });
      return autoStart ? await start(name) : get(name);
    },
    async update(name, patch) {
      const event = get(name);
      return await Promise.resolve(
        save({
          ...event,
          description: patch.description ?? event.description,
          tags: patch.tags ?? event.tags,
          lastModified: now(),
        }),
      );
    },
    start,
    async stop(name, { removeOutputsOnStop }) {
      const event = get(name);
      const through = beginAction(name, event.resourceState, 'stop');
      const outputs = outputsOf(name);
      if (outputs.length > 0 && !removeOutputsOnStop) {
        throw new AppError(
          'resource/in-use',
          `The live event ${name} still has live outputs (${outputs.map((output) => output.name).join(', ')}). Delete them first, or stop with removeOutputsOnStop. Nothing was changed.`,
          { details: { liveEvent: name, outputs: outputs.map((output) => output.name) } },
        );
      }
      setState(name, through);
      await close(name);
      return setState(name, 'Stopped');
    },
    async reset(name) {
      const event = get(name);
      setState(name, beginAction(name, event.resourceState, 'reset'));
      await close(name);
      setState(name, 'Stopped');
      return await start(name);
    },
    async delete(name) {
      const event = get(name);
      setState(name, beginAction(name, event.resourceState, 'delete'));
      eventRows.delete(name);
      events.publish('Lectern.LiveEventDeleted', `liveEvent/${name}`, { name });
      await Promise.resolve();
    },
    listOutputs(name) {
      get(name);
      return outputsOf(name).map(({ liveEvent, ...output }) => output);
    },
    getOutput(name, output) {
      const { liveEvent, ...found } = storedOutput(name, output);
      return found;
    },
    async createOutput(name, output, request) {
      const event = get(name);
      const runtime = runtimes.get(name);
      if (event.resourceState !== 'Running' || runtime === undefined) {
        throw new AppError(
          'resource/wrong-state',
          `The live event ${name} is ${event.resourceState}; a live output can be created only while it is Running.`,
          { details: { liveEvent: name, state: event.resourceState } },
        );
      }
      if (outputRows.get(keyOf(name, output)) !== undefined) {
        throw new AppError('resource/exists', `The live event ${name} has a live output ${output} already.`, {
          details: { liveEvent: name, liveOutput: output },
        });
      }
      if (outputsOf(name).length >= options.limits.outputsPerEvent) {
        throw new AppError(
          'resource/quota',
          `The live event ${name} has ${options.limits.outputsPerEvent} live outputs already; delete one first.`,
          { details: { liveEvent: name, quota: options.limits.outputsPerEvent } },
        );
      }
      const archiveSeconds = parseIsoDuration(request.archiveWindowLength) ?? 0;
      const rewindSeconds =
        parseIsoDuration(request.rewindWindowLength ?? request.archiveWindowLength) ?? archiveSeconds;
      if (rewindSeconds > archiveSeconds) {
        throw new AppError(
          'request/invalid',
          `rewindWindowLength (${String(request.rewindWindowLength)}) is longer than archiveWindowLength (${request.archiveWindowLength}).`,
          { details: { field: 'rewindWindowLength' } },
        );
      }
      const manifestName = request.manifestName ?? randomUUID();
      const created = now();
      const stored: StoredOutput = {
        liveEvent: name,
        name: output,
        description: request.description ?? '',
        assetName: request.assetName,
        archiveWindowLength: request.archiveWindowLength,
        ...(request.rewindWindowLength === undefined ? {} : { rewindWindowLength: request.rewindWindowLength }),
        manifestName,
        created,
        lastModified: created,
        provisioningState: 'InProgress',
        resourceState: 'Creating',
      };
      const session = await runtime.session.addOutput({
        name: output,
        assetName: request.assetName,
        manifestName,
        archiveSeconds,
        rewindSeconds,
      });
      runtime.outputs.set(output, session);
      return saveOutput({ ...stored, provisioningState: 'Succeeded', resourceState: 'Running' });
    },
    deleteOutput: endOutput,
    previewOf(previewLocator) {
      const wanted = previewLocator.toLowerCase();
      const event = eventRows.list().find((candidate) => candidate.preview.previewLocator === wanted);
      return event === undefined ? undefined : runtimes.get(event.name)?.session.preview;
    },
    begun: (name) => runtimes.get(name)?.session.begun ?? Promise.reject(new Error(`${name} is not running`)),
    presentationOf: (name, output) => runtimes.get(name)?.outputs.get(output)?.presentation,
    async [Symbol.asyncDispose]() {
      for (const name of [...runtimes.keys()]) {
        await close(name);
        setState(name, 'Stopped');
      }
    },
  };
}

function keyOf(liveEvent: string, output: string): string {
  return `${liveEvent}/${output}`;
}

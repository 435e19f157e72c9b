import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { createSerial, type Serial } from '../../base/serial.ts';
import type { LiveEvent, LiveEventState, LiveOutput, LiveOutputCreate } from '../../shared/api/live-events.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { formatIsoDuration, parseIsoDuration } from '../../shared/iso-duration.ts';
import type { AssetLedger } from '../ports/archive.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Feed, OpenFeed } from '../ports/feed.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { EventLog, LiveEventService } from '../ports/services.ts';
import type { OpenChunkStore, SegmentReader } from '../ports/store.ts';
import { createEventSession, type EventSession, type OutputSession } from './event-session.ts';
import { beginAction, checkUpdatable } from './state-machine.ts';

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
  const serials = new Map<string, Serial>();
  recoverRows();

  /** One action at a time on an event and its outputs (spec 1): each sees the state that the one before has left. */
  function run<T>(name: string, action: () => Promise<T>): Promise<T> {
    const serial = serials.get(name) ?? createSerial();
    serials.set(name, serial);
    return serial.run(action);
  }

  /** A run that was cut off has left states behind that nothing stands for any more. */
  function recoverRows(): void {
    for (const event of eventRows.list()) {
      if (event.resourceState !== 'Stopped') {
        eventRows.keep(event.name, { ...event, resourceState: 'Stopped', provisioningState: 'Succeeded' });
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

  function tell(event: LiveEvent): LiveEvent {
    events.publish('Lectern.LiveEventChanged', `liveEvent/${event.name}`, event);
    return event;
  }

  function save(event: LiveEvent): LiveEvent {
    eventRows.put(event.name, event);
    return tell(event);
  }

  function setState(name: string, resourceState: LiveEventState): LiveEvent {
    const event = { ...get(name), resourceState, lastModified: now() };
    eventRows.keep(name, event);
    return tell(event);
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
    outputRows.keep(keyOf(stored.liveEvent, stored.name), stored);
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

  /** Ends a run, whatever of it fails: a feed that cannot be stopped must not keep the recordings from being finished. */
  async function close(name: string): Promise<void> {
    const runtime = runtimes.get(name);
    if (runtime === undefined) {
      return;
    }
    for (const end of [() => runtime.feed.stop(), () => runtime.session.end()]) {
      try {
        await end();
      } catch (error) {
        logger.error({ liveEvent: name, error }, 'a live event did not end as it should');
        const { code, message } = toAppError(error);
        events.publish('Lectern.Problem', `liveEvent/${name}`, { code, detail: message });
      }
    }
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
    try {
      await runtimes.get(name)?.outputs.get(output)?.end();
    } finally {
      runtimes.get(name)?.outputs.delete(output);
      forgetOutput(name, output);
    }
  }

  async function stop(name: string, removeOutputsOnStop: boolean): Promise<LiveEvent> {
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
  }

  async function reset(name: string): Promise<LiveEvent> {
    setState(name, beginAction(name, get(name).resourceState, 'reset'));
    await close(name);
    setState(name, 'Stopped');
    return await start(name);
  }

  async function remove(name: string): Promise<void> {
    setState(name, beginAction(name, get(name).resourceState, 'delete'));
    eventRows.delete(name);
    serials.delete(name);
    events.publish('Lectern.LiveEventDeleted', `liveEvent/${name}`, { name });
    await Promise.resolve();
  }

  async function createOutput(name: string, output: string, request: LiveOutputCreate): Promise<LiveOutput> {
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
    const { archiveSeconds, rewindSeconds } = windowsOf(request);
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
    saveOutput(stored);
    try {
      const session = await runtime.session.addOutput({
        name: output,
        assetName: request.assetName,
        manifestName,
        archiveSeconds,
        rewindSeconds,
      });
      runtime.outputs.set(output, session);
    } catch (error) {
      forgetOutput(name, output);
      throw error;
    }
    return saveOutput({ ...stored, provisioningState: 'Succeeded', resourceState: 'Running' });
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
      return autoStart ? await run(name, () => start(name)) : get(name);
    },
    update: (name, patch) =>
      run(name, async () => {
        const event = get(name);
        checkUpdatable(name, event.resourceState);
        return await Promise.resolve(
          save({
            ...event,
            description: patch.description ?? event.description,
            tags: patch.tags ?? event.tags,
            lastModified: now(),
          }),
        );
      }),
    start: (name) => run(name, () => start(name)),
    stop: (name, { removeOutputsOnStop }) => run(name, () => stop(name, removeOutputsOnStop)),
    reset: (name) => run(name, () => reset(name)),
    delete: (name) => run(name, () => remove(name)),
    listOutputs(name) {
      get(name);
      return outputsOf(name).map(({ liveEvent, ...output }) => output);
    },
    getOutput(name, output) {
      const { liveEvent, ...found } = storedOutput(name, output);
      return found;
    },
    createOutput: (name, output, request) => run(name, () => createOutput(name, output, request)),
    deleteOutput: (name, output) => run(name, () => endOutput(name, output)),
    previewOf(previewLocator) {
      const wanted = previewLocator.toLowerCase();
      const event = eventRows.list().find((candidate) => candidate.preview.previewLocator === wanted);
      return event === undefined ? undefined : runtimes.get(event.name)?.session.preview;
    },
    begun: (name) => runtimes.get(name)?.session.begun ?? Promise.reject(new Error(`${name} is not running`)),
    presentationOf: (name, output) => runtimes.get(name)?.outputs.get(output)?.presentation,
    async [Symbol.asyncDispose]() {
      const names = eventRows.list().map(({ name }) => name);
      await Promise.all(
        names.map((name) =>
          run(name, async () => {
            if (runtimes.has(name)) {
              await close(name);
              setState(name, 'Stopped');
            }
          }),
        ),
      );
    },
  };
}

/** Lengths of the windows in seconds. Throws `request/invalid` when viewers could go back further than the archive does. */
function windowsOf(request: LiveOutputCreate): {
  readonly archiveSeconds: number;
  readonly rewindSeconds: number;
} {
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
  return { archiveSeconds, rewindSeconds };
}

function keyOf(liveEvent: string, output: string): string {
  return `${liveEvent}/${output}`;
}

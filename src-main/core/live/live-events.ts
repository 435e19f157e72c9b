import { randomUUID } from 'node:crypto';
import { createSerial, type Serial } from '../../base/serial.ts';
import type { IpAccessControl } from '../../shared/api/common.ts';
import type { LiveEvent, LiveEventState, LiveOutput, LiveOutputCreate } from '../../shared/api/live-events.ts';
import type { Settings } from '../../shared/api/settings.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { HeldFeed, HoldFeed, OpenEventFeed } from '../ports/feed.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { LiveEventService } from '../ports/services.ts';
import { createAdvertisements } from './advertisements.ts';
import { transcribeAnew } from './changeable-transcription.ts';
import { createdEvent, given, guidKey, patchedEvent, type ResourceRules } from './event-resource.ts';
import { type EventRun, type EventRunOptions, openEventRun, outputTracksOf, runOf } from './event-run.ts';
import type { Removal } from './event-session.ts';
import { watchIdleEvents } from './idle-events.ts';
import { createdOutput, outputLimitOf, outputQuota, type StoredOutput, windowsOf } from './output-resource.ts';
import { beginAction, checkRunning, checkUpdatable } from './state-machine.ts';
import { createThumbnail, type DrawPicture } from './thumbnail.ts';

export type { StoredOutput } from './output-resource.ts';

export type LiveEventsOptions = EventRunOptions & {
  readonly eventRows: Repository<LiveEvent>;
  readonly outputRows: Repository<StoredOutput>;
  /** Quotas, and when an event that nothing comes into is stopped; asked each time. */
  readonly service: () => Settings['service'];
  /** What feeds an event, chosen by its protocol and its kind of encoding. */
  readonly openFeed: OpenEventFeed;
  /** What StandBy holds ready; left out: nothing, and the start does all of it. */
  readonly holdFeed?: HoldFeed | undefined;
  /** Where encoders send to, with the access token inside. Asked whenever the resource is shown: ports may change between two runs. */
  readonly endpointsOf: (event: LiveEvent) => readonly { readonly protocol: string; readonly url: string }[];
  /** Whether those addresses may have names of their own; left out: they may not. */
  readonly hasOwnNames?: (() => boolean) | undefined;
  /** Where timed metadata are posted to; empty for protocols without (spec 2.13). */
  readonly timedMetadataEndpointsOf: (event: LiveEvent) => readonly { readonly url: string }[];
  /** How previews are addressed. */
  readonly originUrl: () => string;
  /** Throws `ingest/address-list-invalid` for a list that means nothing. */
  readonly checkAccessControl: (list: IpAccessControl) => void;
  /** Throws `request/invalid` or `encode/ladder-invalid` for a ladder that cannot be made. */
  readonly checkEncoding: (encoding: LiveEvent['encoding']) => void;
  readonly checkPreviewPolicy: ResourceRules['checkPreviewPolicy'];
  /** Manifests of a preview under a streaming policy, under none without one; relative to `preview.ism/`. */
  readonly previewPaths: (
    policy: string | undefined,
  ) => readonly { readonly protocol: string; readonly path: string }[];
  /** The JPEG of an asset. Throws `live/slate-invalid`, `resource/not-found`. See `createSlates`. */
  readonly readSlate: (assetName: string) => Promise<Uint8Array>;
  readonly drawPicture: DrawPicture;
};

export type EventPreview = { readonly event: LiveEvent; readonly presentation: Presentation };

export type LiveEvents = LiveEventService &
  AsyncDisposable & {
    /** The preview of a running event. */
    previewOf(previewLocator: string): EventPreview | undefined;
    /** Resolves with the first chunk of a running event. */
    begun(name: string): Promise<void>;
    /** Takes back what a running event has shown since a media time in ms; see `EventSession`. Throws `live/not-live`. */
    removeSince(name: string, fromMs: number): Removal;
    /** What a live output shows. */
    presentationOf(name: string, output: string): Presentation | undefined;
  };

export function createLiveEvents(options: LiveEventsOptions): LiveEvents {
  const { clock, events, eventRows, outputRows, logger, telemetry } = options;
  const runs = new Map<string, EventRun>();
  const held = new Map<string, HeldFeed>();
  const serials = new Map<string, Serial>();
  const advertisements = createAdvertisements({ clock, readSlate: options.readSlate });
  const thumbnail = createThumbnail(options.drawPicture);
  recoverRows();

  const now = (): string => new Date(clock.wallMs()).toISOString();
  const rules: ResourceRules = {
    ...options,
    now,
    newGuid: randomUUID,
    hasOwnNames: () => options.hasOwnNames?.() ?? false,
    hasRecogniser: () => options.service().transcription.command.length > 0,
  };

  /** One action at a time on an event and its outputs (spec 1): each sees the state that the one before has left. */
  function inTurn<T>(name: string, action: () => Promise<T>): Promise<T> {
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

  function stored(name: string): LiveEvent {
    const event = eventRows.get(name);
    if (event === undefined) {
      throw new AppError('resource/not-found', `There is no live event ${name}.`, {
        details: { liveEvent: name },
      });
    }
    return event;
  }

  /** With what is not kept: its addresses, because ports may be others at the next start, and what is over its programme now. */
  function shown(event: LiveEvent): LiveEvent {
    const metadata = options.timedMetadataEndpointsOf(event);
    const run = runs.get(event.name);
    const preview = `${options.originUrl()}/${event.preview.previewLocator}/preview.ism/`;
    return {
      ...event,
      ...given({ onAir: run === undefined ? undefined : advertisements.onAir(run) }),
      input: {
        ...event.input,
        endpoints: [...options.endpointsOf(event)],
        ...(metadata.length === 0 ? {} : { timedMetadataEndpoints: [...metadata] }),
      },
      preview: {
        ...event.preview,
        endpoints: options
          .previewPaths(event.preview.streamingPolicyName)
          .map(({ protocol, path }) => ({ protocol, url: `${preview}${path}` })),
      },
    };
  }

  function tell(event: LiveEvent): LiveEvent {
    const told = shown(event);
    events.publish('Lectern.LiveEventChanged', `liveEvent/${event.name}`, told);
    return told;
  }

  function save(event: LiveEvent): LiveEvent {
    eventRows.put(event.name, event);
    return tell(event);
  }

  function setState(name: string, resourceState: LiveEventState): LiveEvent {
    const event = { ...stored(name), resourceState, lastModified: now() };
    eventRows.keep(name, event);
    return tell(event);
  }

  function storedOutput(name: string, output: string): StoredOutput {
    stored(name);
    const found = outputRows.get(keyOf(name, output));
    if (found === undefined) {
      throw new AppError('resource/not-found', `The live event ${name} has no live output ${output}.`, {
        details: { liveEvent: name, liveOutput: output },
      });
    }
    return found;
  }

  function outputsOf(name: string): readonly StoredOutput[] {
    return outputRows.list().filter((output) => output.liveEvent === name);
  }

  function saveOutput(output: StoredOutput): LiveOutput {
    outputRows.keep(keyOf(output.liveEvent, output.name), output);
    const made = withoutEvent(output);
    events.publish('Lectern.LiveOutputChanged', `liveEvent/${output.liveEvent}/liveOutput/${output.name}`, made);
    return made;
  }

  function forgetOutput(name: string, output: string): void {
    outputRows.delete(keyOf(name, output));
    events.publish('Lectern.LiveOutputDeleted', `liveEvent/${name}/liveOutput/${output}`, {
      liveEvent: name,
      name: output,
    });
  }

  function running(name: string, action: string): { readonly event: LiveEvent; readonly run: EventRun } {
    const event = stored(name);
    checkRunning(name, event.resourceState, action);
    return { event, run: runOf(runs, name) };
  }

  /** Gives up what StandBy held. Never throws. */
  async function release(name: string): Promise<void> {
    const feed = held.get(name);
    held.delete(name);
    try {
      await feed?.[Symbol.asyncDispose]();
    } catch (error) {
      logger.error({ liveEvent: name, error }, 'what a live event held ready could not be given up');
    }
  }

  async function end(name: string, reason: Parameters<EventRun['end']>[0]): Promise<void> {
    const run = runs.get(name);
    await run?.end(reason);
    runs.delete(name);
    for (const output of run === undefined ? [] : outputsOf(name)) {
      forgetOutput(name, output.name);
    }
  }

  /** Goes through a state to another, or back to Stopped. */
  async function pass(
    name: string,
    through: LiveEventState,
    to: LiveEventState,
    step: () => Promise<void>,
  ): Promise<LiveEvent> {
    setState(name, through);
    try {
      await step();
    } catch (error) {
      setState(name, 'Stopped');
      throw error;
    }
    return setState(name, to);
  }

  async function allocate(name: string): Promise<LiveEvent> {
    const event = stored(name);
    return await pass(name, beginAction(name, event.resourceState, 'allocate'), 'StandBy', async () => {
      const feed = await options.holdFeed?.(event);
      if (feed !== undefined) {
        held.set(name, feed);
      }
    });
  }

  async function start(name: string): Promise<LiveEvent> {
    const event = stored(name);
    return await pass(name, beginAction(name, event.resourceState, 'start'), 'Running', async () => {
      const openFeed = held.get(name)?.open ?? options.openFeed;
      try {
        const slateName = event.encoding.slate?.defaultSlateAssetName;
        const slate = slateName === undefined ? undefined : await options.readSlate(slateName);
        runs.set(name, await openEventRun(event, openFeed, slate, options));
      } finally {
        await release(name);
      }
    });
  }

  async function stop(name: string, removeOutputsOnStop: boolean): Promise<LiveEvent> {
    const through = beginAction(name, stored(name).resourceState, 'stop');
    const outputs = outputsOf(name).map((output) => output.name);
    if (outputs.length > 0 && !removeOutputsOnStop) {
      throw new AppError(
        'resource/in-use',
        `The live event ${name} still has live outputs (${outputs.join(', ')}). Delete them first, or stop with removeOutputsOnStop. Nothing was changed.`,
        { details: { liveEvent: name, outputs } },
      );
    }
    return await pass(name, through, 'Stopped', async () => {
      await release(name);
      await end(name, 'MPI_REST_API_CHANNEL_STOP');
    });
  }

  async function reset(name: string): Promise<LiveEvent> {
    const through = beginAction(name, stored(name).resourceState, 'reset');
    await pass(name, through, 'Stopped', () => end(name, 'MPI_REST_API_CHANNEL_RESET'));
    return await start(name);
  }

  async function remove(name: string): Promise<void> {
    setState(name, beginAction(name, stored(name).resourceState, 'delete'));
    await release(name);
    eventRows.delete(name);
    serials.delete(name);
    telemetry.forget(name);
    events.publish('Lectern.LiveEventDeleted', `liveEvent/${name}`, { name });
  }

  async function createOutput(name: string, output: string, request: LiveOutputCreate): Promise<LiveOutput> {
    const { event, run } = running(name, 'creating a live output');
    if (outputRows.get(keyOf(name, output)) !== undefined) {
      throw new AppError('resource/exists', `The live event ${name} has a live output ${output} already.`, {
        details: { liveEvent: name, liveOutput: output },
      });
    }
    const limit = outputLimitOf(event, options.service().quotas.outputsPerEvent);
    if (outputsOf(name).length >= limit) {
      throw outputQuota(event, limit);
    }
    const made = createdOutput(event, output, request, { manifestName: randomUUID(), now: now() });
    saveOutput(made);
    try {
      const session = await run.session.addOutput({
        name: output,
        assetName: made.assetName,
        manifestName: made.manifestName,
        ...windowsOf(made),
        snapTicks10MHz: made.outputSnapTime === undefined ? undefined : BigInt(made.outputSnapTime),
        fragmentsPerTsSegment: made.hls?.fragmentsPerTsSegment,
      });
      run.outputs.set(output, session);
    } catch (error) {
      forgetOutput(name, output);
      throw error;
    }
    return saveOutput({ ...made, provisioningState: 'Succeeded', resourceState: 'Running' });
  }

  async function endOutput(name: string, output: string): Promise<void> {
    saveOutput({ ...storedOutput(name, output), resourceState: 'Deleting', lastModified: now() });
    const outputs = runs.get(name)?.outputs;
    try {
      await outputs?.get(output)?.end();
    } finally {
      outputs?.delete(output);
      forgetOutput(name, output);
    }
  }

  /** Throws `resource/exists` for a token or a preview locator of another event: encoders and viewers could not be told apart. */
  function checkUnique({ name, input, preview }: LiveEvent): void {
    for (const other of eventRows.list().filter((candidate) => candidate.name !== name)) {
      const isToken = guidKey(other.input.accessToken) === guidKey(input.accessToken);
      if (isToken || guidKey(other.preview.previewLocator) === guidKey(preview.previewLocator)) {
        const field = isToken ? 'input.accessToken' : 'preview.previewLocator';
        throw new AppError('resource/exists', `${field} is that of another live event. Nothing was changed.`, {
          details: { liveEvent: name, field },
        });
      }
    }
  }

  const idle = watchIdleEvents({
    clock,
    candidates: () =>
      eventRows.list().flatMap((event) => {
        const run = runs.get(event.name);
        return run === undefined || event.resourceState !== 'Running' || outputsOf(event.name).length > 0
          ? []
          : [{ event, startedAtMs: run.startedAtMs, tracks: telemetry.tracks(event.name) }];
      }),
    stopAfter: () => options.service().stopWithoutInputAfter,
    stop: (name) => inTurn(name, () => stop(name, false)),
    logger,
  });

  return {
    list: () => eventRows.list().map(shown),
    get: (name) => shown(stored(name)),
    async create(name, request, { autoStart }) {
      if (eventRows.get(name) !== undefined) {
        throw new AppError('resource/exists', `There is already a live event ${name}. Nothing was changed.`, {
          details: { liveEvent: name },
        });
      }
      const event = createdEvent(name, request, rules);
      checkUnique(event);
      const limit = options.service().quotas.liveEvents;
      if (eventRows.list().length >= limit) {
        throw new AppError(
          'resource/quota',
          `There are ${limit} live events already, as many as the quota liveEvents allows; delete one first.`,
          { details: { quota: 'liveEvents', limit } },
        );
      }
      const saved = save(event);
      return autoStart ? await inTurn(name, () => start(name)) : saved;
    },
    async update(name, patch) {
      // Now, and again in turn: what is on its way from one state to another refuses changes instead of keeping them waiting.
      checkUpdatable(name, stored(name).resourceState);
      return await inTurn(name, async () => {
        const event = stored(name);
        checkUpdatable(name, event.resourceState);
        const patched = patchedEvent(event, patch, rules);
        checkUnique(patched);
        transcribeAnew(runs.get(name), event, patched);
        return await Promise.resolve(save(patched));
      });
    },
    allocate: (name) => inTurn(name, () => allocate(name)),
    start: (name) => inTurn(name, () => start(name)),
    stop: (name, { removeOutputsOnStop }) => inTurn(name, () => stop(name, removeOutputsOnStop)),
    reset: (name) => inTurn(name, () => reset(name)),
    delete: (name) => inTurn(name, () => remove(name)),
    listOutputs: (name) => outputsOf(stored(name).name).map(withoutEvent),
    getOutput: (name, output) => withoutEvent(storedOutput(name, output)),
    createOutput: (name, output, request) => inTurn(name, () => createOutput(name, output, request)),
    deleteOutput: (name, output) => inTurn(name, () => endOutput(name, output)),

    status: (name) => telemetry.status(stored(name).name),
    streamEvents: (name) => telemetry.streamEvents(stored(name).name),
    heartbeats: (name) => telemetry.heartbeats(stored(name).name),
    tracks: (name) => telemetry.tracks(stored(name).name),
    outputTracks: (name) => outputTracksOf(runs.get(stored(name).name)),
    async showSlate(name, request) {
      const { event, run } = running(name, 'showing a slate');
      await advertisements.showSlate(event, run, request);
      tell(stored(name));
    },
    async hideSlate(name) {
      const { event, run } = running(name, 'hiding a slate');
      advertisements.hideSlate(event, run);
      tell(stored(name));
      await Promise.resolve();
    },
    async startAdvertisement(name, request) {
      const { event, run } = running(name, 'starting an advertisement');
      await advertisements.start(event, run, request);
      tell(stored(name));
    },
    async endAdvertisement(name, request) {
      const { event, run } = running(name, 'ending an advertisement');
      advertisements.end(event, run, request);
      tell(stored(name));
      await Promise.resolve();
    },
    thumbnail: async (name) => await thumbnail(name, running(name, 'taking a picture').run),

    previewOf(previewLocator) {
      const wanted = guidKey(previewLocator);
      const event = eventRows.list().find(({ preview }) => guidKey(preview.previewLocator) === wanted);
      const presentation = event === undefined ? undefined : runs.get(event.name)?.session.preview;
      return event === undefined || presentation === undefined ? undefined : { event, presentation };
    },
    // Also while it is being stopped: then more than ever nobody waits.
    removeSince: (name, fromMs) => runOf(runs, name).session.removeSince(fromMs),
    begun: (name) => runs.get(name)?.session.begun ?? Promise.reject(new Error(`${name} is not running`)),
    presentationOf: (name, output) => runs.get(name)?.outputs.get(output)?.presentation,
    async [Symbol.asyncDispose]() {
      idle[Symbol.dispose]();
      const names = eventRows.list().map(({ name }) => name);
      await Promise.all(
        names.map((name) =>
          inTurn(name, async () => {
            if (runs.has(name) || held.has(name)) {
              await release(name);
              await end(name, 'MPI_SYSTEM_MAINTENANCE');
              setState(name, 'Stopped');
            }
          }),
        ),
      );
    },
  };
}

function withoutEvent({ liveEvent, ...output }: StoredOutput): LiveOutput {
  return output;
}

function keyOf(liveEvent: string, output: string): string {
  return `${liveEvent}/${output}`;
}

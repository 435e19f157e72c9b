import type { Clock } from '../../base/clock.ts';
import { sequenceParametersOf } from '../../media/cmaf/sample-entry.ts';
import type { Sample } from '../../media/cmaf/types.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { Feed, OpenFeed } from '../ports/feed.ts';
import type { IncomingMedia, LiveEncoding } from '../ports/live-encoding.ts';
import type { Logger } from '../ports/logger.ts';
import type { Canvas, CaptureCommand, Mixer, MixerEvent, MixerSource } from '../ports/mixer.ts';
import type { TimelineInput } from '../ports/timeline.ts';
import { createCaptionWriter } from './caption-writer.ts';
import { createDelayMeter } from './delay-meter.ts';
import type { FeedServer } from './feed-server.ts';
import { createFrameRateMeter, type FrameRateMeter } from './frame-rate-meter.ts';
import { type IncomingStream, openIncomingStream } from './incoming-stream.ts';
import { createIncomingTracks } from './incoming-tracks.ts';
import { createSlateDesk, type DrawSlate } from './slate-desk.ts';

/** What is made of the first picture; it holds to the end. */
export type ProgrammePlan = {
  readonly canvas: Canvas;
  readonly openEncoder: OpenFeed;
  readonly decoder: (stream: { readonly url: URL; readonly media: IncomingMedia }) => {
    readonly command: CaptureCommand /** Of how many pictures one is decoded. */;
    readonly every: number;
  };
};

export type LiveEncodingOptions = {
  readonly liveEvent: string;
  /** Handed over: disposed with the encoding. */
  readonly mixer: Mixer;
  readonly server: AsyncDisposable & Pick<FeedServer, 'offer'>;
  /** Throws `AppError` for a picture, or an event, of which no ladder can be made. */
  readonly plan: (media: IncomingMedia) => ProgrammePlan;
  readonly drawSlate: DrawSlate;
  /** A JPEG of the first picture of a segment. */
  readonly drawPicture: (init: Uint8Array, segment: Uint8Array) => Promise<Uint8Array>;
  /** The default slate, a JPEG. */
  readonly slate: Uint8Array | undefined;
  readonly output: TimelineInput;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFailed: (error: AppError) => void;
};

/** One stream with the capture of the mixer that decodes it. */
type Source = {
  readonly id: string;
  readonly stream: IncomingStream;
  readonly meter: FrameRateMeter;
  /** From one picture to the next, once that is known. */
  pictureMs: number;
  /** Once the frame rate is known. */
  definition: MixerSource | undefined;
  every: number;
  isLive: boolean;
  /** Monotonic time of its last change between live and not. */
  changedMs: number;
};

/** A feed that gives no picture is encoded all the same after so long: viewers see the slate and know that something is there. */
const START_MS = 5000;
/** From the first picture that the mixer has to when it is on show: viewers begin with the feed and not with the slate. */
const SHOWN_AFTER_MS = 150;
const LOOK_MS = 1000;
/** A decoder that is given pictures and gives none for so long is started anew. */
const STUCK_MS = 5000;

/**
 * One running encoding event. The feed is the one source of a mixer of its own, because what comes from far away stops and comes back when
 * it likes, and the programme is one constant stream all the same: the slate where nothing comes in.
 *
 *     waiting ──first picture: size and rate are known──▶ starting ──decoder gives──▶ encoding ──stop──▶ stopped
 */
export function createLiveEncoding(options: LiveEncodingOptions): LiveEncoding {
  const { mixer, clock, liveEvent } = options;
  const logger = options.logger.child({ liveEvent });
  const opened = new AsyncDisposableStack();
  const captions = createCaptionWriter(options.output);
  const tracks = createIncomingTracks(clock);
  const delay = createDelayMeter();
  let programme: ProgrammePlan | undefined;
  let sources = 0;
  /** The one that is on show, and the one that is to take its place. */
  let shown: Source | undefined;
  let next: Source | undefined;
  let isCovered = false;
  let encoder: Promise<Feed> | undefined;
  let looking: Disposable | undefined;
  let stopped: Promise<void> | undefined;

  opened.use(options.server);
  opened.use(mixer);
  opened.defer(() => {
    looking?.[Symbol.dispose]();
    shown?.stream[Symbol.dispose]();
    next?.stream[Symbol.dispose]();
  });
  opened.use(mixer.events.on(onMixerEvent));
  opened.use(mixer.phaseChanged.on(() => delay.restart()));

  const slates = createSlateDesk({
    draw: options.drawSlate,
    usual: options.slate,
    clock,
    onPicture: (picture) =>
      mixer.send({
        type: 'slate',
        picture: picture === undefined ? undefined : Buffer.from(picture).toString('base64'),
      }),
    onCover(covers) {
      isCovered = covers;
      sendScene();
    },
    onFault: (error) => logger.error({ error }, 'the slate cannot be drawn; the stock picture stands in for it'),
  });

  opened.defer(() => slates.hide());

  const newest = (): Source | undefined => next ?? shown;

  function fail(error: unknown): void {
    const failure = toAppError(error);
    logger.error({ error: failure }, 'a live event cannot be encoded');
    void close();
    options.onFailed(failure);
  }

  /** The scene, and the sound that belongs to it. */
  function sendScene(): void {
    for (const source of [shown, next]) {
      if (source !== undefined) {
        mixer.send({ type: 'audio', id: source.id, gainDb: 0, muted: isCovered });
      }
    }
    mixer.send({
      type: 'scene',
      scene: isCovered || shown === undefined ? { kind: 'slate' } : { kind: 'single', source: shown.id },
    });
  }

  function sendSources(): void {
    const definitions = [shown?.definition, next?.definition].filter((one) => one !== undefined);
    mixer.send({ type: 'sources', sources: definitions });
  }

  function openSource(): Source | undefined {
    const { video, audio } = tracks.chosen();
    if (video === undefined) {
      return undefined;
    }
    const current = newest();
    if (current?.stream.video === video && current.stream.audio === audio) {
      return current;
    }
    next?.stream[Symbol.dispose]();
    sources += 1;
    next = {
      id: `feed-${sources}`,
      stream: openIncomingStream({
        video,
        audio,
        server: options.server,
        clock,
        onDecoder: () => delay.restart(),
      }),
      meter: createFrameRateMeter(video),
      pictureMs: 0,
      definition: undefined,
      every: 1,
      isLive: false,
      changedMs: clock.monotonicMs(),
    };
    return next;
  }

  function take(kind: 'video' | 'audio', samples: readonly Sample[]): void {
    const source = openSource();
    if (source === undefined) {
      return;
    }
    source.stream.push(kind, samples);
    if (kind === 'video' && source.definition === undefined) {
      source.meter.push(samples);
      const frameRate = source.meter.rate();
      if (frameRate !== undefined) {
        define(source, frameRate);
      }
    }
  }

  /** Its rate is known: it can be decoded; the very first decides what the programme is. */
  function define(source: Source, frameRate: number): void {
    const { video, audio, url } = source.stream;
    const media: IncomingMedia = {
      width: video.width,
      height: video.height,
      pixelAspectRatio: sequenceParametersOf(video)?.pixelAspectRatio,
      frameRate,
      bitrate: video.bitrate,
      sampleRate: audio?.sampleRate,
    };
    programme ??= begin(media);
    const { command, every } = programme.decoder({ url, media });
    source.every = every;
    source.pictureMs = 1000 / frameRate;
    source.changedMs = clock.monotonicMs();
    source.definition = {
      id: source.id,
      kind: 'url',
      label: `The feed of ${liveEvent}`,
      hasVideo: true,
      hasAudio: audio !== undefined,
      input: { kind: 'capture', command },
      rejectBlack: false,
      feed: true,
    };
    logger.info({ width: media.width, height: media.height, frameRate }, 'a feed comes in');
    sendScene();
    sendSources();
  }

  function begin(media: IncomingMedia): ProgrammePlan {
    const plan = options.plan(media);
    mixer.send({ type: 'configure', canvas: plan.canvas, wallNowMs: clock.wallMs() });
    slates.setCanvas(plan.canvas);
    opened.use(clock.after(START_MS, () => startEncoder(plan)));
    look();
    return plan;
  }

  function startEncoder(plan: ProgrammePlan): void {
    if (encoder === undefined && stopped === undefined) {
      encoder = openEncoder(plan);
    }
  }

  async function openEncoder(plan: ProgrammePlan): Promise<Feed> {
    try {
      return await plan.openEncoder({ liveEvent, input: captions.input, onFailed: fail });
    } catch (error) {
      fail(error);
      return { stop: () => Promise.resolve() };
    }
  }

  function onMixerEvent(event: MixerEvent): void {
    switch (event.type) {
      case 'source':
        for (const source of [shown, next]) {
          if (source?.id === event.id) {
            tellState(source, event);
          }
        }
        if (next?.isLive === true) {
          takeOver(next);
        }
        break;
      case 'source-picture': {
        const source = shown?.id === event.id ? shown : undefined;
        const showMs = source?.stream.pictures()?.at(event.index * source.every);
        if (source !== undefined && showMs !== undefined) {
          delay.shown({ pid: event.pid, delayMs: event.wallMs - showMs, pacedMs: source.stream.delayMs() ?? 0 });
          // With those of the pictures behind it that are left out.
          const untilMs = showMs + (source.every - 1 / 2) * source.pictureMs;
          captions.shown(event.wallMs, source.stream.captions.take(untilMs));
        }
        break;
      }
      default:
        break;
    }
  }

  function tellState(source: Source, { state, fault }: Extract<MixerEvent, { type: 'source' }>): void {
    const isLive = state === 'live';
    if (source.isLive !== isLive) {
      source.isLive = isLive;
      source.changedMs = clock.monotonicMs();
      logger.info({ state }, isLive ? 'the feed is on air' : 'the feed gives no picture');
    }
    if (fault !== undefined && isGiven(source)) {
      logger.warn({ ...fault }, 'the decoder of a live event has trouble');
    }
  }

  /** Whether its decoder has something to do. */
  function isGiven({ stream }: Source): boolean {
    return clock.monotonicMs() - (stream.givenMs() ?? -Infinity) < LOOK_MS;
  }

  /** The next one gives pictures: the one before has done its part. */
  function takeOver(source: Source): void {
    shown?.stream[Symbol.dispose]();
    shown = source;
    next = undefined;
    sendScene();
    sendSources();
    const plan = programme;
    if (plan !== undefined && encoder === undefined) {
      opened.use(clock.after(SHOWN_AFTER_MS, () => startEncoder(plan)));
    }
  }

  /** A decoder that hangs although it is given something: nobody else sees that, because it may be silent while nothing comes in. */
  function look(): void {
    const source = newest();
    const nowMs = clock.monotonicMs();
    const isMute = source?.definition !== undefined && !source.isLive && isGiven(source);
    if (isMute && nowMs - source.changedMs > STUCK_MS) {
      source.changedMs = nowMs;
      logger.warn({ source: source.id }, 'the decoder of a live event gives no picture and is started anew');
      mixer.send({ type: 'retry-source', id: source.id });
    }
    looking = clock.after(LOOK_MS, look);
  }

  const close = (): Promise<void> => (stopped ??= stop());

  async function stop(): Promise<void> {
    const feed = await encoder;
    await feed?.stop();
    await opened.disposeAsync();
  }

  return {
    input: {
      open: (announced) => tracks.open(announced),
      push(trackId, samples) {
        const kind = stopped === undefined ? tracks.take(trackId) : undefined;
        if (kind !== undefined) {
          try {
            take(kind, samples);
          } catch (error) {
            fail(error);
          }
        }
      },
    },
    async showSlate(seconds, picture) {
      if (stopped === undefined) {
        await slates.show(seconds, picture);
      }
    },
    hideSlate: () => slates.hide(),
    delaySeconds: () => delay.milliseconds(newest()?.stream.delayMs() ?? 0) / 1000,
    async thumbnail() {
      const picture = newest()?.stream.keyFrame() ?? shown?.stream.keyFrame();
      if (picture === undefined) {
        throw new AppError('archive/empty', `No picture has come into the live event ${liveEvent} yet.`);
      }
      return await options.drawPicture(picture.init, picture.segment);
    },
    stop: close,
  };
}

import { cpus } from 'node:os';
import { assert } from '../base/assert.ts';
import type { Clock } from '../base/clock.ts';
import type { LiveEvent } from '../shared/api/live-events.ts';
import { AppError } from '../shared/app-error.ts';
import { thinnedTo } from './capture/assemble-capture.ts';
import { incomingFeedCommand } from './capture/incoming-feed.ts';
import { chosenLayers } from './encode/live-encoding/chosen-layers.ts';
import { resolveLiveLadder } from './encode/live-encoding/live-ladder.ts';
import { haveOneShape } from './encode/resolve-ladder.ts';
import { createDrawSlate } from './live-encoding/draw-slate.ts';
import { openFeedServer } from './live-encoding/feed-server.ts';
import { createLiveEncoding, type ProgrammePlan } from './live-encoding/live-encoding.ts';
import type { MediaTools } from './media-tools.ts';
import { openMixer } from './mix/mixer-client.ts';
import { MIXER_ENTRY } from './mixer-entry.ts';
import type {
  HeldLiveEncoding,
  HoldLiveEncoding,
  IncomingMedia,
  LiveEncoding,
  OpenLiveEncoding,
} from './ports/live-encoding.ts';
import type { Logger } from './ports/logger.ts';
import type { Canvas, Mixer } from './ports/mixer.ts';
import type { FfmpegBinary, LaunchNode, RunToEnd } from './ports/process.ts';
import { createEncoderFeed, type EncoderFeed, type EncodingPlan } from './studio/encoder-feed.ts';

/** The live encoders of encoding events: a mixer, a decoder and an encoder process for each that runs. */
export type LiveEncodings = { readonly open: OpenLiveEncoding; readonly hold: HoldLiveEncoding };

export type LiveEncodingsOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly tools: Pick<MediaTools, 'tools' | 'encoder' | 'drawPoster'>;
  readonly run: RunToEnd;
  readonly launchNode: LaunchNode;
};

/** A cold start on a busy laptop takes a second; by now it has been killed once and started again. */
const MIXER_START_MS = 20_000;

export function createLiveEncodings(options: LiveEncodingsOptions): LiveEncodings {
  const { clock, logger, tools } = options;
  const drawSlate = createDrawSlate({
    run: options.run,
    ffmpeg: async () => (await tools.tools()).ffmpeg.path,
  });

  async function hold(): Promise<HeldLiveEncoding> {
    await using opened = new AsyncDisposableStack();
    const { ffmpeg } = await tools.tools();
    await tools.encoder({ again: false });
    const mixer = opened.use(
      await openMixer({
        launch: options.launchNode,
        entry: MIXER_ENTRY,
        clock,
        logger,
        platform: process.platform,
      }),
    );
    const server = opened.use(await openFeedServer());
    await untilRunning(mixer, clock);
    const held = opened.move();
    let isHandedOver = false;

    async function open({
      event,
      output,
      slate,
      onFailed,
    }: Parameters<OpenLiveEncoding>[0]): Promise<LiveEncoding> {
      assert(!isHandedOver, 'what is held is opened once');
      isHandedOver = true;
      try {
        chosenLayers(event.encoding);
      } catch (error) {
        await held.disposeAsync();
        throw error;
      }
      return createLiveEncoding({
        liveEvent: event.name,
        mixer,
        server,
        plan: (media) => planProgramme(event, media, { ...options, mixer, ffmpeg }),
        drawSlate,
        drawPicture: tools.drawPoster,
        slate,
        output,
        clock,
        logger,
        onFailed,
      });
    }

    return {
      open,
      async [Symbol.asyncDispose]() {
        if (!isHandedOver) {
          await held.disposeAsync();
        }
      },
    };
  }

  return {
    hold,
    async open(request) {
      const held = await hold();
      return await held.open(request);
    },
  };
}

/** Running is said of an event that can take in and encode right away: most of a start is the start of this process. */
async function untilRunning(mixer: Mixer, clock: Clock): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<undefined>();
  using _subscription = mixer.phaseChanged.on((phase) => {
    if (phase === 'running') {
      resolve(undefined);
    }
  });
  using _late = clock.after(MIXER_START_MS, () =>
    reject(new AppError('capture/mixer-down', 'The mixer of the live encoder did not start. Try again.')),
  );
  if (mixer.phase() !== 'running') {
    await promise;
  }
}

function planProgramme(
  { encoding }: LiveEvent,
  first: IncomingMedia,
  around: LiveEncodingsOptions & { readonly mixer: Mixer; readonly ffmpeg: FfmpegBinary },
): ProgrammePlan {
  const { plan: ladder, gopSeconds } = resolveLiveLadder(encoding, first);
  const { canvas } = ladder;
  const feed = encoderFeed(around, async (avoid) => ({
    ladder,
    encoder: await around.tools.encoder({ again: avoid }),
    binary: around.ffmpeg,
    gopSeconds,
  }));
  return {
    canvas,
    openEncoder: feed.open,
    decoder({ url, media }) {
      const { width, height, frameRate, sampleRate } = media;
      const command = incomingFeedCommand(
        { binary: around.ffmpeg, canvas },
        {
          url,
          width,
          height,
          frameRate,
          hasAudio: sampleRate !== undefined,
          shape: shapeOf(encoding, media, canvas),
        },
      );
      return { command, every: thinnedTo(frameRate, canvas) };
    },
  };
}

/** AutoSize has made the canvas of the first picture's shape; one of another shape that comes later is not stretched to it. */
function shapeOf(
  { stretchMode = 'None' }: LiveEvent['encoding'],
  { width, height, pixelAspectRatio: ratio }: IncomingMedia,
  canvas: Canvas,
): 'stretch' | 'fit' {
  const shown = { width: (width * (ratio?.horizontal ?? 1)) / (ratio?.vertical ?? 1), height };
  const isAsItIs = stretchMode === 'None' || haveOneShape(canvas, shown);
  return isAsItIs ? 'stretch' : 'fit';
}

function encoderFeed(
  { mixer, clock, logger }: LiveEncodingsOptions & { readonly mixer: Mixer },
  plan: (avoid: boolean) => Promise<EncodingPlan>,
): EncoderFeed {
  const feed = createEncoderFeed({
    mixer: () => Promise.resolve(mixer),
    plan: ({ avoid }) => plan(avoid),
    cores: cpus().length,
    clock,
    logger,
  });
  feed.notices.on((notice) => {
    if (notice.kind === 'fault') {
      logger.error({ error: notice.error }, notice.error.message);
    } else {
      logger.warn({}, notice.sentence);
    }
  });
  return feed;
}

import { cpus } from 'node:os';
import type { Clock } from '../base/clock.ts';
import type { Archive } from './compose-archive.ts';
import type { LiveEvents } from './live/live-events.ts';
import type { MediaTools } from './media-tools.ts';
import { openMixer } from './mix/mixer-client.ts';
import { MIXER_ENTRY } from './mixer-entry.ts';
import type { Logger } from './ports/logger.ts';
import type { LaunchNode } from './ports/process.ts';
import type { Publishing } from './ports/publish.ts';
import type { DestinationService, EventLog, SettingsService } from './ports/services.ts';
import { createBroadcasts } from './studio/broadcast.ts';
import { createEncoderFeed, type EncoderFeed } from './studio/encoder-feed.ts';
import { createLadderDesk, type LadderDesk } from './studio/ladder-desk.ts';
import { createMixerDesk, type MixerDesk } from './studio/mixer-desk.ts';
import { createPreviewHub, type PreviewHub } from './studio/preview-hub.ts';
import { createSourceBoard, type SourceBoard } from './studio/source-board.ts';
import { storedStudio } from './studio/stored-studio.ts';
import { createStudio, type Studio } from './studio/studio.ts';

/** The programme: sources, mixer and encoder. There before the live events, which are fed by it. */
export type Programme = AsyncDisposable & {
  readonly board: SourceBoard;
  readonly preview: PreviewHub;
  readonly ladder: LadderDesk;
  readonly mixer: MixerDesk;
  readonly feed: EncoderFeed;
};

export function createProgramme(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SettingsService;
  readonly tools: MediaTools;
  readonly launchNode: LaunchNode;
}): Programme {
  const { clock, logger, settings, tools } = options;
  const board = createSourceBoard({ prepare: (spec) => tools.prepare(spec), clock });
  const preview = createPreviewHub();
  const ladder = createLadderDesk({ settings, clock, logger, measure: (how) => tools.measure(how) });
  const mixer = createMixerDesk({
    open: () =>
      openMixer({ launch: options.launchNode, entry: MIXER_ENTRY, clock, logger, platform: process.platform }),
    board,
    preview,
    canvas: () => ladder.plan().canvas,
    clock,
  });
  const feed = createEncoderFeed({
    mixer: () => mixer.use(),
    async plan({ avoid }) {
      const { ffmpeg } = await tools.tools();
      const encoder = await tools.encoder({ again: avoid });
      return {
        ladder: ladder.plan(),
        encoder: { ...encoder, preset: ladder.preset() ?? encoder.preset },
        binary: ffmpeg,
      };
    },
    cores: cpus().length,
    clock,
    logger,
  });
  return { board, preview, ladder, mixer, feed, [Symbol.asyncDispose]: () => mixer[Symbol.asyncDispose]() };
}

export function openStudio(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly tools: MediaTools;
  readonly programme: Programme;
  readonly archive: Archive;
  readonly liveEvents: LiveEvents;
  readonly destinations: DestinationService & Publishing;
  readonly originUrl: () => string;
  readonly viewers: () => number;
}): Studio {
  const { clock, logger, events, settings, programme, archive, liveEvents, destinations } = options;
  return createStudio({
    clock,
    logger,
    events,
    rows: archive.rows('studio', storedStudio),
    settings,
    board: programme.board,
    ladder: programme.ladder,
    feed: programme.feed,
    mixer: programme.mixer,
    preview: programme.preview,
    devices: () => options.tools.devices(),
    broadcasts: createBroadcasts({
      clock,
      settings,
      liveEvents,
      assets: archive.assets,
      locators: archive.locators,
      destinations,
      originUrl: options.originUrl,
    }),
    assets: archive.assets,
    destinations,
    disk: archive.disk,
    viewers: options.viewers,
  });
}

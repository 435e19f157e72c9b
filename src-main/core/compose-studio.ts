import { cpus } from 'node:os';
import type { Clock } from '../base/clock.ts';
import { createEmitter } from '../base/emitter.ts';
import type { QualityChange } from '../shared/api/events.ts';
import type { Archive } from './compose-archive.ts';
import type { LiveEvents } from './live/live-events.ts';
import type { MediaTools } from './media-tools.ts';
import { openMixer } from './mix/mixer-client.ts';
import { MIXER_ENTRY } from './mixer-entry.ts';
import type { Logger } from './ports/logger.ts';
import type { LaunchNode, RunToEnd } from './ports/process.ts';
import type { Publishing } from './ports/publish.ts';
import type { DestinationService, EventLog, SettingsService } from './ports/services.ts';
import { createBroadcasts } from './studio/broadcast.ts';
import { createEncoderFeed, type EncoderFeed } from './studio/encoder-feed.ts';
import { createLadderDesk, type LadderDesk } from './studio/ladder-desk.ts';
import { createMixerDesk, type MixerDesk } from './studio/mixer-desk.ts';
import type { PanicDesk } from './studio/panic.ts';
import { createPreviewHub, type PreviewHub } from './studio/preview-hub.ts';
import type { Rehearsals } from './studio/rehearsal.ts';
import { createDrawStill } from './studio/scenes/draw-still.ts';
import { createSceneDesk, type SceneDesk } from './studio/scenes/scene-desk.ts';
import { createSceneImages } from './studio/scenes/scene-images.ts';
import { createSceneShelf } from './studio/scenes/scene-shelf.ts';
import { createStillCache } from './studio/scenes/still-cache.ts';
import { createCoverText } from './studio/scenes/text-coverage.ts';
import { separateInputs } from './studio/separate-inputs.ts';
import { createSourceBoard, type SourceBoard } from './studio/source-board.ts';
import { storedStudio } from './studio/stored-studio.ts';
import { createStudio, type Studio } from './studio/studio.ts';
import type { StudioEventOptions } from './studio/studio-event.ts';

/** The programme: sources, mixer and encoder. There before the live events, which are fed by it. */
export type Programme = AsyncDisposable & {
  readonly board: SourceBoard;
  readonly preview: PreviewHub;
  readonly ladder: LadderDesk;
  readonly mixer: MixerDesk;
  readonly scenes: SceneDesk;
  readonly feed: EncoderFeed;
};

export function createProgramme(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: SettingsService;
  readonly events: Pick<EventLog, 'published'>;
  readonly tools: MediaTools;
  readonly launchNode: LaunchNode;
  readonly run: RunToEnd;
  /** Of the pictures that scenes use. */
  readonly imageFolder: string;
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
}): Programme {
  const { clock, logger, settings, tools } = options;
  const shelf = createSceneShelf();
  const board = createSourceBoard({ prepare: tools.prepare, clock, scenes: shelf });
  const preview = createPreviewHub();
  const ladder = createLadderDesk({ settings, clock, logger, measure: (how) => tools.measure(how) });
  const drawing = { run: options.run, ffmpeg: async () => (await tools.tools()).ffmpeg.path, logger };
  const images = createSceneImages({ folder: options.imageFolder, writeFile: options.writeFile });
  const stills = createStillCache({
    draw: createDrawStill({ ...drawing, images, coverText: createCoverText(drawing) }),
    logger,
  });
  const scenes = createSceneDesk({
    shelf,
    images,
    stills,
    scene: () => board.scene(),
    pictures: () => board.pictures(),
    canvas: () => ladder.plan().canvas,
    mixer: () => mixer.use(),
    isMixerRunning: () => mixer.isRunning(),
    clock,
  });
  const mixer = createMixerDesk({
    open: () =>
      openMixer({ launch: options.launchNode, entry: MIXER_ENTRY, clock, logger, platform: process.platform }),
    board,
    preview,
    scenes,
    canvas: () => ladder.plan().canvas,
    clock,
  });
  const separateChanged = createEmitter<undefined>();
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
    separate: {
      wanted: () => separateInputs(board.audio(), settings.get().recording.separateTracks),
      changed: separateChanged,
    },
    cores: cpus().length,
    clock,
    logger,
  });
  board.audioChanged.on(() => separateChanged.emit(undefined));
  options.events.published.on(({ eventType }) => {
    if (eventType === 'Lectern.SettingsChanged') {
      separateChanged.emit(undefined);
    }
  });
  return {
    board,
    preview,
    ladder,
    mixer,
    scenes,
    feed,
    [Symbol.asyncDispose]: () => mixer[Symbol.asyncDispose](),
  };
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
  readonly rehearsals: Rehearsals;
  readonly openEvents: StudioEventOptions['openEvents'];
  readonly stopChecks: () => void;
  readonly originUrl: () => string;
  readonly viewers: () => number;
  readonly panic: PanicDesk;
}): Studio {
  const { clock, logger, events, settings, programme, archive, liveEvents, destinations } = options;
  programme.feed.notices.on((notice) => {
    if (notice.kind !== 'fault') {
      const { step, layers, sentence } = notice;
      const told: QualityChange = {
        cause: 'computer',
        direction: notice.kind === 'reduced' ? 'down' : 'up',
        step,
        layers: layers.map(({ height }) => `${height}p`),
        detail: sentence,
      };
      events.publish('Lectern.QualityChanged', 'studio', told);
    }
  });
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
    scenes: programme.scenes,
    preview: programme.preview,
    broadcasts: createBroadcasts({
      clock,
      settings,
      liveEvents,
      assets: archive.assets,
      locators: archive.locators,
      destinations,
      originUrl: options.originUrl,
      openEvents: options.openEvents,
    }),
    rehearsals: options.rehearsals,
    stopChecks() {
      programme.ladder.abortMeasuring();
      options.stopChecks();
    },
    assets: archive.assets,
    destinations,
    disk: archive.disk,
    viewers: options.viewers,
    panic: options.panic,
  });
}

import type { Clock } from '../base/clock.ts';
import type { StudioPhase } from '../shared/api/studio.ts';
import type { Logger } from './ports/logger.ts';
import type { RunToEnd } from './ports/process.ts';
import type { AirTarget } from './ports/proof-of-air.ts';
import type {
  DestinationService,
  EventLog,
  LiveEventService,
  LocatorService,
  StudioService,
} from './ports/services.ts';
import { createDecode } from './proof-of-air/decode.ts';
import { createFetchAsViewer } from './proof-of-air/fetch-as-viewer.ts';
import { createLook } from './proof-of-air/look.ts';
import { openProofOfAir, type ProofOfAirDesk } from './proof-of-air/proof-of-air.ts';
import { createSentMemory, type SentMemory } from './proof-of-air/sent-memory.ts';

/** Large enough to know a picture again; the mixer makes it of what it has in a tenth of a millisecond. */
const MEMORY_WIDTH = 160;
const MEMORY_FRAME_RATE = 10;
/** The strip of the whole programme. */
const PROGRAMME = 'programme';

const ON_AIR: ReadonlySet<StudioPhase> = new Set<StudioPhase>(['live', 'reconnecting', 'ending']);

/** The look from outside, with what is live to look at. */
export function composeProofOfAir(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly studio: Pick<StudioService, 'state' | 'preview'>;
  readonly liveEvents: Pick<LiveEventService, 'list' | 'listOutputs'>;
  readonly locators: Pick<LocatorService, 'list' | 'paths'>;
  readonly destinations: Pick<DestinationService, 'list'>;
  readonly originUrl: () => string;
  readonly authorities: () => readonly string[];
  readonly run: RunToEnd;
  readonly ffmpeg: () => Promise<string>;
}): ProofOfAirDesk {
  const { clock, logger, events, studio, liveEvents, locators, destinations } = options;
  const decode = createDecode({ run: options.run, ffmpeg: options.ffmpeg });
  const sent = createSentMemory(clock);

  /** Assets that are being recorded, and whether the studio's programme is what goes in. */
  function assetsOnAir(): ReadonlyMap<string, boolean> {
    const running = liveEvents.list().filter(({ resourceState }) => resourceState === 'Running');
    const { session, phase } = studio.state();
    return new Map(
      running.flatMap(({ name, input }) => {
        const isStudio = input.streamingProtocol === 'Studio';
        const isOnAir = !isStudio || (name === session?.liveEvent && ON_AIR.has(phase));
        return isOnAir ? liveEvents.listOutputs(name).map(({ assetName }) => [assetName, isStudio] as const) : [];
      }),
    );
  }

  function ownTargets(): readonly AirTarget[] {
    const assets = assetsOnAir();
    const nowMs = clock.wallMs();
    return locators.list().flatMap(({ name, assetName, startTime, endTime }): readonly AirTarget[] => {
      const isProgramme = assets.get(assetName);
      const isOpen =
        (startTime === undefined || Date.parse(startTime) <= nowMs) &&
        (endTime === undefined || nowMs < Date.parse(endTime));
      const path = isProgramme === undefined || !isOpen ? undefined : playable(locators.paths(name));
      return path === undefined || isProgramme === undefined
        ? []
        : [{ subject: `locator/${name}`, url: new URL(path, options.originUrl()).href, isOwn: true, isProgramme }];
    });
  }

  function destinationTargets(): readonly AirTarget[] {
    if (!ON_AIR.has(studio.state().phase)) {
      return [];
    }
    return destinations
      .list()
      .flatMap(({ name, state, playbackUrl }) =>
        state === 'off' || playbackUrl === undefined
          ? []
          : [{ subject: `destination/${name}`, url: playbackUrl, isOwn: false, isProgramme: true }],
      );
  }

  return openProofOfAir({
    clock,
    logger,
    events,
    sent,
    targets: () => [...destinationTargets(), ...ownTargets()],
    lookAt: ({ url }) =>
      createLook({
        url,
        decode,
        clock,
        fetch: createFetchAsViewer({ typedUrl: url, authorities: options.authorities, clock }),
      }),
    openMemory: () => openMemory(studio, sent),
  });
}

/** What leaves the mixer, small and seldom, with the level of its sound. */
function openMemory(studio: Pick<StudioService, 'preview'>, sent: SentMemory): Disposable {
  return studio.preview(
    { width: MEMORY_WIDTH, frameRate: MEMORY_FRAME_RATE },
    {
      picture({ wallMs, width, bytes }) {
        // I420: half as many bytes again as there are pixels.
        sent.picture(wallMs, bytes, width, Math.round((bytes.length * 2) / 3 / width));
      },
      meters(wallMs, readings) {
        const programme = readings.find(({ id }) => id === PROGRAMME);
        if (programme !== undefined) {
          sent.level(wallMs, programme.peakDb);
        }
      },
    },
  );
}

/** What a browser would play: clear before encrypted, HLS before DASH. */
function playable({ streamingPaths }: ReturnType<LocatorService['paths']>): string | undefined {
  const offered = ['Hls', 'Dash'].flatMap((protocol) =>
    streamingPaths.filter(({ streamingProtocol }) => streamingProtocol === protocol),
  );
  const clear = offered.find(({ encryptionScheme }) => encryptionScheme === 'NoEncryption');
  return (clear ?? offered[0])?.paths[0];
}

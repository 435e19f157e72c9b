import type { Clock } from '../../../src-main/base/clock.ts';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { narrowPresentation } from '../../../src-main/core/filters/narrow-presentation.ts';
import { MIRROR_POLICY, type MirrorPolicy } from '../../../src-main/core/mirror/back-off.ts';
import { openUploads, type Uploads } from '../../../src-main/core/mirror/uploads.ts';
import { createPackager } from '../../../src-main/core/packaging/packager.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Publication } from '../../../src-main/core/ports/presentation.ts';
import type { SecretStore } from '../../../src-main/core/ports/secrets.ts';
import { type Upload, type UploadCreate, uploadCreate } from '../../../src-main/shared/api/uploads.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { fakePublication } from '../../support/fake-presentation.ts';
import { fastClock } from '../../support/fast-clock.ts';
import { memoryRows, memorySecrets } from '../../support/memory-rows.ts';
import { memorySent } from '../../support/memory-store.ts';
import { until } from '../../support/studio-stage.ts';
import { openFolder } from '../media/ffmpeg-media.ts';
import {
  type Broadcast,
  type EncodedTrack,
  encode,
  openBroadcast,
  openTinyOrigin,
  playedHashes,
} from '../packaging/packaged-media.ts';

/** Waits of the mirror are over ten times sooner. */
const HASTE = 10;

/** What there is to be broadcast, unless told otherwise. */
const SECONDS = 20;
/** Made once for all tests of a file. */
let media: readonly EncodedTrack[] | undefined;

/** A broadcast with real media, and the mirrors of it. */
export type MirrorStage = AsyncDisposable & {
  readonly broadcast: Broadcast;
  readonly uploads: Uploads;
  readonly secrets: SecretStore;
  /** Mirrors the broadcast. */
  readonly mirror: (target: object, over?: object) => Promise<Upload>;
  /** Waits until the mirror is as it should be. */
  readonly settled: (fits: (upload: Upload) => boolean, withinMs?: number) => Promise<Upload>;
  /** Hashes of all frames, as the origin plays them. */
  readonly originHashes: () => Promise<readonly (readonly string[])[]>;
};

export async function openMirrorStage(
  options: { readonly policy?: Partial<MirrorPolicy>; readonly clock?: Clock; readonly seconds?: number } = {},
): Promise<MirrorStage> {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(openFolder());
  media ??= encode(folder, options.seconds ?? SECONDS, [{ height: 180, kbps: 300 }]);
  const broadcast = opened.use(await openBroadcast(folder, media));
  const publication: Publication = fakePublication(broadcast.presentation);
  const clock = options.clock ?? fastClock(HASTE);
  const secrets = memorySecrets();
  const packager = createPackager({ clock, leavesOutRemoved: true });
  const uploads = opened.use(
    openUploads({
      rows: memoryRows(),
      sent: sentByName(),
      secrets,
      events: createEventLog({ clock }),
      packager,
      narrow: narrowPresentation,
      insistOnLocator(name) {
        if (name !== 'show') {
          throw new AppError('resource/not-found', `There is no streaming locator ${name}.`);
        }
      },
      findPublication: () => Promise.resolve(publication),
      policy: { ...MIRROR_POLICY, ...options.policy },
      clock,
      random: Math.random,
      logger: silentLogger,
    }),
  );
  const owned = opened.move();
  return {
    broadcast,
    uploads,
    secrets,
    mirror: (target, over = {}) => uploads.put('copy', wanted(target, over)),
    async settled(fits, withinMs = 15_000) {
      try {
        return await until('the mirror is there', () => [uploads.get('copy')].find(fits), withinMs);
      } catch (error) {
        throw new Error(`the mirror is ${JSON.stringify(uploads.get('copy'))}`, { cause: error });
      }
    },
    async originHashes() {
      await using origin = await openTinyOrigin(createPackager({ clock, leavesOutRemoved: true }), publication);
      const input = ['-i', `${origin.url}/manifest(format=m3u8-cmaf)`];
      return await hashesOf(input);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function wanted(target: object, over: object = {}): UploadCreate {
  return uploadCreate.parse({ streamingLocatorName: 'show', target, ...over });
}

/** Of the picture and of the sound. */
export async function hashesOf(input: readonly string[]): Promise<readonly (readonly string[])[]> {
  return [await playedHashes(input, '0:v:0'), await playedHashes(input, '0:a:0')];
}

function sentByName(): Parameters<typeof openUploads>[0]['sent'] {
  const all = new Map<string, ReturnType<typeof memorySent>>();
  return {
    of(name) {
      const found = all.get(name) ?? memorySent();
      all.set(name, found);
      return found;
    },
    keepOnly: () => undefined,
  };
}

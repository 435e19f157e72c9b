import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { createCertificates } from './archive/certificate/certificates.ts';
import { createDecodeTrack } from './archive/certificate/decode-track.ts';
import { freeBytesOf } from './archive/disk-guard.ts';
import type { Archive } from './compose-archive.ts';
import { openStoryboards } from './compose-storyboard.ts';
import { createDecodePoints } from './export/decode-points.ts';
import { type Exports, openExports } from './export/exports.ts';
import { createRemux } from './export/remux.ts';
import { cutPresentation } from './filters/cut-presentation.ts';
import { createCopyAsFiles } from './mirror/static-copy.ts';
import { createPackager } from './packaging/packager.ts';
import type { Logger } from './ports/logger.ts';
import type { FfmpegTools, Processes } from './ports/process.ts';
import type { CertificateService, EventLog, ThumbnailService } from './ports/services.ts';
import type { Storyboards } from './ports/storyboard.ts';
import { createThumbnails } from './storyboard/thumbnails.ts';

/** What is made of recordings, and told of them, with ffmpeg at low priority. */
export type RecordingTools = AsyncDisposable & {
  readonly exports: Exports;
  readonly certificates: CertificateService;
  readonly storyboards: Storyboards;
  readonly thumbnails: ThumbnailService;
};

export async function composeRecordingTools(options: {
  readonly dataDir: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly archive: Archive;
  /** Path of ffmpeg. */
  readonly ffmpeg: () => Promise<string>;
  readonly tools: () => Promise<FfmpegTools>;
  readonly processes: Processes;
  /** Bytes of the disk that exports leave free. */
  readonly spareBytes: () => number;
  readonly isLive: () => boolean;
  readonly isOverloaded: () => boolean;
}): Promise<RecordingTools> {
  const { dataDir, clock, logger, events, archive, ffmpeg, processes, isLive } = options;
  await using opened = new AsyncDisposableStack();
  const exports = opened.use(
    await openExports({
      clock,
      logger: logger.child({ part: 'export' }),
      events,
      folder: join(dataDir, 'exports'),
      asset: (name) => archive.assets.get(name),
      presentationOf: (name) => archive.assets.presentationOf(name),
      markersOf: (name) => archive.assets.markers(name),
      decode: createDecodePoints({ run: processes.runToEnd, ffmpeg }),
      remux: createRemux({ run: processes.runToEnd, ffmpeg }),
      cut: cutPresentation,
      copy: createCopyAsFiles(createPackager({ clock, leavesOutRemoved: true })),
      space: { freeBytes: freeBytesOf, spareBytes: options.spareBytes },
      isLive,
    }),
  );
  const certificates = opened.use(
    createCertificates({
      assets: archive.assets,
      decode: createDecodeTrack({ spawn: processes.spawn, ffmpeg }),
      clock,
      logger: logger.child({ part: 'certificate' }),
    }),
  );
  const storyboards = opened.use(
    openStoryboards({
      folder: join(dataDir, 'cache'),
      tools: options.tools,
      run: processes.runToEnd,
      events,
      isOverloaded: options.isOverloaded,
      hasRoom: () => archive.disk.level() === 'fine',
      clock,
      logger: logger.child({ part: 'storyboard' }),
    }),
  );
  const thumbnails = createThumbnails({
    storyboards,
    asset: (name) => archive.assets.get(name),
    presentationOf: (name) => archive.assets.presentationOf(name),
  });
  const owned = opened.move();
  return { exports, certificates, storyboards, thumbnails, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

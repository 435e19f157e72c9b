import { z } from 'zod';
import type { Clock } from '../base/clock.ts';
import { liveEvent, liveOutput } from '../shared/api/live-events.ts';
import type { Archive } from './compose-archive.ts';
import type { Ingest } from './compose-ingest.ts';
import { previewRules } from './compose-preview.ts';
import { checkLiveEncoding } from './encode/live-encoding/chosen-layers.ts';
import { createLiveEvents, type LiveEvents } from './live/live-events.ts';
import type { Slates } from './live/slates.ts';
import type { MediaTools } from './media-tools.ts';
import { parseIpList } from './ports/ip-list.ts';
import type { Logger } from './ports/logger.ts';
import type { EventLog, SettingsService } from './ports/services.ts';
import type { OwnedProcesses } from './process/create-processes.ts';
import { createTranscriptions } from './transcription/transcription.ts';

/** Live events between the ways in and the archive. */
export function composeLiveEvents(options: {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: Pick<SettingsService, 'get'>;
  readonly tools: Pick<MediaTools, 'tools' | 'drawPoster'>;
  readonly processes: OwnedProcesses;
  readonly archive: Archive;
  readonly ingest: Ingest;
  readonly slates: Pick<Slates, 'read'>;
  readonly originUrl: () => string;
}): LiveEvents {
  const { clock, logger, events, settings, tools, processes, archive, ingest, slates } = options;
  return createLiveEvents({
    clock,
    logger: logger.child({ part: 'live' }),
    events,
    eventRows: archive.rows('live_events', liveEvent),
    outputRows: archive.rows('live_outputs', liveOutput.extend({ liveEvent: z.string() })),
    assets: archive.assets,
    openStore: archive.openStore,
    reader: archive.reader,
    telemetry: ingest.telemetry,
    openTranscription: createTranscriptions({
      settings: () => settings.get().service.transcription,
      processes,
      ffmpeg: async () => (await tools.tools()).ffmpeg.path,
      clock,
      logger: logger.child({ part: 'transcription' }),
      events,
      telemetry: ingest.telemetry,
    }),
    service: () => settings.get().service,
    openFeed: ingest.openFeed,
    holdFeed: ingest.holdFeed,
    endpointsOf: ingest.endpointsOf,
    hasOwnNames: ingest.hasOwnNames,
    timedMetadataEndpointsOf: ingest.timedMetadataEndpointsOf,
    originUrl: options.originUrl,
    checkAccessControl: (list) => void parseIpList(list),
    checkEncoding: checkLiveEncoding,
    ...previewRules(archive.protect.keys),
    readSlate: (name) => slates.read(name),
    drawPicture: tools.drawPoster,
  });
}

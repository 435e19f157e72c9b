import type { LiveEvent, LiveOutput, LiveOutputCreate } from '../../shared/api/live-events.ts';
import { AppError } from '../../shared/app-error.ts';
import { parseIsoDuration } from '../../shared/iso-duration.ts';
import { given, invalid } from './event-resource.ts';

/** A live output's row; outputs of all events share a table, so the event is part of it. */
export type StoredOutput = LiveOutput & { readonly liveEvent: string };

/** How viewers of an event of low latency can go back when its output does not say (spec 3). */
const LOW_LATENCY_REWIND = 'PT30M';

/** The longest archives of events that have less than the 25 h of the others (spec 2.1, 2.15). */
function longestArchive({ encoding, streamOptions }: LiveEvent): string {
  if (encoding.encodingType === 'PassthroughBasic') {
    return 'PT8H';
  }
  return streamOptions.includes('LowLatencyV2') ? 'PT6H' : 'PT25H';
}

/** Outputs that an event has at once: one of a basic event (spec 2.1), else as many as the settings say. */
export function outputLimitOf(event: LiveEvent, outputsPerEvent: number): number {
  return event.encoding.encodingType === 'PassthroughBasic' ? 1 : outputsPerEvent;
}

/** A new output, Creating. Throws `request/invalid` for windows that the event does not have, or that do not fit with each other. */
export function createdOutput(
  event: LiveEvent,
  name: string,
  request: LiveOutputCreate,
  made: { readonly manifestName: string; readonly now: string },
): StoredOutput {
  const { archiveWindowLength } = request;
  const longest = longestArchive(event);
  if (secondsOf(archiveWindowLength) > secondsOf(longest)) {
    const { encodingType } = event.encoding;
    throw invalid(
      'archiveWindowLength',
      `must be at most ${longest} for this event (${encodingType}, ${event.streamOptions.join(', ')})`,
    );
  }
  const { rewindWindowLength = usualRewind(event, archiveWindowLength), outputSnapTime } = request;
  if (rewindWindowLength !== undefined && secondsOf(rewindWindowLength) > secondsOf(archiveWindowLength)) {
    throw invalid(
      'rewindWindowLength',
      `(${rewindWindowLength}) must not be longer than archiveWindowLength (${archiveWindowLength})`,
    );
  }
  return {
    liveEvent: event.name,
    name,
    description: request.description ?? '',
    assetName: request.assetName,
    archiveWindowLength,
    ...given({ rewindWindowLength }),
    manifestName: request.manifestName ?? made.manifestName,
    ...given({
      hls: request.hls,
      outputSnapTime: outputSnapTime === undefined ? undefined : String(outputSnapTime),
    }),
    created: made.now,
    lastModified: made.now,
    provisioningState: 'InProgress',
    resourceState: 'Creating',
  };
}

/** Lengths of an output's windows in seconds. */
export function windowsOf({ archiveWindowLength, rewindWindowLength = archiveWindowLength }: LiveOutput): {
  readonly archiveSeconds: number;
  readonly rewindSeconds: number;
} {
  return { archiveSeconds: secondsOf(archiveWindowLength), rewindSeconds: secondsOf(rewindWindowLength) };
}

function usualRewind(event: LiveEvent, archiveWindowLength: string): string | undefined {
  if (!event.streamOptions.includes('LowLatencyV2')) {
    return undefined;
  }
  return secondsOf(archiveWindowLength) < secondsOf(LOW_LATENCY_REWIND) ? archiveWindowLength : LOW_LATENCY_REWIND;
}

function secondsOf(duration: string): number {
  return parseIsoDuration(duration) ?? 0;
}

/** An event has as many outputs as it can have. */
export function outputQuota(event: LiveEvent, limit: number): AppError {
  const isBasic = event.encoding.encodingType === 'PassthroughBasic';
  return new AppError(
    'resource/quota',
    isBasic
      ? `The live event ${event.name} is PassthroughBasic and has its one live output already; delete that one first.`
      : `The live event ${event.name} has ${limit} live outputs already, as many as the quota outputsPerEvent allows; delete one first.`,
    { details: { liveEvent: event.name, quota: 'outputsPerEvent', limit } },
  );
}

import { createEventLog } from '../../../../src-main/core/control/event-log.ts';
import type { IntakeFeed } from '../../../../src-main/core/live/intake/feed.ts';
import { createIntake, type Intake } from '../../../../src-main/core/live/intake/intake.ts';
import { createTimeline, type Timeline } from '../../../../src-main/core/live/timeline.ts';
import type { Cue } from '../../../../src-main/core/ports/cues.ts';
import type {
  IncomingTrackInput,
  IngestConnection,
  IngestEndCode,
  IngestRequest,
} from '../../../../src-main/core/ports/ingest.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { Track } from '../../../../src-main/core/ports/presentation.ts';
import type { TimelineInput } from '../../../../src-main/core/ports/timeline.ts';
import type { Sample, TrackDescription } from '../../../../src-main/media/cmaf/types.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import type { ServiceEvent } from '../../../../src-main/shared/api/events.ts';
import type { EncodingType, LiveEvent } from '../../../../src-main/shared/api/live-events.ts';
import type { AppError } from '../../../../src-main/shared/app-error.ts';
import { frames, sounds } from '../../../support/broadcast-media.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { AUDIO, VIDEO } from '../../media/sample-media.ts';

export const TOKEN = 'ACF4E5A0-9D1B-4B7C-8E2F-0123456789ab';

export function liveEventOf(
  options: {
    name?: string;
    token?: string;
    protocol?: LiveEvent['input']['streamingProtocol'];
    encodingType?: EncodingType;
    accessControl?: LiveEvent['input']['accessControl'];
  } = {},
): LiveEvent {
  const { name = 'talk', token = TOKEN, protocol = 'RTMP', encodingType = 'PassthroughStandard' } = options;
  return {
    name,
    description: '',
    tags: {},
    created: '2030-01-01T00:00:00.000Z',
    lastModified: '2030-01-01T00:00:00.000Z',
    provisioningState: 'Succeeded',
    resourceState: 'Starting',
    input: {
      streamingProtocol: protocol,
      accessToken: token,
      keyFrameIntervalDuration: 'PT2S',
      endpoints: [],
      ...(options.accessControl === undefined ? {} : { accessControl: options.accessControl }),
    },
    preview: { previewLocator: TOKEN, endpoints: [] },
    encoding: { encodingType },
    streamOptions: ['Default'],
  };
}

export type Peer = {
  readonly connection: IngestConnection;
  readonly video: IncomingTrackInput;
  readonly audio: IncomingTrackInput;
  readonly ended: (AppError | IngestEndCode)[];
};

/** An intake with one running event and encoders that push to it, on a clock that the test moves. */
export function intakeRig(
  options: Parameters<typeof liveEventOf>[0] & {
    readonly failing?: () => boolean;
    readonly input?: TimelineInput;
  } = {},
) {
  const clock = manualClock();
  const events = createEventLog({ clock });
  const told: ServiceEvent[] = [];
  events.published.on((event) => void told.push(event));
  const intake: Intake = createIntake({ clock, logger: silentLogger, events });
  const opened: (readonly Track[])[] = [];
  const pushed = new Map<string, Sample[]>();
  const cues: Cue[] = [];
  const failures: AppError[] = [];
  const timeline: Timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: (track, expected, found) =>
      intake.telemetry.gap('talk', {
        trackId: track.id,
        previousTimestamp: expected,
        newTimestamp: found,
        timescale: track.timescale,
      }),
    onDropped: (track, sample, reason) =>
      intake.telemetry.dropped('talk', {
        trackId: track.id,
        timestamp: sample.decodeTime,
        timescale: track.timescale,
        reason,
      }),
  });
  const event = liveEventOf(options);
  const feed: IntakeFeed = intake.open({
    event,
    input: {
      open(tracks) {
        opened.push(tracks);
        timeline.input.open(tracks);
      },
      push(trackId, samples) {
        if (options.failing?.() === true) {
          throw new Error('the timeline is broken');
        }
        pushed.set(trackId, [...(pushed.get(trackId) ?? []), ...samples]);
        timeline.input.push(trackId, samples);
      },
    },
    cues: {
      put: (cue) => cues.push(cue) > 0,
      cancel: () => false,
    },
    onFailed: (error) => void failures.push(error),
  });

  function request(patch: Partial<IngestRequest> = {}): IngestRequest {
    return {
      protocol: 'RTMP',
      accessToken: TOKEN,
      streamName: 'high',
      ingestUrl: 'rtmp://127.0.0.1:1935/live',
      entrance: 'primary',
      peer: { address: '127.0.0.1', port: 50_123 },
      disconnect: () => undefined,
      ...patch,
    };
  }

  /** An encoder of 800 kbit/s pictures and of sound, unless it says something else. */
  function connect(
    patch: Partial<IngestRequest> = {},
    tracks: {
      video?: Partial<TrackDescription> & { declared?: number | undefined };
      audio?: Partial<TrackDescription> & { declared?: number | undefined };
    } = {},
  ): Peer {
    const ended: (AppError | IngestEndCode)[] = [];
    const connection = intake.door.connect(request({ disconnect: (reason) => void ended.push(reason), ...patch }));
    const { declared: videoRate = VIDEO.bitrate, ...video } = tracks.video ?? {};
    const { declared: audioRate = AUDIO.bitrate, ...audio } = tracks.audio ?? {};
    return {
      connection,
      ended,
      video: connection.addTrack({
        // Patches of a test fit the kind they are for.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        description: { ...VIDEO, ...video } as TrackDescription,
        declaredBitrate: videoRate === 0 ? undefined : videoRate,
      }),
      audio: connection.addTrack({
        // As above.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        description: { ...AUDIO, ...audio } as TrackDescription,
        declaredBitrate: audioRate === 0 ? undefined : audioRate,
      }),
    };
  }

  /** Frames [from, to) of all those encoders at once, a frame a push and as fast as they are shown. `shift`: in seconds. */
  function send(
    peers: readonly Peer[],
    { from, to, run = 0, start = 0, bytes = 3333, shift = 0 }: SendOptions,
  ): void {
    for (let frame = from; frame < to; frame += 1) {
      clock.advance(1000 / 30);
      const pictures = moved(frames({ from: frame, to: frame + 1, start, run, bytes }), shift, 90_000);
      const sound = moved(sounds({ from: frame, to: frame + 1, run, bytes: 340 }), shift, 48_000);
      for (const { video, audio } of peers) {
        video.push(pictures);
        audio.push(sound);
      }
    }
  }

  return {
    clock,
    intake,
    feed,
    timeline,
    opened,
    pushed,
    cues,
    failures,
    told,
    request,
    connect,
    send,
    of: (trackId: string): readonly Sample[] => pushed.get(trackId) ?? [],
    /** Data of the events of a type. */
    data: (type: string): readonly Record<string, unknown>[] =>
      told
        .filter(({ eventType }) => eventType === `Microsoft.Media.LiveEvent${type}` || eventType === type)
        // What is published is always a record.
        // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
        .map(({ data }) => data as Record<string, unknown>),
  };
}

export type SendOptions = {
  readonly from: number;
  readonly to: number;
  readonly run?: number;
  readonly start?: number;
  readonly bytes?: number;
  readonly shift?: number;
};

function moved(samples: readonly Sample[], bySeconds: number, timescale: number): readonly Sample[] {
  return samples.map((sample) => ({
    ...sample,
    decodeTime: ticks(sample.decodeTime + BigInt(Math.round(bySeconds * timescale))),
  }));
}

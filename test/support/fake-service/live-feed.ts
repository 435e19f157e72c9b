import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import type {
  IngestHeartbeat,
  LiveEventStatus,
  StreamEvent,
  TrackIngestHeartbeat,
} from '../../../src-main/shared/api/telemetry.ts';

/** What an outside encoder's feed looks like to who asks: figures that the page can draw. */
export type FakeFeed = {
  readonly status: LiveEventStatus;
  readonly streamEvents: StreamEvent[];
  readonly heartbeats: TrackIngestHeartbeat[];
};

export function aHeartbeat(patch: Partial<IngestHeartbeat> = {}): IngestHeartbeat {
  return {
    trackType: 'video',
    trackName: 'video_2500000',
    bitrate: 2_500_000,
    incomingBitrate: 2_480_000,
    lastTimestamp: '17640000000000',
    timescale: '10000000',
    overlapCount: 0,
    discontinuityCount: 0,
    nonincreasingCount: 0,
    unexpectedBitrate: false,
    state: 'Running',
    healthy: true,
    ingestDriftValue: '0',
    transcriptionState: '',
    transcriptionLanguage: '',
    ...patch,
  };
}

const NOTHING: LiveEventStatus = {
  state: 'Stopped',
  healthDescriptions: [],
  lastUpdatedTime: '2026-11-21T08:00:00.000Z',
  trackStatus: [],
};

export const NO_FEED: FakeFeed = { status: NOTHING, streamEvents: [], heartbeats: [] };

const TRACKS = [
  { trackType: 'video', trackName: 'video_2500000', bitrate: 2_500_000 },
  { trackType: 'video', trackName: 'video_1000000', bitrate: 1_000_000 },
  { trackType: 'audio', trackName: 'audio_128000', bitrate: 128_000 },
] as const;

/** A feed of half an hour, with one interruption that it came back from. */
export function aFeed(nowMs: number, patch: Partial<LiveEventStatus> = {}): FakeFeed {
  const at = (secondsAgo: number): string => new Date(nowMs - secondsAgo * 1000).toISOString();
  const heartbeats = Array.from({ length: 90 }, (_, index) => index * 20).flatMap((secondsAgo) =>
    TRACKS.map((track) => {
      const isLost = secondsAgo >= 600 && secondsAgo < 640;
      const wobble = 1 + Math.sin((secondsAgo / 20) * 0.9 + track.bitrate) * 0.05;
      return {
        eventTime: at(secondsAgo),
        heartbeat: aHeartbeat({
          ...track,
          incomingBitrate: isLost ? 0 : Math.round(track.bitrate * wobble),
          unexpectedBitrate: isLost,
          healthy: !isLost,
          ingestDriftValue: isLost ? 'n/a' : secondsAgo === 580 ? '0.8' : '0',
        }),
      };
    }),
  );
  return {
    status: {
      state: 'Running',
      healthStatus: 'Excellent',
      healthDescriptions: [],
      lastUpdatedTime: at(0),
      ingestion: {
        streamName: 'talk',
        begin: at(1800),
        ingestInterruptions: [
          { begin: at(640), end: at(600), duration: 'PT40S', reason: 'MPE_RTMP_SESSION_IDLE_TIMEOUT' },
        ],
      },
      trackStatus: TRACKS.map(({ trackName, bitrate }) => ({
        trackId: trackName,
        expectedBitrate: bitrate,
        incomingBitrate: bitrate,
        ingestDrift: '0',
      })),
      ...patch,
    },
    streamEvents: [
      {
        eventType: 'StreamEvent/Discontinuity',
        eventTime: at(600),
        eventLevel: 'Warning',
        data: { trackName: 'video_2500000' },
      },
      {
        eventType: 'StreamEvent/InvalidConnection',
        eventTime: at(1700),
        eventLevel: 'Error',
        data: { remoteIp: '203.0.113.9', resultCode: 'MPE_INGEST_ENCODER_CONNECTION_DENIED' },
      },
      {
        eventType: 'StreamEvent/BeginIngest',
        eventTime: at(1800),
        eventLevel: 'Information',
        data: { streamName: 'talk' },
      },
    ],
    heartbeats,
  };
}

/** The addresses of a running event, by what it is fed. */
export function endpointsOf({
  input,
}: Pick<LiveEvent, 'input'>): Pick<LiveEvent['input'], 'endpoints' | 'timedMetadataEndpoints'> {
  const token = input.accessToken.replaceAll('-', '');
  const host = '192.168.1.20';
  switch (input.streamingProtocol) {
    case 'Studio':
      return { endpoints: [] };
    case 'RTMP':
      return {
        endpoints: [
          { protocol: 'RTMP', url: `rtmp://${host}:1935/live/${token}` },
          { protocol: 'RTMP', url: `rtmp://${host}:1936/live/${token}` },
          { protocol: 'RTMP', url: `rtmps://${host}:2935/live/${token}` },
          { protocol: 'RTMP', url: `rtmps://${host}:2936/live/${token}` },
        ],
        timedMetadataEndpoints: [{ url: `http://${host}:8485/${token}/ingest.isml/eventdata` }],
      };
    case 'FragmentedMP4':
      return {
        endpoints: [
          { protocol: 'FragmentedMP4', url: `http://${host}:8485/${token}/ingest.isml/streams(live)` },
          { protocol: 'FragmentedMP4', url: `https://${host}:8486/${token}/ingest.isml/streams(live)` },
        ],
      };
    case 'TransportStream':
      return { endpoints: [{ protocol: 'SRT', url: `srt://${host}:8890?streamid=${token}` }] };
  }
}

import type { Asset, ExportJob, Marker } from '../../../src-main/shared/api/assets.ts';
import type { Certificate } from '../../../src-main/shared/api/certificates.ts';
import type { ContentKeyPolicy } from '../../../src-main/shared/api/content-key-policies.ts';
import type { EndpointMinute } from '../../../src-main/shared/api/endpoint-metrics.ts';
import type { MediaFilter } from '../../../src-main/shared/api/filters.ts';
import type { LiveEvent, LiveOutput } from '../../../src-main/shared/api/live-events.ts';
import type { ProofOfAir } from '../../../src-main/shared/api/proof-of-air.ts';
import type { Destination, StreamingLocator, StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';
import type { RemoteStatus } from '../../../src-main/shared/api/remote.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src-main/shared/api/settings.ts';
import type { StreamingEndpoint } from '../../../src-main/shared/api/streaming-endpoints.ts';
import type { DeviceList, SourceStatus, StudioState } from '../../../src-main/shared/api/studio.ts';
import type { AuditEntry } from '../../../src-main/shared/api/telemetry.ts';
import type { Upload } from '../../../src-main/shared/api/uploads.ts';
import type { Webhook } from '../../../src-main/shared/api/webhooks.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import { aFeed, endpointsOf, type FakeFeed } from './live-feed.ts';

/** Everything the fake service knows. Tests change it with `change`, which tells the page. */
export type World = {
  studio: StudioState;
  devices: DeviceList;
  destinations: Map<string, Destination>;
  assets: Map<string, Asset>;
  markers: Map<string, Marker[]>;
  certificates: Map<string, Certificate>;
  exports: Map<string, ExportJob>;
  /** Of recordings whose encoder set them irregularly, in seconds. */
  keyFrames: Map<string, readonly number[]>;
  locators: Map<string, StreamingLocator>;
  /** Those that somebody made. */
  streamingPolicies: Map<string, StreamingPolicy>;
  keyPolicies: Map<string, ContentKeyPolicy>;
  /** Those of all assets. */
  filters: Map<string, MediaFilter>;
  /** Those of an asset. */
  assetFilters: Map<string, Map<string, MediaFilter>>;
  endpoints: Map<string, StreamingEndpoint>;
  /** Newest first. */
  endpointMinutes: Map<string, EndpointMinute[]>;
  liveEvents: Map<string, LiveEvent>;
  outputs: Map<string, Map<string, LiveOutput>>;
  /** How the feeds of live events are doing; those that are not here have none. */
  feeds: Map<string, FakeFeed>;
  uploads: Map<string, Upload>;
  webhooks: Map<string, Webhook>;
  audit: AuditEntry[];
  air: ProofOfAir[];
  remote: RemoteStatus;
  settings: Settings;
  restartNeeded: string[];
};

const LAYERS = [
  { width: 1280, height: 720, bitrate: 2_500_000 },
  { width: 960, height: 540, bitrate: 1_000_000 },
  { width: 640, height: 360, bitrate: 400_000 },
];

export function emptyWorld(originUrl: string): World {
  return {
    studio: {
      phase: 'off-air',
      title: 'My talk',
      record: true,
      sources: [],
      scene: { kind: 'slate' },
      audio: [],
      sound: { loudnessTarget: 'off', warnings: [] },
      ladder: { choice: { kind: 'auto' }, layers: LAYERS, frameRate: 30, measuredSpeed: 2.4 },
      health: { level: 'good', reasons: [] },
      disk: { freeBytes: 182e9, secondsLeft: 322_000 },
      shared: false,
      viewers: 0,
      mixer: 'running',
    },
    devices: {
      value: [
        { kind: 'screen', id: 'screen:0', label: 'Built-in display', isDefault: true, width: 2560, height: 1600 },
        { kind: 'screen', id: 'screen:1', label: 'Projector', isDefault: false, width: 1920, height: 1080 },
        {
          kind: 'window',
          id: 'window:7',
          label: 'Slides – Presentation',
          isDefault: false,
          width: 1440,
          height: 810,
        },
        { kind: 'window', id: 'window:9', label: 'Terminal', isDefault: false, width: 1000, height: 700 },
        { kind: 'camera', id: 'camera:0', label: 'FaceTime HD Camera', isDefault: true, width: 1280, height: 720 },
        { kind: 'microphone', id: 'mic:0', label: 'USB microphone', isDefault: true },
        { kind: 'microphone', id: 'mic:1', label: 'Built-in microphone', isDefault: false },
        { kind: 'system-audio', id: 'out:0', label: 'Speakers', isDefault: true },
      ],
      problems: [],
    },
    destinations: new Map(),
    assets: new Map(),
    markers: new Map(),
    certificates: new Map(),
    exports: new Map(),
    keyFrames: new Map(),
    locators: new Map(),
    streamingPolicies: new Map(),
    keyPolicies: new Map(),
    filters: new Map(),
    assetFilters: new Map(),
    endpoints: new Map([
      [
        'default',
        {
          name: 'default',
          description: '',
          hostName: new URL(originUrl).hostname,
          port: Number(new URL(originUrl).port),
          urls: [new URL(originUrl).origin],
          customHostNames: [],
          resourceState: 'Running',
          viewers: 0,
          egressBitrate: 0,
        },
      ],
    ]),
    endpointMinutes: new Map(),
    liveEvents: new Map(),
    outputs: new Map(),
    feeds: new Map(),
    uploads: new Map(),
    webhooks: new Map(),
    air: [],
    remote: { enabled: false, urls: [], tls: false, devices: [] },
    audit: [],
    settings: structuredClone(DEFAULT_SETTINGS),
    restartNeeded: [],
  };
}

export function pictureSource(id: string, kind: 'screen' | 'camera' | 'test', label: string): SourceStatus {
  const spec =
    kind === 'test'
      ? { id, kind }
      : kind === 'camera'
        ? { id, kind, device: 'camera:0' }
        : { id, kind, device: 'screen:0', cursor: true };
  return {
    spec,
    label,
    hasVideo: true,
    hasAudio: kind === 'test',
    state: 'live',
    frameRate: 30,
    restarts: 0,
  };
}

function soundSource(id: string, kind: 'microphone' | 'system-audio', label: string): SourceStatus {
  return {
    spec: kind === 'microphone' ? { id, kind, device: 'mic:0' } : { id, kind, device: 'out:0' },
    label,
    hasVideo: false,
    hasAudio: true,
    state: 'live',
    restarts: 0,
  };
}

/** A screen, a camera, a microphone and what the computer plays. */
export function withSources(world: World): World {
  world.studio = {
    ...world.studio,
    title: 'Reading the small print of HTTP caching',
    sources: [
      pictureSource('screen', 'screen', 'Built-in display'),
      pictureSource('camera', 'camera', 'FaceTime HD Camera'),
      soundSource('mic', 'microphone', 'USB microphone'),
      soundSource('system-audio', 'system-audio', 'Computer sound'),
    ],
    scene: { kind: 'single', source: 'screen' },
    audio: [
      { id: 'mic', label: 'USB microphone', gainDb: 3, muted: false, ...UNTREATED, separateTrack: 'off' },
      {
        id: 'system-audio',
        label: 'Computer sound',
        gainDb: -12,
        muted: false,
        ...UNTREATED,
        separateTrack: 'off',
      },
    ],
  };
  return world;
}

export function aDestination(name: string, patch: Partial<Destination> = {}): Destination {
  return {
    name,
    url: 'rtmps://ingest.example.org/live',
    hasStreamKey: true,
    enabled: true,
    quality: 'top',
    state: 'waiting',
    sentBitrate: 0,
    queueSeconds: 0,
    droppedSeconds: 0,
    retries: 0,
    ...patch,
  };
}

export function anAsset(name: string, patch: Partial<Asset> = {}): Asset {
  return {
    name,
    assetId: '11111111-2222-4333-8444-555555555555',
    title: name,
    description: '',
    tags: [],
    state: 'ready',
    created: '2026-10-02T08:00:00.000Z',
    lastModified: '2026-10-02T09:00:00.000Z',
    recordedAt: '2026-10-02T08:00:00.000Z',
    duration: 40,
    size: 1_130_000_000,
    tracks: [
      {
        id: 'video_2500000',
        kind: 'video',
        codec: 'avc1.64001f',
        bitrate: 2_500_000,
        width: 1280,
        height: 720,
        frameRate: 30,
        language: 'und',
      },
      {
        id: 'video_1000000',
        kind: 'video',
        codec: 'avc1.64001e',
        bitrate: 1_000_000,
        width: 960,
        height: 540,
        frameRate: 30,
        language: 'und',
      },
      {
        id: 'audio_128000',
        kind: 'audio',
        codec: 'mp4a.40.2',
        bitrate: 128_000,
        sampleRate: 48_000,
        channels: 2,
        language: 'und',
      },
    ],
    gaps: [],
    locators: [],
    ...patch,
  };
}

/** A few weeks of talks. */
export function withArchive(world: World): World {
  const talks: readonly [string, Partial<Asset>][] = [
    [
      'http-caching',
      {
        title: 'Reading the small print of HTTP caching',
        tags: ['web', 'conference'],
        recordedAt: '2026-11-20T17:00:00.000Z',
        duration: 3481,
        size: 1_290_000_000,
      },
    ],
    [
      'weekly-46',
      {
        title: 'Weekly: what we shipped, what we learned',
        tags: ['weekly'],
        recordedAt: '2026-11-18T09:30:00.000Z',
        duration: 1904,
        size: 702_000_000,
      },
    ],
    [
      'lecture-7',
      {
        title: 'Lecture 7: Fourier series, and why drums sound the way they do',
        description: 'With the demonstration at 41 minutes.',
        tags: ['lecture', 'maths'],
        recordedAt: '2026-11-12T13:15:00.000Z',
        duration: 5412,
        size: 2_010_000_000,
        gaps: [{ start: 1800, duration: 42 }],
      },
    ],
    [
      'lecture-6',
      {
        title: 'Lecture 6: Vector spaces',
        tags: ['lecture', 'maths'],
        recordedAt: '2026-11-05T13:15:00.000Z',
        duration: 5330,
        size: 1_960_000_000,
        state: 'damaged',
        damage: 'From 1:02:11 to 1:02:19 the picture of the best quality does not decode; the others are whole.',
      },
    ],
    [
      'reading',
      {
        title: 'An evening reading, with questions',
        tags: ['reading'],
        recordedAt: '2026-10-29T18:00:00.000Z',
        duration: 4210,
        size: 1_540_000_000,
      },
    ],
    [
      'onboarding',
      {
        title: 'Onboarding for new colleagues',
        tags: ['weekly', 'howto'],
        recordedAt: '2026-10-14T08:00:00.000Z',
        duration: 2640,
        size: 980_000_000,
      },
    ],
  ];
  for (const [name, patch] of talks) {
    world.assets.set(name, anAsset(name, patch));
  }
  world.locators.set('reading-1', {
    name: 'reading-1',
    assetName: 'reading',
    streamingLocatorId: '0f8b2a44-6f0c-4a06-9a3b-0d3cf0a3d001',
    streamingPolicyName: 'Predefined_ClearStreamingOnly',
    created: '2026-10-30T08:00:00.000Z',
  });
  return world;
}

/** The same with what was saved of one, whose encoder set its key frames irregularly. */
export function withExports(world: World): World {
  withArchive(world);
  const span = 5454;
  world.keyFrames.set('lecture-7', [
    ...Array.from({ length: 900 }, (_, index) => Math.round((index * 6.017 + (index % 3)) * 1000) / 1000),
    span - 0.5,
  ]);
  const job: ExportJob = {
    id: 'e1',
    asset: 'lecture-7',
    format: 'mp4',
    quality: '2500',
    state: 'done',
    progress: 1,
    created: '2026-11-12T16:00:00.000Z',
    start: 0,
    end: span,
    size: 2_004_000_000,
    fileName: 'Lecture 7 Fourier series, and why drums sound the way they do.mp4',
  };
  const others: readonly Partial<ExportJob>[] = [
    { id: 'e2', quality: '1000', start: 2466.967, end: 2893.234, size: 53_400_000, fileName: 'Demonstration.mp4' },
    { id: 'e3', format: 'm4a', quality: '128', start: 12.011, end: 5454, size: 87_000_000, fileName: 'Sound.m4a' },
    {
      id: 'e4',
      state: 'writing',
      progress: 0.4,
      eta: 75,
      start: 2466.967,
      end: 5454,
      fileName: 'Second half.mp4',
    },
  ];
  for (const [index, patch] of [{}, ...others].entries()) {
    const { size, ...unfinished } = { ...job, ...patch, created: `2026-11-12T16:0${index}:00.000Z` };
    world.exports.set(
      unfinished.id,
      unfinished.state === 'done' ? { ...unfinished, size: size ?? 0 } : unfinished,
    );
  }
  return world;
}

export function aLiveEvent(name: string, patch: Partial<LiveEvent> = {}): LiveEvent {
  return {
    name,
    description: '',
    tags: {},
    created: '2026-11-21T07:30:00.000Z',
    lastModified: '2026-11-21T07:30:00.000Z',
    provisioningState: 'Succeeded',
    resourceState: 'Stopped',
    input: {
      streamingProtocol: 'RTMP',
      accessToken: '3f2b8c1e-5a4d-4f6b-9c0d-7e8f9a0b1c2d',
      keyFrameIntervalDuration: 'PT2S',
      endpoints: [],
    },
    preview: { previewLocator: '6a1f0d52-0b7e-4a7c-8f60-5d1c2b3a4e5f', endpoints: [] },
    encoding: { encodingType: 'PassthroughStandard' },
    streamOptions: ['Default'],
    ...patch,
  };
}

/** An event that runs, with its addresses. */
export function running(event: LiveEvent, originUrl: string): LiveEvent {
  const { preview } = event;
  const manifest = `${originUrl}/${preview.previewLocator}/preview.ism/manifest`;
  return {
    ...event,
    resourceState: 'Running',
    input: { ...event.input, ...endpointsOf(event) },
    preview: {
      ...preview,
      endpoints: [
        { protocol: 'Hls', url: `${manifest}(format=m3u8-cmaf)` },
        { protocol: 'Dash', url: `${manifest}(format=mpd-time-cmaf)` },
      ],
    },
  };
}

function aLiveOutput(name: string, patch: Partial<LiveOutput> = {}): LiveOutput {
  return {
    name,
    description: '',
    assetName: `talk-${name}`,
    archiveWindowLength: 'PT8H',
    manifestName: 'talk',
    created: '2026-11-21T07:40:00.000Z',
    lastModified: '2026-11-21T07:40:00.000Z',
    provisioningState: 'Succeeded',
    resourceState: 'Running',
    ...patch,
  };
}

/** A service at work: one event that an encoder feeds, with two outputs, and one of each other state that lasts. */
export function withLiveEvents(world: World): World {
  const originUrl = world.endpoints.get('default')?.urls[0] ?? '';
  const events = [
    running(aLiveEvent('talk', { description: 'The keynote, from the hall.' }), originUrl),
    running(
      aLiveEvent('encoded', {
        encoding: { encodingType: 'Standard', presetName: 'Default720p', keyFrameInterval: 'PT2S' },
        streamOptions: ['LowLatencyV2'],
      }),
      originUrl,
    ),
    aLiveEvent('tomorrow'),
    aLiveEvent('held-ready', { resourceState: 'StandBy' }),
  ];
  for (const event of events) {
    world.liveEvents.set(event.name, event);
    world.outputs.set(event.name, new Map());
  }
  world.outputs.set(
    'talk',
    new Map([
      ['archive', aLiveOutput('archive', { archiveWindowLength: 'PT25H' })],
      ['rewind', aLiveOutput('rewind', { archiveWindowLength: 'PT1H', rewindWindowLength: 'PT30M' })],
    ]),
  );
  world.feeds.set('talk', aFeed(Date.now()));
  world.endpointMinutes.set('default', endpointMinutes(Date.now()));
  return world;
}

/** Three quarters of an hour of viewers who come, most with HLS, and of some who asked for what was gone. */
export function endpointMinutes(nowMs: number): EndpointMinute[] {
  return Array.from({ length: 45 }, (_, minutesAgo) => {
    const viewers = 45 - minutesAgo;
    const gone = minutesAgo === 20 ? 30 : 0;
    return {
      time: new Date(nowMs - minutesAgo * 60_000).toISOString(),
      egressBytes: viewers * 18_750_000,
      latencyMs: 4 + (minutesAgo % 5),
      requests: [
        { outputFormat: 'm3u8-cmaf', httpStatusCode: 200, count: viewers * 60 },
        { outputFormat: 'mpd-time-cmaf', httpStatusCode: 200, count: viewers * 20 },
        ...(gone === 0
          ? []
          : [
              {
                outputFormat: 'm3u8-cmaf',
                httpStatusCode: 404,
                errorCode: 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND',
                count: gone,
              },
            ]),
      ],
    };
  });
}

/** What a check finds of a recording that is whole but for a gap. */
export function aCertificate(asset: string): Certificate {
  return {
    asset,
    state: 'gaps',
    checked: '2026-05-04T12:00:00.000Z',
    duration: 3600,
    gaps: [{ start: 900, duration: 12 }],
    soundOffset: 0.021,
    loudness: { integrated: -16.2, range: 5.1, truePeak: -1.4 },
    decodedSegments: 9,
    faults: [],
    files: ['video_2500000/000000.cmfv', 'audio_128000/000000.cmfa'].map((path, index) => ({
      path,
      size: 1000 + index,
      sha256: String(index + 1).repeat(64),
    })),
  };
}

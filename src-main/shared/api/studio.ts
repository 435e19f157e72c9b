import { z } from 'zod';
import { isoTime, problem } from './common.ts';
import { ladderChoice, videoLayer } from './ladder.ts';
import { panicState } from './panic.ts';
import { type meterReading, programmeSound, soundInputSettings } from './sound.ts';

const ownName = z
  .string()
  .min(1)
  .max(40)
  .regex(/^[a-z0-9][a-z0-9-]*$/, 'must be lower-case letters, digits and hyphens');

export const sourceId = ownName.describe('Of a source.');

/** Made from its name; `shared/api/scenes.ts` says what a scene is. */
export const sceneId = ownName.describe('Of a scene.');

const even = z.number().int().min(0).max(16_384);

/** Where a source takes its picture or sound from. Everything a restart needs; nothing that changes while it runs. */
export const sourceSpec = z.discriminatedUnion('kind', [
  /** Moving picture with burnt-in UTC clock, frame counter and a flash and beep each second; made inside the mixer. */
  z.strictObject({ id: sourceId, kind: z.literal('test') }),
  z.strictObject({
    id: sourceId,
    kind: z.literal('screen'),
    /** An id from `studio/devices`; the whole desktop when left out. */
    device: z.string().max(500).optional(),
    /** In pixels of the screen; the whole of it when left out. */
    region: z.strictObject({ x: even, y: even, width: even.min(16), height: even.min(16) }).optional(),
    cursor: z.boolean().default(true),
  }),
  z.strictObject({
    id: sourceId,
    kind: z.literal('window'),
    /** A window id from `studio/devices`. */
    device: z.string().min(1).max(500),
    cursor: z.boolean().default(true),
  }),
  z.strictObject({ id: sourceId, kind: z.literal('camera'), device: z.string().min(1).max(500) }),
  z.strictObject({ id: sourceId, kind: z.literal('microphone'), device: z.string().min(1).max(500) }),
  /** What the computer plays. */
  z.strictObject({ id: sourceId, kind: z.literal('system-audio'), device: z.string().min(1).max(500).optional() }),
  z.strictObject({
    id: sourceId,
    kind: z.literal('file'),
    path: z.string().min(1).max(4096),
    loop: z.boolean().default(true),
  }),
  z.strictObject({ id: sourceId, kind: z.literal('url'), url: z.url().max(2048) }),
  /** What a page in a browser, here or on another computer, captures and sends; see `browser-source.ts`. */
  z.strictObject({
    id: sourceId,
    kind: z.literal('browser'),
    /** What it is called, e.g. the co-presenter's name. */
    name: z.string().trim().min(1).max(60).optional(),
  }),
]);
export type SourceSpec = z.infer<typeof sourceSpec>;
export type SourceKind = SourceSpec['kind'];

/**
 * `starting`, `live`. `held`: no new frame for 1 s, the last one is shown. `lost`: replaced by the slate or silence, being restarted.
 * `failed`: restarting would not help; `error` names the cure.
 */
const SOURCE_STATES = ['starting', 'live', 'held', 'lost', 'failed'] as const;

const sourceStatus = z.strictObject({
  spec: sourceSpec,
  label: z.string(),
  hasVideo: z.boolean(),
  hasAudio: z.boolean(),
  state: z.enum(SOURCE_STATES),
  /** Frames per second that arrive, over the last seconds. */
  frameRate: z.number().min(0).optional(),
  restarts: z.number().int().min(0),
  /** How its sound lies beside the picture, while it is heard; corrected by itself, without a break. */
  sync: z
    .strictObject({
      /** Positive when it comes later than the picture. */
      offsetMs: z.number(),
      /** How much faster its clock runs than the programme's, in parts per million. */
      driftPpm: z.number(),
    })
    .optional(),
  error: problem.optional(),
});
export type SourceStatus = z.infer<typeof sourceStatus>;

export const audioInput = z.strictObject({
  /** The source it belongs to. */
  id: sourceId,
  label: z.string(),
  ...soundInputSettings.shape,
});
export type AudioInput = z.infer<typeof audioInput>;

export const audioInputPatch = soundInputSettings.partial();
export type AudioInputPatch = z.infer<typeof audioInputPatch>;

/** One source full frame, the slate, or a scene that was made. */
export const scene = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('single'), source: sourceId }),
  z.strictObject({ kind: z.literal('slate') }),
  z.strictObject({ kind: z.literal('scene'), scene: sceneId }),
]);
export type Scene = z.infer<typeof scene>;

export const DEVICE_KINDS = ['screen', 'window', 'camera', 'microphone', 'system-audio'] as const;

export const device = z.strictObject({
  kind: z.enum(DEVICE_KINDS),
  id: z.string(),
  /** A name people know. */
  label: z.string(),
  isDefault: z.boolean(),
  width: z.number().int().optional(),
  height: z.number().int().optional(),
});
export type Device = z.infer<typeof device>;

export const deviceList = z.strictObject({
  value: z.array(device),
  /** Kinds that cannot be captured here, and the cure. */
  problems: z.array(problem),
});
export type DeviceList = z.infer<typeof deviceList>;

/**
 * The presenter's session.
 *
 *     off-air ──rehearse──▶ rehearsing ──go-live──▶ starting ──first chunk──▶ live ◀──▶ reconnecting
 *        │                                            ▲  │                     │ end (5 s in which undo-end returns)
 *        └──────────────────go-live───────────────────┘  └──failed──▶ off-air ◀┴── ending
 */
export const STUDIO_PHASES = ['off-air', 'rehearsing', 'starting', 'live', 'reconnecting', 'ending'] as const;
export type StudioPhase = (typeof STUDIO_PHASES)[number];

const playbackUrls = z.strictObject({
  hls: z.string(),
  dash: z.string(),
  watch: z.string(),
});

const studioSession = z.strictObject({
  liveEvent: z.string(),
  liveOutput: z.string().optional(),
  asset: z.string().optional(),
  locator: z.string().optional(),
  urls: playbackUrls,
  startedAt: isoTime,
  /** Until when an end can still be undone. */
  undoUntil: isoTime.optional(),
});
export type StudioSession = z.infer<typeof studioSession>;

const HEALTH_LEVELS = ['good', 'fair', 'poor'] as const;

/** One reason for the health being less than good; the page has the words, `detail` is the English fall-back. */
const healthReason = z.strictObject({
  code: z.enum([
    'encoder-slow',
    'encoder-restarted',
    'ladder-reduced',
    'qualities-left-out',
    'frame-rate-halved',
    'source-held',
    'source-lost',
    'sound-lost',
    'source-failed',
    'destination-down',
    'destination-refused',
    'destination-reduced',
    'disk-low',
    'muted',
    'muted-speaking',
    'no-signal',
    'clipping',
    'echo',
    'mixer-restarted',
  ]),
  subject: z.string().optional(),
  detail: z.string(),
});
export type HealthReason = z.infer<typeof healthReason>;

/** What is taken back by and by when the computer does not keep up, in that order; see `decisions/0027`. */
export const REDUCTION_STEPS = ['preset', 'rungs', 'frame-rate'] as const;
export type ReductionStep = (typeof REDUCTION_STEPS)[number];

const encoderReduction = z.strictObject({
  /** The last one that was taken; those before it hold, too. */
  step: z.enum(REDUCTION_STEPS),
  /** Layers that are not encoded at present. Never the best one. */
  leftOut: z.array(videoLayer),
  halfFrameRate: z.boolean(),
  /** What it means, for people. */
  sentence: z.string(),
});

export const encoderStatus = z.strictObject({
  /** ffmpeg's name of it, e.g. `libx264`, and the preset. */
  encoder: z.string(),
  preset: z.string(),
  frameRate: z.number(),
  layers: z.array(videoLayer),
  audioBitrate: z.number().int(),
  /** 1 keeps up; below 1 for more than a second is stepped down. */
  speed: z.number().min(0),
  /** Frames handed over and not yet encoded. */
  backlogFrames: z.number().int().min(0),
  restarts: z.number().int().min(0),
  /** While less is encoded than was chosen, because the computer does not keep up. It ends by itself. */
  reduction: encoderReduction.optional(),
});
export type EncoderStatus = z.infer<typeof encoderStatus>;

export const studioState = z.strictObject({
  phase: z.enum(STUDIO_PHASES),
  title: z.string(),
  record: z.boolean(),
  session: studioSession.optional(),
  sources: z.array(sourceStatus),
  scene,
  audio: z.array(audioInput),
  sound: programmeSound,
  ladder: z.strictObject({
    choice: ladderChoice,
    /** What the choice comes to on this computer; undefined until it has been measured. */
    layers: z.array(videoLayer).optional(),
    frameRate: z.number(),
    /** Real-time factor that the measurement found for it. */
    measuredSpeed: z.number().optional(),
  }),
  encoder: encoderStatus.optional(),
  health: z.strictObject({ level: z.enum(HEALTH_LEVELS), reasons: z.array(healthReason) }),
  disk: z.strictObject({
    freeBytes: z.number(),
    /** Seconds of recording that fit at the present bitrate. */
    secondsLeft: z.number(),
  }),
  /** Whether the origin answers other computers too. */
  shared: z.boolean(),
  viewers: z.number().int().min(0),
  mixer: z.enum(['starting', 'running', 'restarting']),
  /** Picture and sound are cut, until the presenter says `back`. */
  panic: panicState.optional(),
  lastError: problem.optional(),
});
export type StudioState = z.infer<typeof studioState>;

export const studioPatch = z.strictObject({
  title: z.string().max(200).optional(),
  record: z.boolean().optional(),
});
export const sourcesPut = z.strictObject({ sources: z.array(sourceSpec).max(16) });
export const ladderPut = ladderChoice;
export const goLive = z.strictObject({
  title: z.string().max(200).optional(),
  record: z.boolean().optional(),
  /** Archive window of the recording; the longest when left out. */
  archiveWindowLength: z.string().optional(),
});
export type GoLive = z.infer<typeof goLive>;
export const rehearse = z.strictObject({
  /** Keep the recording of the rehearsal; without it it is deleted with the end. */
  record: z.boolean().optional(),
});
export type Rehearse = z.infer<typeof rehearse>;
export const markerCreate = z.strictObject({ label: z.string().max(200).default('') });

/** Levels of one strip, ten times a second, in the preview stream. dBFS; -Infinity is sent as -120. */
export type MeterReading = Readonly<z.infer<typeof meterReading>>;

import type { EventSource } from '../../base/emitter.ts';
import type { MeterReading, SourceKind } from '../../shared/api/studio.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import type { SoundTreatment } from '../../shared/sound-limits.ts';

/**
 * What the service and the mixer process say to each other. The mixer owns the programme clock, the capture processes and the encoder
 * process; the service owns everything that lasts. Either may be restarted without the other.
 *
 * Media time of the programme is UTC in milliseconds since 1970 as the service's steady clock had it when the mixer was configured, plus the
 * frames counted since: a restarted mixer continues the same timeline with nothing to remember.
 */
export type FrameRate = { readonly numerator: number; readonly denominator: number };

export type Canvas = {
  /** Even. Every source arrives in this size, already scaled and padded by its capture process. */
  readonly width: number;
  readonly height: number;
  readonly frameRate: FrameRate;
};

/** Sound inside the mixer is always interleaved s16le of this rate and two channels. */
export const MIXER_SAMPLE_RATE = 48_000;
export const MIXER_CHANNELS = 2;
/** Ticks per second in which the mixer gives the media time of frames. */
export const MIXER_VIDEO_TIMESCALE = 90_000;

/** One capture process, ready to run: raw frames on one pipe, PCM on another. */
export type CaptureCommand = {
  readonly executable: string;
  readonly args: readonly string[];
  /**
   * Other ways to ask the same device, with the same pipes, in this order: when it ends, or is given up, before it gave anything, the next
   * one is tried, and behind the last the first again. Left out: there is only one.
   */
  readonly otherArgs?: readonly (readonly string[])[];
  readonly env?: Readonly<Record<string, string>>;
  /** Index of the pipe (file descriptor) with I420 frames of the canvas size. */
  readonly videoFd: number | undefined;
  /** Index of the pipe with s16le PCM. */
  readonly audioFd: number | undefined;
  readonly secrets: readonly string[];
  /**
   * To be written to its standard input, which is then closed: a list with an address that may hold a password, because the process list
   * is public. Without it the process has no standard input.
   */
  readonly stdin?: string;
  /** Ends by itself with code 0 and that is no fault: a file that does not loop. */
  readonly finite: boolean;
  /** A recording that is played over and over: its end with code 0 is no fault, and it is begun again at once. */
  readonly loops?: boolean;
};

export type MixerSource = {
  readonly id: string;
  /** For the words of its errors; when left out, a camera or a microphone. */
  readonly kind?: SourceKind;
  readonly label: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly input: { readonly kind: 'test' } | { readonly kind: 'capture'; readonly command: CaptureCommand };
  /** A screen that really is black is fine after it has once shown something; until then it is an error after 2 s. */
  readonly rejectBlack: boolean;
  /**
   * The pictures of an encoder somewhere else: it may give nothing for as long as it likes, is not restarted for that, and which of its
   * pictures is on show is told (`source-picture`).
   */
  readonly feed?: boolean;
};

/** Whole pixels; even, because of the chroma planes. */
export type Area = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };

/** BT.709 in the range of video. */
export type Colour = { readonly y: number; readonly u: number; readonly v: number };

/** A part of a composed picture; those behind it in the list lie on it. What reaches beyond the canvas is left out as a whole. */
export type MixerLayer =
  | {
      readonly kind: 'picture';
      readonly source: string;
      /** Of the source's picture, which has the size of the canvas. */
      readonly crop: Area;
      readonly box: Area;
      /** Of its corners, in pixels. */
      readonly radius: number;
      /** Inside of the box. */
      readonly border?: { readonly width: number; readonly colour: Colour } | undefined;
    }
  | { readonly kind: 'image'; readonly image: string; readonly x: number; readonly y: number }
  /** The time that is left, in the middle of the box; nothing when it is over. */
  | { readonly kind: 'countdown'; readonly untilMs: number; readonly box: Area; readonly colour: Colour };

/** What the programme shows: one source, the slate, or several things on a ground. */
export type MixerScene =
  | { readonly kind: 'single'; readonly source: string }
  | { readonly kind: 'slate' }
  /** Belongs to the canvas that it was made for. */
  | { readonly kind: 'composed'; readonly ground: Colour; readonly layers: readonly MixerLayer[] };

/** A still with soft edges: I420, and a byte of opacity for each pixel, both base64. */
export type MixerImage = {
  readonly width: number;
  readonly height: number;
  readonly picture: string;
  readonly alpha: string;
};

/** The encoder, ready to run: raw I420 on fd 3, s16le on fd 4, one fragmented MP4 per track from fd 5 on. */
export type EncoderCommand = {
  readonly executable: string;
  readonly args: readonly string[];
  readonly tracks: readonly EncodedTrack[];
  /** What `-output_ts_offset` adds, in seconds: keeps AAC priming from going below zero. Taken off again by the reader. */
  readonly offsetSeconds: number;
};

export type EncodedTrack = {
  /** `video_2500000`, `audio_128000`. */
  readonly id: string;
  readonly kind: 'video' | 'audio';
  readonly bitrate: number;
};

/** The encoder of one separate track, ready to run: s16le on fd 3, one fragmented MP4 of sound on fd 4. */
export type SeparateTrack = {
  /** One track from its start to its end, over all restarts of its process. */
  readonly encoding: string;
  /** The sound input. Its track is silent while that is away. */
  readonly source: string;
  /** Recorded although it is muted. */
  readonly evenMuted: boolean;
  readonly command: Omit<EncoderCommand, 'tracks'>;
};

export type MixerCommand =
  | {
      readonly type: 'configure';
      readonly canvas: Canvas;
      /** UTC of the service's steady clock at the time of sending. */
      readonly wallNowMs: number;
    }
  | { readonly type: 'sources'; readonly sources: readonly MixerSource[] }
  | {
      readonly type: 'scene';
      readonly scene: MixerScene;
      /** What lies on it, unless it is the slate; as it was when left out. */
      readonly overlays?: readonly MixerLayer[] | undefined;
    }
  /** For the layers that name it; forgotten when left out. */
  | { readonly type: 'image'; readonly id: string; readonly image?: MixerImage | undefined }
  /** Draws a scene that is not on air, once; answered by `sketch`. */
  | {
      readonly type: 'sketch';
      readonly request: number;
      readonly scene: MixerScene;
      readonly overlays: readonly MixerLayer[];
      readonly width: number;
    }
  /** What shows in place of a picture that is not there: I420 of the canvas size, base64; the stock picture when left out. */
  | { readonly type: 'slate'; readonly picture?: string | undefined }
  | {
      readonly type: 'audio';
      readonly id: string;
      readonly gainDb: number;
      readonly muted: boolean;
      /** As it comes, when left out. */
      readonly treatment?: SoundTreatment | undefined;
    }
  /** What the programme is brought to, in LUFS; left as loud as it is without. */
  | { readonly type: 'loudness'; readonly target?: number | undefined }
  /** From the next frame on the slate and silence, whatever else is asked for; answered by `cut`. */
  | { readonly type: 'cut'; readonly on: boolean }
  /** `always`: also when it gives something, because what it gives is not its device any more. */
  | { readonly type: 'retry-source'; readonly id: string; readonly always?: boolean | undefined }
  | { readonly type: 'drill'; readonly fault: DrillFault }
  /** Answered by `source-look`: the picture that a source has now, at most `width` wide. */
  | { readonly type: 'look-at-source'; readonly id: string; readonly request: string; readonly width: number }
  | {
      readonly type: 'start-encoder';
      /** One encoding from start to stop, over all restarts of the process. */
      readonly encoding: string;
      readonly command: EncoderCommand;
    }
  /** Another command line (a cheaper preset, fewer tracks): the new process takes over at a frame boundary without a gap. */
  | { readonly type: 'replace-encoder'; readonly encoding: string; readonly command: EncoderCommand }
  | { readonly type: 'stop-encoder'; readonly encoding: string }
  /**
   * All sound inputs that are encoded by themselves, beside the programme. One that is left out is finished, and tells `separate-ended`; its runs
   * are told as `encoder-run`.
   */
  | { readonly type: 'separate'; readonly tracks: readonly SeparateTrack[] }
  | { readonly type: 'preview'; readonly on: false }
  | { readonly type: 'preview'; readonly on: true; readonly width: number; readonly frameRate: number }
  | { readonly type: 'shutdown' };

/** How sound lies beside the picture. */
export type SoundSync = {
  /** Positive when it comes later than the picture. */
  readonly offsetMs: number;
  /** How much faster its clock runs than the programme's, in parts per million; made up for without a break. */
  readonly driftPpm: number;
};

/** Made to go wrong on purpose in a rehearsal: the picture of a source stands still, the encoder's processes are killed. `none` undoes it. */
export type DrillFault =
  | { readonly kind: 'freeze'; readonly source: string }
  | { readonly kind: 'crash-encoder' }
  | { readonly kind: 'none' };

export type WireFault = { readonly code: ErrorCode; readonly message: string };

export type MixerEvent =
  | { readonly type: 'ready' }
  | {
      readonly type: 'source';
      readonly id: string;
      readonly state: 'starting' | 'live' | 'held' | 'lost' | 'failed';
      readonly frameRate: number | undefined;
      readonly restarts: number;
      readonly fault: WireFault | undefined;
      /** Of a source whose sound is heard: how its clock keeps up with the picture. */
      readonly sync?: SoundSync | undefined;
    }
  /** What `look-at-source` asked for. */
  | {
      readonly type: 'source-look';
      readonly request: string;
      /** Undefined while the source has no picture to show. I420, base64. */
      readonly picture: { readonly width: number; readonly height: number; readonly bytes: string } | undefined;
    }
  /** UTC of the first programme frame that is as it was asked for, ms since 1970. */
  | { readonly type: 'cut'; readonly on: boolean; readonly fromMs: number }
  /** Another picture of a source that is a `feed` is shown: before anything of the frame comes out encoded. */
  | {
      readonly type: 'source-picture';
      readonly id: string;
      /** Of its capture process. */
      readonly pid: number;
      /** How many pictures that process gave before this one. */
      readonly index: number;
      /** UTC of the programme frame that showed it first, ms since 1970. */
      readonly wallMs: number;
    }
  /**
   * A process of the encoding began. Its fragments carry times from `offsetSeconds`; what they mean on the media timeline is
   * `start…Ticks` plus their distance from the offset.
   */
  | {
      readonly type: 'encoder-run';
      readonly encoding: string;
      readonly run: number;
      /** Ids of the tracks that it writes, in the order of its pipes. */
      readonly tracks: readonly string[];
      /** Media time of the first frame, 1/90000 s since 1970; text, because it is a bigint. */
      readonly videoStart: string;
      /** Media time of the first PCM sample, 1/48000 s since 1970. */
      readonly audioStart: string;
      /** Frames that no process has encoded between the last run and this one; 0 when the restart left no gap. */
      readonly lostFrames: number;
    }
  | {
      readonly type: 'encoder-status';
      readonly encoding: string;
      /** Encoded over elapsed time in the last seconds. */
      readonly speed: number;
      readonly backlogFrames: number;
      readonly restarts: number;
      readonly fault: WireFault | undefined;
    }
  | { readonly type: 'encoder-ended'; readonly encoding: string; readonly fault: WireFault | undefined }
  /** The process of a separate track ended unasked, or one that did works again: without `fault`. */
  | {
      readonly type: 'separate-status';
      readonly encoding: string;
      /** In a row. */
      readonly failures: number;
      readonly fault: WireFault | undefined;
    }
  | { readonly type: 'separate-ended'; readonly encoding: string }
  /** `picture` is I420 in base64. */
  | {
      readonly type: 'sketch';
      readonly request: number;
      readonly width: number;
      readonly height: number;
      readonly picture: string;
    }
  | {
      readonly type: 'meters';
      readonly wallMs: number;
      readonly readings: readonly MeterReading[];
      /** Microphones that hear what the computer plays, which is input `of`. */
      readonly echoes?: readonly { readonly id: string; readonly of: string }[];
    }
  /** How late the programme clock ran in the last seconds, for health and the bench. */
  | { readonly type: 'clock'; readonly lateMsP95: number; readonly lateMsMax: number };

/** Bytes that travel beside the messages. */
export type MixerData =
  /** The next bytes of one track of one run, exactly as ffmpeg wrote them: header first, then fragments of one frame each. */
  | { readonly type: 'encoded'; readonly run: number; readonly track: number; readonly bytes: Uint8Array }
  | {
      readonly type: 'picture';
      readonly width: number;
      readonly wallMs: number;
      /** I420. */
      readonly bytes: Uint8Array;
    };

/** `restarting`: the process is gone and a new one is being put where the old one was; the programme stands still meanwhile. */
export type MixerPhase = 'starting' | 'running' | 'restarting';

/**
 * The mixer process as the service sees it, over all its restarts. A fresh process is told everything that was last asked and still holds;
 * encodings go on as further runs, behind a gap.
 */
export type Mixer = AsyncDisposable & {
  /** Never waits and never fails; `wallNowMs` of `configure` is set to the time of sending. */
  send(command: MixerCommand): void;
  readonly events: EventSource<MixerEvent>;
  readonly data: EventSource<MixerData>;
  phase(): MixerPhase;
  readonly phaseChanged: EventSource<MixerPhase>;
  /** Processes that ended unasked. */
  restarts(): number;
};

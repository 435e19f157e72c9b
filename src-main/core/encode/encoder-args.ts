import { assert } from '../../base/assert.ts';
import type { AudioLayer, VideoLayer } from '../../shared/api/ladder.ts';
import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import {
  type EncodedTrack,
  type EncoderCommand,
  type FrameRate,
  MIXER_CHANNELS,
  MIXER_SAMPLE_RATE,
  type SeparateTrack,
} from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';
import type { VideoCodecName } from './codecs/video-codec.ts';
import type { Reduction } from './overload-steps.ts';
import type { LadderPlan } from './resolve-ladder.ts';
import { VIDEO_CODECS } from './video-codecs.ts';

/**
 * Added to every timestamp: without it the priming of AAC, 1024 samples before 0, would be a decode time of 2^64 - 1024. Any whole number
 * of GOPs would do; ten seconds also leave room for an encoder that reorders.
 */
const OFFSET_SECONDS = 10;

/** Nominal length of a segment and of a group of pictures: the common ground of HLS, DASH and Smooth players for live. */
const GOP_SECONDS = 2;

/** The first pipe that the encoder writes to; raw picture and sound come in on 3 and 4. */
const FIRST_TRACK_FD = 5;

export type EncoderChoice = {
  readonly codec: VideoCodecName;
  /** One of the codec's presets; what it does not have is our mistake. */
  readonly preset: string;
  /** The render node of VA-API; the first one when left out. */
  readonly device?: string | undefined;
};

export type EncoderOptions = {
  readonly binary: Pick<FfmpegBinary, 'path' | 'major'>;
  readonly encoder: EncoderChoice;
  /** Processor cores the encoder may use. */
  readonly cores: number;
  /** Seconds from key frame to key frame. Default `GOP_SECONDS`. */
  readonly gopSeconds?: number | undefined;
  /** A shorter first group, so that the first segment is there sooner: key frames at 0, f, f + g, f + 2g … Default `gopSeconds`. */
  readonly firstGopSeconds?: number | undefined;
  /** Less than the whole plan; the tracks that are left have the same header bytes. */
  readonly reduction?: Reduction | undefined;
};

/**
 * The command line of the encoder, pure: raw picture and sound in, one fragmented MP4 per track out, one frame per fragment.
 *
 * Every track begins at exactly `offsetSeconds` (AAC 1024 samples before), all video layers have their key frames at the same instants, and
 * the same plan and codec give the same header bytes in every run, whatever the preset and the first group: so a run can be replaced by
 * another on the same timeline. A fragment per frame costs 0.01 % of a core per track more than 200 ms fragments and comes 160 ms earlier.
 */
export function encoderCommand(whole: LadderPlan, options: EncoderOptions): EncoderCommand {
  const codec = VIDEO_CODECS[options.encoder.codec];
  const { reduction } = options;
  const plan = reduction === undefined ? whole : { ...whole, video: reduction.layers };
  assert(codec.presets.includes(options.encoder.preset), `${codec.name} has preset ${options.encoder.preset}`);
  const { canvas } = plan;
  const gop = gopOptions(canvas.frameRate, options);
  const args: readonly FfmpegOption[] = [
    ['-nostdin'],
    ['-hide_banner'],
    ['-nostats'],
    // Raw pipes give it much to warn of and nothing to complain of.
    ['-loglevel', 'error'],
    ...(plan.video.length === 0 ? [] : codec.globalOptions(options.encoder.device)),
    ...rawVideoInput(plan),
    ...rawAudioInput(4),
    ...(plan.video.length === 0
      ? DRAIN_VIDEO
      : [['-filter_complex', splitAndScale(plan, codec.uploadFilters, reduction)] as const]),
    ...plan.video.flatMap((layer, index): readonly FfmpegOption[] => [
      ['-map', `[${layerName(index)}]`],
      ...codec.options({
        layer,
        preset: options.encoder.preset,
        cores: options.cores,
        ffmpegMajor: options.binary.major,
      }),
      ...gop,
      ...(reduction?.halfRate === true ? keepGaps(options.binary.major) : []),
      ...BT709,
      ['-video_track_timescale', 90_000],
      ...fragmentedMp4(FIRST_TRACK_FD + index),
    ]),
    ...soundLayers(plan).flatMap((layer, index): readonly FfmpegOption[] => [
      ['-map', '1:a'],
      ['-c:a', 'aac'],
      ['-profile:a', 'aac_low'],
      ['-b:a', layer.bitrate],
      ['-ar', layer.sampleRate],
      ['-ac', layer.channels],
      ...fragmentedMp4(FIRST_TRACK_FD + plan.video.length + index),
    ]),
  ];
  return {
    executable: options.binary.path,
    args: toArgs(args),
    tracks: encodedTracks(plan),
    offsetSeconds: OFFSET_SECONDS,
  };
}

/** Bits per second of a sound input that is recorded by itself: it is going to be cut, mixed and encoded again. */
export const SEPARATE_TRACK_BITRATE = 192_000;

/** The command line of one separate track, pure: raw sound in, one fragmented MP4 out. Its frames lie as those of the programme's sound do. */
export function separateTrackCommand(binary: Pick<FfmpegBinary, 'path'>): SeparateTrack['command'] {
  const args: readonly FfmpegOption[] = [
    ['-nostdin'],
    ['-hide_banner'],
    ['-nostats'],
    ['-loglevel', 'error'],
    ...rawAudioInput(3),
    ['-c:a', 'aac'],
    ['-profile:a', 'aac_low'],
    ['-b:a', SEPARATE_TRACK_BITRATE],
    ...fragmentedMp4(4, LONGER_FRAGMENTS),
  ];
  return { executable: binary.path, args: toArgs(args), offsetSeconds: OFFSET_SECONDS };
}

/** The tracks of a plan, in the order of the encoder's pipes. */
function encodedTracks(plan: LadderPlan): readonly EncodedTrack[] {
  return [
    ...plan.video.map(({ bitrate }): EncodedTrack => ({ id: `video_${bitrate}`, kind: 'video', bitrate })),
    ...soundLayers(plan).map(({ bitrate }): EncodedTrack => ({ id: `audio_${bitrate}`, kind: 'audio', bitrate })),
  ];
}

function soundLayers({ audio, furtherAudio = [] }: LadderPlan): readonly AudioLayer[] {
  return [audio, ...furtherAudio];
}

/** Raw input says everything on the command line; without this ffmpeg collects a second of it first and stays that far behind. */
const NO_PROBING: readonly FfmpegOption[] = [
  ['-probesize', 32],
  ['-analyzeduration', 0],
];

function rawVideoInput({ canvas }: LadderPlan): readonly FfmpegOption[] {
  const { numerator, denominator } = canvas.frameRate;
  return [
    ...NO_PROBING,
    // Frames: a raw 1080p frame is 3 MB, and what waits here waits in nobody's statistics.
    ['-thread_queue_size', 8],
    ['-f', 'rawvideo'],
    ['-pix_fmt', 'yuv420p'],
    ['-video_size', `${canvas.width}x${canvas.height}`],
    ['-framerate', `${numerator}/${denominator}`],
    ['-i', 'pipe:3'],
  ];
}

function rawAudioInput(fd: number): readonly FfmpegOption[] {
  return [
    ...NO_PROBING,
    ['-thread_queue_size', 64],
    ['-f', 's16le'],
    ['-ar', MIXER_SAMPLE_RATE],
    ['-ac', MIXER_CHANNELS],
    ['-i', `pipe:${fd}`],
  ];
}

/** Sound only: the frames come all the same, and what is not read holds up the one who writes. */
const DRAIN_VIDEO: readonly FfmpegOption[] = [['-map', '0:v'], ['-c:v', 'copy'], ['-f', 'null'], ['-']];

/** For players, in SPS and `colr`: what the capture processes convert everything to. */
const BT709: readonly FfmpegOption[] = [
  ['-color_range', 'tv'],
  ['-colorspace', 'bt709'],
  ['-color_primaries', 'bt709'],
  ['-color_trc', 'bt709'],
];

/** One graph for all layers: the raw picture is read once, and each layer is scaled from it and not from the one above. */
function splitAndScale(
  { canvas, video }: LadderPlan,
  uploadFilters: readonly string[],
  reduction: Reduction | undefined,
): string {
  const inputs = video.map((_, index) => `[in${index}]`).join('');
  // The tags again, for newer ffmpeg, where the frame's own win over the encoder's options.
  const tags = 'setparams=range=tv:color_primaries=bt709:color_trc=bt709:colorspace=bt709';
  const branches = video.map((layer, index) => {
    const filters = [...scaleTo(layer, canvas), ...uploadFilters];
    return `[in${index}]${filters.length === 0 ? 'null' : filters.join(',')}[${layerName(index)}]`;
  });
  // Not `framestep`: with that the parameter sets would tell of another frame rate, and viewers keep those of the first run.
  const everySecond = reduction?.halfRate === true ? ",select='not(mod(n,2))'" : '';
  return [`[0:v]${tags}${everySecond},split=${video.length}${inputs}`, ...branches].join(';');
}

/** Pictures that were left out are not made up for by showing others twice. */
function keepGaps(ffmpegMajor: number): readonly FfmpegOption[] {
  return [[ffmpegMajor >= 6 ? '-fps_mode' : '-vsync', 'vfr']];
}

function scaleTo(layer: VideoLayer, canvas: LadderPlan['canvas']): readonly string[] {
  if (layer.width === canvas.width && layer.height === canvas.height) {
    return [];
  }
  // Square pixels: 340x192 is not quite 16:9, and the exact ratio would make players scale it to an odd size.
  return [`scale=${layer.width}:${layer.height}:flags=bicubic`, 'setsar=1'];
}

function layerName(index: number): string {
  return `v${index}`;
}

/**
 * Closed groups of a fixed number of frames. They are counted, not timed: fractions of a second do not add up exactly, and a key frame one
 * frame late would stay late. Forced as well as set, because only the force is obeyed by every hardware encoder, and only it can make the
 * first group shorter.
 */
function gopOptions(frameRate: FrameRate, options: EncoderOptions): readonly FfmpegOption[] {
  const seconds = options.gopSeconds ?? GOP_SECONDS;
  const divisor = options.reduction?.halfRate === true ? 2 : 1;
  const gop = framesIn(seconds, frameRate) / divisor;
  const first = framesIn(options.firstGopSeconds ?? seconds, frameRate) / divisor;
  assert(Number.isInteger(gop) && Number.isInteger(first), 'half of the pictures make whole groups');
  assert(first >= 1 && first <= gop, 'the first group has at least a frame and is not longer than the others');
  return [
    ['-g', gop],
    ['-keyint_min', gop],
    ['-sc_threshold', 0],
    ['-bf', 0],
    ['-flags', '+cgop'],
    ['-force_key_frames', `expr:gte(n,max(0,n_forced*${gop}-${gop - first}))`],
  ];
}

/** Pictures from key frame to key frame. */
export function gopFrames(frameRate: FrameRate, gopSeconds = GOP_SECONDS): number {
  return framesIn(gopSeconds, frameRate);
}

function framesIn(seconds: number, { numerator, denominator }: FrameRate): number {
  return Math.round((seconds * numerator) / denominator);
}

const FRAGMENT_PER_FRAME = { flag: '+frag_every_frame', options: [] };

/** Nobody waits for a separate track: a fragment for each frame would cost mixer and service ten times as many. */
const LONGER_FRAGMENTS = { flag: '', options: [['-frag_duration', 200_000]] } as const;

function fragmentedMp4(
  fd: number,
  fragments: { readonly flag: string; readonly options: readonly FfmpegOption[] } = FRAGMENT_PER_FRAME,
): readonly FfmpegOption[] {
  return [
    ['-f', 'mp4'],
    [
      '-movflags',
      // `frag_discont` and no shift keep the offset between the tracks, which each have a file of their own (media-pipeline 3.2).
      `${fragments.flag}+empty_moov+default_base_moof+frag_discont+skip_trailer`,
    ],
    ...fragments.options,
    ['-use_editlist', 0],
    ['-avoid_negative_ts', 'disabled'],
    ['-output_ts_offset', OFFSET_SECONDS],
    [`pipe:${fd}`],
  ];
}

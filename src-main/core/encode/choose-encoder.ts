import type { Clock } from '../../base/clock.ts';
import type { Settings } from '../../shared/api/settings.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { ChildExit, FfmpegBinary, SpawnChild } from '../ports/process.ts';
import type { VideoCodecName } from './codecs/video-codec.ts';
import { type EncoderChoice, encoderCommand } from './encoder-args.ts';
import { feedEncoder, silenceBeside } from './feed-encoder.ts';
import type { LadderPlan } from './resolve-ladder.ts';
import type { TextCache } from './text-cache.ts';
import { VIDEO_CODECS } from './video-codecs.ts';

/** Hardware first, in the order of how often it is there and how well it keeps to its rate; then software. */
const CANDIDATES: Readonly<Partial<Record<NodeJS.Platform, readonly VideoCodecName[]>>> = {
  darwin: ['h264_videotoolbox'],
  win32: ['h264_nvenc', 'h264_qsv', 'h264_amf', 'h264_mf'],
  linux: ['h264_nvenc', 'h264_vaapi', 'h264_qsv'],
};
const SOFTWARE: readonly VideoCodecName[] = ['libx264', 'libopenh264'];

/** As many layers as the largest automatic ladder has: cheap graphics cards allow only a few encoders at a time. */
const TRIAL_PLAN: LadderPlan = {
  canvas: { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } },
  video: [
    { width: 1280, height: 720, bitrate: 2_500_000 },
    { width: 960, height: 540, bitrate: 1_200_000 },
    { width: 640, height: 360, bitrate: 600_000 },
    { width: 426, height: 240, bitrate: 300_000 },
  ],
  audio: { bitrate: 128_000, sampleRate: 48_000, channels: 2 },
};
const TRIAL_FRAMES = 10;
/** Groups of 2 and then 4 frames: a short first group, a forced key frame and a regular one, all within the trial. */
const TRIAL_GOP = { firstGopSeconds: 2 / 30, gopSeconds: 4 / 30 };
const TRIAL_KEY_FRAMES = [0, 2, 6];
/** Drivers take up to two seconds to open; one that needs longer has hung. */
const TRIAL_TIMEOUT_MS = 6000;

export type ChosenEncoder = EncoderChoice & {
  /** What was tried before it, and why it was not taken. */
  readonly refused: readonly { readonly codec: VideoCodecName; readonly reason: string }[];
};

export type ChooseEncoderOptions = {
  readonly setting: Settings['encoding']['encoder'];
  readonly platform: NodeJS.Platform;
  readonly ffmpeg: FfmpegBinary;
  readonly cores: number;
  /** Whatever makes a new trial necessary beside another ffmpeg: operating system and graphics driver, as far as they are known. */
  readonly machine: string;
  /** Those for VA-API, `/dev/dri/renderD128` and on: a computer with two graphics cards has two, and the first may encode nothing. */
  readonly renderNodes?: readonly string[] | undefined;
  readonly spawn: SpawnChild;
  readonly clock: Clock;
  readonly cache: TextCache;
  /** What has failed on air, trial or not: tried last, and the result is not kept. */
  readonly avoid?: readonly VideoCodecName[] | undefined;
  /** Try again although a result is known. */
  readonly ignoreCache?: boolean | undefined;
  readonly log: Logger;
  readonly signal?: AbortSignal | undefined;
};

/**
 * The first encoder that really encodes a few frames with the real command line; being compiled in says nothing about the graphics card.
 * With a fixed setting that one is tried first, and software stands in for it. Throws `encode/no-encoder` when none works.
 */
export async function chooseEncoder(options: ChooseEncoderOptions): Promise<ChosenEncoder> {
  const key = `encoder:${options.ffmpeg.hash}:${options.machine}:${options.setting}`;
  const isPlain = options.avoid === undefined || options.avoid.length === 0;
  const cached = isPlain && options.ignoreCache !== true ? await options.cache.get(key) : undefined;
  const known = cached === undefined ? undefined : fromCache(cached, options);
  if (known !== undefined) {
    return chosen(known, []);
  }
  const refused: { codec: VideoCodecName; reason: string }[] = [];
  for (const candidate of candidates(options)) {
    const { codec, device } = candidate;
    const reason = await tryEncoder(candidate, options);
    options.signal?.throwIfAborted();
    if (reason === undefined) {
      options.log.info({ codec, device, refused }, 'encoder chosen');
      if (isPlain) {
        await options.cache.set(key, device === undefined ? codec : `${codec} ${device}`);
      }
      return chosen(candidate, refused);
    }
    refused.push({ codec, reason: device === undefined ? reason : `${device}: ${reason}` });
  }
  throw new AppError(
    'encode/no-encoder',
    'This ffmpeg has no H.264 encoder that works here. Install one with libx264 and name it in the settings.',
    { details: { ffmpeg: options.ffmpeg.path, tried: refused.map(({ codec, reason }) => `${codec}: ${reason}`) } },
  );
}

/** Every encoder that `auto` or the setting would consider, in that order, each tried. */
export async function tryEncoders(
  options: ChooseEncoderOptions,
): Promise<readonly { readonly codec: VideoCodecName; readonly refusal: string | undefined }[]> {
  const tried: { codec: VideoCodecName; refusal: string | undefined }[] = [];
  for (const candidate of candidates(options)) {
    const before = tried.at(-1);
    const { codec } = candidate;
    if (before?.codec !== codec) {
      tried.push({ codec, refusal: await tryEncoder(candidate, options) });
    } else if (before.refusal !== undefined) {
      before.refusal = await tryEncoder(candidate, options);
    }
  }
  return tried;
}

/** An encoder, and for VA-API the node of the graphics card. */
type Candidate = { readonly codec: VideoCodecName; readonly device: string | undefined };

function chosen({ codec, device }: Candidate, refused: ChosenEncoder['refused']): ChosenEncoder {
  return { codec, preset: VIDEO_CODECS[codec].presets[0], device, refused };
}

/** Undefined for what does not exist, or does no longer. */
function fromCache(text: string, { renderNodes = [] }: ChooseEncoderOptions): Candidate | undefined {
  const [codec = '', device] = text.split(' ', 2);
  const isHere = device === undefined || renderNodes.includes(device);
  return isVideoCodecName(codec) && isHere ? { codec, device } : undefined;
}

function candidates(options: ChooseEncoderOptions): readonly Candidate[] {
  const { setting, platform, ffmpeg, avoid = [], renderNodes = [] } = options;
  const wanted = setting === 'auto' ? (CANDIDATES[platform] ?? []) : [setting];
  const present = [...new Set([...wanted, ...SOFTWARE])].filter((codec) => ffmpeg.encoders.has(codec));
  return present
    .toSorted((a, b) => Number(avoid.includes(a)) - Number(avoid.includes(b)))
    .flatMap((codec) => {
      const devices = codec === 'h264_vaapi' && renderNodes.length > 0 ? renderNodes : [undefined];
      return devices.map((device) => ({ codec, device }));
    });
}

/** Why an encoder cannot be used, or undefined. */
async function tryEncoder(
  { codec, device }: Candidate,
  options: ChooseEncoderOptions,
): Promise<string | undefined> {
  options.signal?.throwIfAborted();
  const command = encoderCommand(TRIAL_PLAN, {
    binary: options.ffmpeg,
    encoder: { codec, preset: VIDEO_CODECS[codec].presets[0], device },
    cores: options.cores,
    ...TRIAL_GOP,
  });
  try {
    await using encoder = await feedEncoder(options.spawn, `encoder:trial-${codec}`, command);
    using _timer = options.clock.after(TRIAL_TIMEOUT_MS, encoder.kill);
    options.signal?.addEventListener('abort', encoder.kill, { once: true });
    const { width, height, frameRate } = TRIAL_PLAN.canvas;
    const frame = new Uint8Array((width * height * 3) / 2).fill(128);
    for (let index = 0; index < TRIAL_FRAMES; index += 1) {
      if (!(await encoder.feed(frame, silenceBeside(index, frameRate)))) {
        break;
      }
    }
    encoder.finish();
    const exit = await encoder.exited;
    options.signal?.removeEventListener('abort', encoder.kill);
    if (exit.code === 0) {
      return checkFragments(encoder.fragments);
    }
    return firstWords(exit) ?? (exit.code === null ? 'did not finish in time' : `ended with code ${exit.code}`);
  } catch (error) {
    return toAppError(error).message;
  }
}

/** What it complained of first; what follows is only that nothing works any more. Without the name and address of the part that says it. */
function firstWords({ lastLines }: ChildExit): string | undefined {
  return lastLines[0]?.replace(/^(?:\[[^\]]*\] )+/, '');
}

/** Whether every frame came out and every layer has its key frames where they belong. */
function checkFragments(fragments: readonly (readonly boolean[])[]): string | undefined {
  for (const [index, layer] of TRIAL_PLAN.video.entries()) {
    const syncs = fragments[index] ?? [];
    if (syncs.length !== TRIAL_FRAMES) {
      return `gave ${syncs.length} of ${TRIAL_FRAMES} frames of the ${layer.height}p layer`;
    }
    const keyFrames = syncs.flatMap((sync, frame) => (sync ? [frame] : []));
    if (keyFrames.join() !== TRIAL_KEY_FRAMES.join()) {
      return `put key frames at ${keyFrames.join(', ')} instead of ${TRIAL_KEY_FRAMES.join(', ')}`;
    }
  }
  return undefined;
}

function isVideoCodecName(text: string): text is VideoCodecName {
  return Object.hasOwn(VIDEO_CODECS, text);
}

import { z } from 'zod';
import type { MediaProbe, MediaStream } from '../ports/process.ts';

type Rate = { readonly numerator: number; readonly denominator: number };

const ffprobeOutput = z.object({
  format: z.object({
    format_name: z.string().default('unknown'),
    duration: z.string().optional(),
    bit_rate: z.string().optional(),
  }),
  streams: z
    .array(
      z.object({
        index: z.number().int().min(0),
        codec_type: z.string().default('unknown'),
        codec_name: z.string().default('unknown'),
        width: z.number().optional(),
        height: z.number().optional(),
        avg_frame_rate: z.string().optional(),
        r_frame_rate: z.string().optional(),
        sample_rate: z.string().optional(),
        channels: z.number().optional(),
        disposition: z.object({ attached_pic: z.number().default(0) }).optional(),
      }),
    )
    .default([]),
});

/** `ffprobe -of json -show_format -show_streams`; undefined when it is not that. */
export function parseFfprobe(text: string): MediaProbe | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { data } = ffprobeOutput.safeParse(json);
  return (
    data && {
      format: data.format.format_name,
      durationSeconds: positive(data.format.duration),
      bitrate: positive(data.format.bit_rate),
      streams: data.streams.map((stream): MediaStream => {
        const { index, codec_name: codec } = stream;
        if (stream.codec_type === 'video' && isSize(stream.width) && isSize(stream.height)) {
          return {
            kind: 'video',
            index,
            codec,
            width: stream.width,
            height: stream.height,
            // The average of a short or a live input may be unknown where the base rate is not.
            frameRate: parseRate(stream.avg_frame_rate) ?? parseRate(stream.r_frame_rate),
            attachedPicture: stream.disposition?.attached_pic === 1,
          };
        }
        const sampleRate = positive(stream.sample_rate);
        if (stream.codec_type === 'audio' && sampleRate !== undefined && isSize(stream.channels)) {
          return { kind: 'audio', index, codec, sampleRate, channels: stream.channels };
        }
        return { kind: 'other', index, codec };
      }),
    }
  );
}

/**
 * What `ffmpeg -i` says of its first input, for systems without ffprobe. Less exact: rates are rounded to two digits. Undefined when it
 * could not open the input.
 */
export function parseFfmpegInput(lines: readonly string[]): MediaProbe | undefined {
  const format = firstMatch(lines, /^Input #0, (\S+), from /)?.[1];
  if (format === undefined) {
    return undefined;
  }
  const times = firstMatch(lines, /^ {2}Duration: (\d+):(\d\d):(\d\d(?:\.\d+)?)/);
  const kilobits = firstMatch(lines, /^ {2}Duration: .*bitrate: (\d+) kb\/s/)?.[1];
  const streams: MediaStream[] = [];
  for (const line of lines) {
    // Tags are printed with a name before them, so that no tag can pass for a stream.
    const [, index, kind, description = ''] = /^ {2,4}Stream #0:(\d+)[^:]*: (\w+): (.*)$/.exec(line) ?? [];
    if (index !== undefined && kind !== undefined) {
      streams.push(describedStream(Number(index), kind, description));
    }
    // What follows, without an output file, is only the complaint about that.
    if (line.startsWith('Output #0')) {
      break;
    }
  }
  return {
    format,
    durationSeconds: times && positive(Number(times[1]) * 3600 + Number(times[2]) * 60 + Number(times[3])),
    bitrate: kilobits === undefined ? undefined : positive(Number(kilobits) * 1000),
    streams,
  };
}

/** `h264 (High) (avc1 / 0x31637661), yuv420p(progressive), 1280x720 [SAR 1:1 DAR 16:9], 2499 kb/s, 30 fps, 30 tbr, …` */
function describedStream(index: number, kind: string, description: string): MediaStream {
  const codec = /^\w+/.exec(description)?.[0] ?? 'unknown';
  const size = /, (\d+)x(\d+)(?=[, ]|$)/.exec(description);
  const rate = /, ([\d.]+)(k?) (?:fps|tbr)(?=,|$)/.exec(description);
  const sampleRate = /, (\d+) Hz, ([^,]+)/.exec(description);
  if (kind === 'Video' && size !== null) {
    return {
      kind: 'video',
      index,
      codec,
      width: Number(size[1]),
      height: Number(size[2]),
      frameRate: rate === null ? undefined : decimalRate(Number(rate[1]) * (rate[2] === 'k' ? 1000 : 1)),
      attachedPicture: description.includes('(attached pic)'),
    };
  }
  const channels = parseChannels(sampleRate?.[2] ?? '');
  if (kind === 'Audio' && channels !== undefined) {
    return { kind: 'audio', index, codec, sampleRate: Number(sampleRate?.[1]), channels };
  }
  return { kind: 'other', index, codec };
}

/** `mono`, `stereo`, `5.1(side)`, `7 channels`. */
function parseChannels(layout: string): number | undefined {
  const named: Readonly<Record<string, number>> = { mono: 1, stereo: 2, downmix: 2, quad: 4 };
  const [, word = ''] = /^(\w+)/.exec(layout) ?? [];
  const counted = /^(\d+) channels/.exec(layout)?.[1];
  const [, main, effects, top] = /^(\d+)\.(\d+)(?:\.(\d+))?/.exec(layout) ?? [];
  if (counted !== undefined) {
    return Number(counted);
  }
  return main === undefined ? named[word] : Number(main) + Number(effects) + Number(top ?? 0);
}

/** 29.97 stands for 30000/1001; all rates that are no whole number and in use are of that family. */
function decimalRate(perSecond: number): Rate | undefined {
  if (!(perSecond > 0)) {
    return undefined;
  }
  const whole = Math.round(perSecond);
  if (Math.abs(perSecond - whole) < 0.005) {
    return { numerator: whole, denominator: 1 };
  }
  return Math.abs(perSecond - (whole * 1000) / 1001) < 0.01
    ? { numerator: whole * 1000, denominator: 1001 }
    : { numerator: Math.round(perSecond * 100), denominator: 100 };
}

function parseRate(text: string | undefined): Rate | undefined {
  const [, numerator, denominator] = /^(\d+)\/(\d+)$/.exec(text ?? '') ?? [];
  const rate = { numerator: Number(numerator), denominator: Number(denominator) };
  return rate.numerator > 0 && rate.denominator > 0 ? rate : undefined;
}

function positive(value: string | number | undefined): number | undefined {
  const number = Number(value);
  return Number.isFinite(number) && number > 0 ? number : undefined;
}

function isSize(value: number | undefined): value is number {
  return value !== undefined && value > 0;
}

function firstMatch(lines: readonly string[], pattern: RegExp): RegExpExecArray | undefined {
  for (const line of lines) {
    const match = pattern.exec(line);
    if (match !== null) {
      return match;
    }
  }
  return undefined;
}

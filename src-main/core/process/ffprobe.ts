import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AppError } from '../../shared/app-error.ts';
import type { ChildSpec, FfmpegTools, MediaProbe, ProbeMedia, RunToEnd } from '../ports/process.ts';
import { readFfmpegFailure } from './parse-failure.ts';
import { parseFfmpegInput, parseFfprobe } from './parse-media.ts';
import { toolSpec } from './run-to-end.ts';

const TIMEOUT_MS = 10_000;
/** A file with a hundred streams and long tags says 200 kB. */
const MAX_OUTPUT_BYTES = 4 * 1024 * 1024;
const MAX_LINES = 2000;

/**
 * A playlist or a concat list is media too, and names others. A file leads to files only, a stream to streams only: nothing that is
 * downloaded can make us read a file, and opening a file tells nobody on the network.
 */
const FILE_PROTOCOLS = 'file,crypto,data';
const NETWORK_PROTOCOLS =
  'http,https,httpproxy,tcp,tls,udp,rtp,srtp,rtmp,rtmps,rtmpt,rtmpts,rtmpe,ffrtmphttp,ffrtmpcrypt,rtsp,srt,crypto,data';

type Input = {
  /** For error messages: a file's name, of a URL what is no secret. */
  readonly label: string;
  readonly args: readonly string[];
  /** What its output must not repeat. */
  readonly secrets: readonly string[];
};

/** See `ProbeMedia` in the port. With ffprobe, or with `ffmpeg -i` where there is none. */
export function createProbeMedia(tools: Pick<FfmpegTools, 'ffmpeg' | 'ffprobe'>, run: RunToEnd): ProbeMedia {
  return async (pathOrUrl, options = {}) => {
    const input = inputOf(pathOrUrl);
    const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const limits = { timeoutMs, maxOutputBytes: MAX_OUTPUT_BYTES, signal: options.signal };
    const { probe, lines } =
      tools.ffprobe === undefined
        ? await withFfmpeg(tools.ffmpeg.path, input, run, limits)
        : await withFfprobe(tools.ffprobe, input, run, limits);
    if (probe === undefined || probe.streams.length === 0) {
      throw unreadable(input.label, lines);
    }
    return probe;
  };
}

type Limits = {
  readonly timeoutMs: number;
  readonly maxOutputBytes: number;
  readonly signal: AbortSignal | undefined;
};
type Outcome = { readonly probe: MediaProbe | undefined; readonly lines: readonly string[] };

async function withFfprobe(ffprobe: string, input: Input, run: RunToEnd, limits: Limits): Promise<Outcome> {
  const args = ['-v', 'error', '-of', 'json', '-show_format', '-show_streams', ...input.args];
  try {
    const { stdout, lastLines } = await run(specFor(input, ffprobe, args), limits);
    return { probe: parseFfprobe(new TextDecoder().decode(stdout)), lines: lastLines };
  } catch (error) {
    throw asUnreadable(error, input.label);
  }
}

async function withFfmpeg(ffmpeg: string, input: Input, run: RunToEnd, limits: Limits): Promise<Outcome> {
  const lines: string[] = [];
  const onLine = (line: string): void => {
    if (lines.length < MAX_LINES) {
      lines.push(line);
    }
  };
  try {
    const args = ['-nostdin', '-hide_banner', ...input.args];
    // Without an output file it tells what it has opened, complains and ends with 1.
    const { lastLines } = await run(specFor(input, ffmpeg, args), { ...limits, successCodes: [0, 1], onLine });
    return { probe: parseFfmpegInput(lines), lines: lastLines };
  } catch (error) {
    throw asUnreadable(error, input.label);
  }
}

function specFor(input: Input, executable: string, args: readonly string[]): ChildSpec {
  return { ...toolSpec(`probe of ${input.label}`, executable, args), secrets: input.secrets };
}

function inputOf(pathOrUrl: string): Input {
  const scheme = /^([a-z][a-z\d+.-]+):\/\//i.exec(pathOrUrl)?.[1];
  if (scheme === undefined || scheme.toLowerCase() === 'file') {
    const path = scheme === undefined ? pathOrUrl : filePath(pathOrUrl);
    return {
      label: basename(path) || 'The file',
      // The prefix keeps a file called `-y` or `concat:a|b` from being anything but a file.
      args: ['-protocol_whitelist', FILE_PROTOCOLS, '-i', `file:${path}`],
      secrets: [],
    };
  }
  return {
    label: hostOf(pathOrUrl),
    args: ['-protocol_whitelist', NETWORK_PROTOCOLS, '-i', pathOrUrl],
    secrets: secretParts(pathOrUrl),
  };
}

function filePath(url: string): string {
  try {
    return fileURLToPath(url);
  } catch {
    // No path on this system, such as one on another host: it will not be found under its own name.
    return url;
  }
}

function hostOf(url: string): string {
  return URL.canParse(url) ? `${new URL(url).protocol}//${new URL(url).host}` : 'the address';
}

/** Stream keys are in the path, tokens in the query, passwords before the host. */
function secretParts(url: string): string[] {
  if (!URL.canParse(url)) {
    return [url];
  }
  const { pathname, search, username, password } = new URL(url);
  // A short part of a path is a word such as `live`, and no key.
  const keys = pathname.split('/').filter((part) => part.length >= 8);
  return [pathname.slice(1), ...keys, search.slice(1), username, password].map(decoded);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function asUnreadable(error: unknown, label: string): unknown {
  if (!(error instanceof AppError)) {
    return error;
  }
  switch (error.code) {
    case 'process/exited':
    case 'process/unusable':
      return unreadable(label, linesOf(error), error);
    case 'process/stalled':
      return new AppError('capture/file-unreadable', `${label} did not answer in time.`, {
        details: { name: label, reason: 'timeout' },
        cause: error,
      });
    default:
      return error;
  }
}

function linesOf(error: AppError): readonly string[] {
  const { lastLines } = error.details;
  return typeof lastLines === 'object' ? lastLines : [];
}

function unreadable(label: string, lines: readonly string[], cause?: unknown): AppError {
  const failure = readFfmpegFailure(lines);
  return new AppError('capture/file-unreadable', `${label} cannot be played: ${wordsFor(failure?.reason)}`, {
    details: { name: label, reason: failure?.reason ?? 'unknown', lastLines: lines },
    cause,
  });
}

function wordsFor(reason: string | undefined): string {
  switch (reason) {
    case 'no-such-file':
      return 'there is no such file.';
    case 'permission-denied':
      return 'reading it is not permitted.';
    case 'not-found':
      return 'the server has nothing there.';
    case 'unauthorized':
      return 'the server asks for a password or a token.';
    case 'host-not-found':
      return 'the name of the server is not known.';
    case 'connection-refused':
    case 'unreachable':
      return 'the server cannot be reached.';
    default:
      return 'it is not media that ffmpeg knows, or it is damaged.';
  }
}

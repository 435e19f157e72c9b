import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Certificate } from '../../../shared/api/certificates.ts';
import { toAppError } from '../../../shared/app-error.ts';
import type { ChildExit, ChildSpec, SpawnChild } from '../../ports/process.ts';

/** What came of decoding all that it was given. */
export type Decoded = {
  /** What the decoder complained of, first things first; none: it all decodes. */
  readonly complaints: readonly string[];
  /** Of sound; undefined where there is none, or all of it is silent. */
  readonly loudness: Certificate['loudness'];
};

/** Decodes the segments of a track in a row, none of them kept. Throws what `process/…` there is, and the signal's reason. */
export type DecodeTrack = (
  kind: 'video' | 'audio',
  pieces: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  signal: AbortSignal,
) => Promise<Decoded>;

/** EBU R128 gates what is below this: such a programme has no loudness. */
const SILENT_LUFS = -70;
const MOST_COMPLAINTS = 5;

export function createDecodeTrack(options: {
  readonly spawn: SpawnChild;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
}): DecodeTrack {
  return async (kind, pieces, signal) => {
    const child = await options.spawn(decodeSpec(await options.ffmpeg(), kind));
    const lines: string[] = [];
    using _ = child.lines.on((line) => void lines.push(line));
    let failure: unknown;
    async function* given(): AsyncIterable<Uint8Array> {
      try {
        yield* pieces;
      } catch (error) {
        failure = error;
        throw error;
      }
    }
    try {
      try {
        await pipeline(given(), child.stdin ?? new PassThrough(), { signal });
      } catch {
        // A decoder that gives up breaks the pipe; its end tells more.
        signal.throwIfAborted();
        if (failure !== undefined) {
          throw toAppError(failure);
        }
      }
      const exit = await child.exited;
      signal.throwIfAborted();
      return { complaints: complaintsOf(lines, exit), loudness: readLoudness(lines) };
    } finally {
      child.kill();
    }
  };
}

/** Pure. Each line says how bad it is, so that what is only told is not taken for a fault. */
function decodeSpec(executable: string, kind: 'video' | 'audio'): ChildSpec {
  return {
    name: `certificate-${kind}`,
    executable,
    args: [
      ...['-hide_banner', '-nostats', '-loglevel', 'level+info', '-err_detect', 'explode'],
      ...['-f', 'mp4', '-i', 'pipe:0'],
      ...(kind === 'audio' ? ['-af', 'ebur128=peak=true:framelog=verbose'] : []),
      ...['-f', 'null', '-'],
    ],
    stdin: 'pipe',
    stdout: 'ignore',
    pipes: [],
    priority: 'low',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  };
}

function complaintsOf(lines: readonly string[], { code }: ChildExit): readonly string[] {
  const said = lines
    .filter((line) => /\[(?:error|fatal|panic)\]/.test(line))
    .map((line) => line.replaceAll(/\[[^\]]*\] ?/g, ''))
    .slice(0, MOST_COMPLAINTS);
  return said.length > 0 || code === 0 ? said : [`ffmpeg ended with code ${code ?? 'none'}`];
}

/** Of the summary that the filter `ebur128` leaves. */
function readLoudness(lines: readonly string[]): Decoded['loudness'] {
  const read = (pattern: RegExp): number | undefined => {
    const found = lines.map((line) => pattern.exec(line)?.[1]).findLast((text) => text !== undefined);
    const value = Number(found);
    return found === undefined || !Number.isFinite(value) ? undefined : value;
  };
  const integrated = read(/\bI:\s+(-?[\d.]+|-inf) LUFS/);
  const range = read(/\bLRA:\s+(-?[\d.]+) LU\b/);
  const truePeak = read(/\bPeak:\s+(-?[\d.]+|-inf) dBFS/);
  const isLoud = integrated !== undefined && integrated > SILENT_LUFS;
  return isLoud && range !== undefined && truePeak !== undefined ? { integrated, range, truePeak } : undefined;
}

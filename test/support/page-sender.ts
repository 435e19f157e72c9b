import type { Track } from '../../src-main/core/ports/presentation.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import { ticksToSeconds } from '../../src-main/media/time.ts';
import type { CaptureStart } from '../../src-main/shared/api/browser-source.ts';
import { type PieceSample, writePiece } from '../../src-main/shared/capture-piece.ts';

export type Answer = { readonly status: number; readonly code: string | undefined; readonly body: unknown };

/** The small API of the page that captures, as that page calls it. */
export function captureApi(link: string) {
  const url = new URL(link);
  const token = url.hash.slice(1);
  url.hash = '';
  return async (method: string, path: string, body?: object | Uint8Array<ArrayBuffer>): Promise<Answer> => {
    const answer = await fetch(new URL(`api${path}`, url), {
      method,
      headers: { Authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: body instanceof Uint8Array ? body : JSON.stringify(body) }),
    });
    const text = await answer.text();
    const parsed: unknown = text === '' ? undefined : JSON.parse(text);
    const code: unknown = typeof parsed === 'object' && parsed !== null ? Reflect.get(parsed, 'code') : undefined;
    return { status: answer.status, code: typeof code === 'string' ? code : undefined, body: parsed };
  };
}

export type Api = ReturnType<typeof captureApi>;
type Clip = { readonly tracks: readonly Track[]; readonly samples: ReadonlyMap<string, readonly Sample[]> };

/** How a page would describe what ffmpeg made: H.264 and AAC. */
export function describe(clip: Clip): CaptureStart {
  const video = clip.tracks.find((track) => track.kind === 'video');
  const audio = clip.tracks.find((track) => track.kind === 'audio');
  if (video?.kind !== 'video' || audio?.kind !== 'audio') {
    throw new Error('the clip needs picture and sound');
  }
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return {
    name: 'Test',
    what: 'camera',
    isResumed: false,
    video: {
      codec: video.codec,
      width: video.width,
      height: video.height,
      config: base64(video.decoderConfig),
    },
    audio: {
      codec: 'mp4a.40.2',
      sampleRate: audio.sampleRate,
      channels: audio.channels === 1 ? 1 : 2,
      config: base64(audio.decoderConfig),
    },
  };
}

/** All samples of a clip, in the order of their times. */
function samplesOf({ tracks, samples }: Clip): readonly PieceSample[] {
  return tracks
    .flatMap((track) =>
      (samples.get(track.id) ?? []).map(
        (sample): PieceSample => ({
          kind: track.kind === 'video' ? 'video' : 'audio',
          isKey: track.kind === 'video' && sample.sync,
          atMs: 1000 * ticksToSeconds(sample.decodeTime, track.timescale),
          data: sample.data,
        }),
      ),
    )
    .toSorted((a, b) => a.atMs - b.atMs);
}

export type Sender = {
  readonly stream: string;
  /** Monotonic time of what has the time 0. */
  readonly beganMs: number;
  /** Ends the sending, as a page that was closed; resolves with the last answer. */
  readonly stop: () => Promise<Answer | undefined>;
  /** Resolves when it was refused. */
  readonly refused: Promise<Answer>;
};

const PIECE_MS = 40;

/** Sends a clip over and over at its speed, a piece at a time, until it is stopped or refused. */
export async function sendClip(
  api: Api,
  clip: Clip,
  seconds: number,
  options: { readonly isResumed?: boolean } = {},
): Promise<Sender> {
  const begun = await api('POST', '/streams', { ...describe(clip), ...options });
  const stream: unknown = Reflect.get(begun.body ?? {}, 'stream');
  if (typeof stream !== 'string') {
    throw new Error(`the stream was not begun: ${JSON.stringify(begun)}`);
  }
  const address = `/streams/${stream}/pieces`;
  const samples = samplesOf(clip);
  const { promise: refused, resolve } = Promise.withResolvers<Answer>();
  let isStopped = false;

  const beganMs = performance.now();

  async function run(): Promise<Answer | undefined> {
    let next = 0;
    let last: Answer | undefined;
    for (let number = 0; !isStopped; number += 1) {
      await new Promise((done) => setTimeout(done, PIECE_MS));
      const nowMs = performance.now() - beganMs;
      const due: PieceSample[] = [];
      for (;;) {
        const sample = samples[next % samples.length];
        const atMs = (sample?.atMs ?? 0) + Math.floor(next / samples.length) * seconds * 1000;
        if (sample === undefined || atMs > nowMs) {
          break;
        }
        due.push({ ...sample, atMs });
        next += 1;
      }
      last = await api('POST', address, writePiece({ number, dropped: 0, samples: due }));
      if (last.status !== 200) {
        resolve(last);
        break;
      }
    }
    return last;
  }

  const running = run();
  return {
    stream,
    beganMs,
    refused,
    async stop() {
      isStopped = true;
      return await running;
    },
  };
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { createChunkStores } from '../../../src-main/core/archive/chunk-store.ts';
import { createSegmentReader } from '../../../src-main/core/archive/segment-reader.ts';
import { createCueList } from '../../../src-main/core/live/cues/cue-list.ts';
import { positionOf } from '../../../src-main/core/live/cues/timeline-position.ts';
import { createLivePresentation, type LivePresentation } from '../../../src-main/core/live/live-presentation.ts';
import { createTimeline, type Timeline } from '../../../src-main/core/live/timeline.ts';
import type { CueInput } from '../../../src-main/core/ports/cues.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Answer, Packager } from '../../../src-main/core/ports/packaging.ts';
import type { Publication, Track } from '../../../src-main/core/ports/presentation.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { ticks, ticksToSeconds } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { ENCODER_OUTPUT, ffmpeg, type openFolder, readFragmented, samplesOf } from '../media/ffmpeg-media.ts';

/** What an encoder made: a track, its samples at the times of the broadcast, and the file they were read from. */
export type EncodedTrack = { readonly track: Track; readonly samples: readonly Sample[]; readonly file: string };

/** UTC at which the broadcast begins. Whole seconds, so that it is whole ticks in every timescale. */
export const START_SECONDS = 1_900_000_000n;

/** Qualities of a picture, two unless told otherwise, and a sound, `seconds` long, with a key frame every 2 s. */
export function encode(
  folder: ReturnType<typeof openFolder>,
  seconds: number,
  qualities: readonly { readonly height: number; readonly kbps: number }[] = [
    { height: 360, kbps: 800 },
    { height: 180, kbps: 300 },
  ],
): readonly EncodedTrack[] {
  const video = (height: number, kbps: number): EncodedTrack => {
    const file = folder.path(`video-${height}.mp4`);
    ffmpeg([
      ...['-f', 'lavfi', '-i', `testsrc2=s=${(height * 16) / 9}x${height}:r=30`, '-t', String(seconds)],
      ...['-c:v', 'libx264', '-preset', 'superfast', '-tune', 'zerolatency', '-pix_fmt', 'yuv420p'],
      ...['-b:v', `${kbps}k`, '-g', '60', '-keyint_min', '60', '-sc_threshold', '0'],
      ...[...ENCODER_OUTPUT, '-video_track_timescale', '90000', file],
    ]);
    return readEncoded(file, { id: `video_${kbps}000`, name: 'video', bitrate: kbps * 1000 });
  };
  const sound = folder.path('sound.mp4');
  ffmpeg([
    ...['-f', 'lavfi', '-i', 'sine=r=48000', '-t', String(seconds), '-c:a', 'aac', '-b:a', '128k'],
    ...[...ENCODER_OUTPUT, sound],
  ]);
  return [
    ...qualities.map(({ height, kbps }) => video(height, kbps)),
    readEncoded(sound, { id: 'audio_128000', name: 'audio', bitrate: 128_000 }),
  ];
}

function readEncoded(file: string, over: Pick<Track, 'id' | 'name' | 'bitrate'>): EncodedTrack {
  const [read] = readFragmented(file);
  const samples = samplesOf(read);
  const description = { ...read!.description, ...over };
  const first = samples[0]!.decodeTime;
  const start = START_SECONDS * BigInt(description.timescale);
  return {
    file,
    track: { ...description, init: writeInitSegment(description) },
    samples: samples.map((sample) => ({ ...sample, decodeTime: ticks(sample.decodeTime - first + start) })),
  };
}

export type Broadcast = AsyncDisposable & {
  readonly timeline: Timeline;
  readonly presentation: LivePresentation;
  readonly cues: CueInput;
  /** Pushes all samples up to this time, in steps of a tenth of a second, those of the tracks in turn. */
  pushUntil(seconds: number): void;
  /** The encoder leaves out this track from now on, or has it again; one that has not been there at all comes. */
  leaveOut(trackId: string, isLeftOut: boolean): void;
  /** No more comes: closes what is open, and everything is in the files. */
  end(): Promise<void>;
};

/** A live event with one output, as the studio makes it, whose samples come from files. */
export async function openBroadcast(
  folder: ReturnType<typeof openFolder>,
  encoded: readonly EncodedTrack[],
  options: { readonly late?: readonly string[] } = {},
): Promise<Broadcast> {
  const timeline = createTimeline({
    partSeconds: 0.2,
    segmentSeconds: 2,
    firstSequence: 1,
    onGap: () => undefined,
    onDropped: () => undefined,
  });
  const store = createChunkStores({
    spoolFolder: folder.path('spool'),
    mayWrite: () => true,
    onFault: (_, error) => {
      throw error;
    },
    logger: silentLogger,
  })({ eventId: 'event', rollSeconds: 300 });
  const reader = createSegmentReader();
  const recording = folder.path('recording');
  const output = await store.openOutput(recording);
  const leftOut = new Set(options.late);
  const unknown = new Set(options.late);
  timeline.input.open(encoded.flatMap(({ track }) => (unknown.has(track.id) ? [] : [track])));
  timeline.attachStore(store);
  const cues = createCueList({
    position: () => positionOf(timeline, { clock: manualClock(), epochOffsetMs: 0, hasParts: true }),
  });
  const noted = createEmitter<undefined>();
  cues.changed.on(() => noted.emit(undefined));
  timeline.changed.on(() => cues.follow());
  const presentation = createLivePresentation({
    id: 'event/output',
    timeline,
    notes: { cues: cues.list, captionsOf: () => [], revision: cues.revision, changed: noted },
    files: { reader, folder: recording },
    fromSequence: 1,
    rewindSeconds: 3600,
    segmentSeconds: 2,
    partSeconds: 0.2134,
    epochOffsetMs: 0,
    startedAtMs: Number(START_SECONDS) * 1000 - 400,
  });
  const next = encoded.map(() => 0);
  let pushedSeconds = 0;

  function pushStep(untilSeconds: number): void {
    for (const [index, { track, samples }] of encoded.entries()) {
      const from = next[index]!;
      let to = from;
      while (
        to < samples.length &&
        ticksToSeconds(ticks(samples[to]!.decodeTime - START_SECONDS * BigInt(track.timescale)), track.timescale) <
          untilSeconds
      ) {
        to += 1;
      }
      next[index] = to;
      if (!leftOut.has(track.id)) {
        timeline.input.push(track.id, samples.slice(from, to));
      }
    }
  }

  return {
    timeline,
    presentation,
    cues,
    pushUntil(seconds) {
      while (pushedSeconds < seconds) {
        pushedSeconds += 0.1;
        pushStep(pushedSeconds);
      }
    },
    leaveOut(trackId, isLeftOut) {
      if (isLeftOut) {
        leftOut.add(trackId);
      } else {
        if (unknown.delete(trackId)) {
          timeline.input.open(encoded.flatMap(({ track }) => (track.id === trackId ? [track] : [])));
        }
        leftOut.delete(trackId);
      }
    },
    async end() {
      timeline.end();
      presentation.end();
      await store.flushed();
    },
    async [Symbol.asyncDispose]() {
      await output.close();
      await store[Symbol.asyncDispose]();
      await reader[Symbol.asyncDispose]();
    },
  };
}

/** The least of an origin that players need: answers, held requests, segments that grow. */
export async function openTinyOrigin(
  packager: Packager,
  publication: Publication,
): Promise<AsyncDisposable & { readonly url: string; readonly refused: readonly string[] }> {
  const refused: string[] = [];

  async function ready(answer: Answer): Promise<Exclude<Answer, { readonly kind: 'not-yet' }>> {
    let current = answer;
    while (current.kind === 'not-yet') {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      using _listening = current.changed.on(resolve);
      if (!current.isReady()) {
        await promise;
      }
      current = current.isReady() ? await current.again() : current;
    }
    return current;
  }

  async function send(answer: Answer, response: ServerResponse, packs: boolean): Promise<void> {
    const found = await ready(answer);
    switch (found.kind) {
      case 'manifest':
        response.setHeader('content-type', found.document.contentType);
        if (packs) {
          response.setHeader('content-encoding', 'gzip');
        }
        response.end(packs ? found.document.gzip() : found.document.identity());
        return;
      case 'media':
        response.setHeader('content-type', found.contentType);
        response.setHeader('content-length', found.size);
        found.chunks.forEach((chunk) => response.write(chunk));
        response.end();
        return;
      case 'growing':
        response.setHeader('content-type', found.contentType);
        for (let sent = 0; ; ) {
          const { promise, resolve } = Promise.withResolvers<undefined>();
          using _listening = found.changed.on(resolve);
          const { chunks, ended } = found.read(sent);
          sent += chunks.length;
          chunks.forEach((chunk) => response.write(chunk));
          if (ended) {
            response.end();
            return;
          }
          await promise;
        }
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      try {
        const [path = '', query = ''] = (request.url ?? '').split('?');
        const { resource } = packager.parse(path);
        const packs = String(request.headers['accept-encoding']).includes('gzip');
        await send(await packager.answer(publication, resource, query), response, packs);
      } catch (error) {
        refused.push(`${request.url ?? ''}: ${String(error)}`);
        response.statusCode = error instanceof AppError ? error.status : 500;
        response.end(String(error));
      }
    })();
  });
  // Tests run programs and wait for them. A connection that timed out meanwhile would be closed under the next request.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/0f0e/stream.ism`,
    refused,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** Runs ffmpeg while this process goes on serving it, and gives the hashes of the decoded frames of one stream. */
export async function playedHashes(input: readonly string[], stream: string): Promise<readonly string[]> {
  const child = spawn('ffmpeg', ['-nostdin', '-v', 'error', ...input, '-map', stream, '-f', 'framemd5', '-'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (data: string) => {
    text += data;
  });
  await once(child, 'close');
  return text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

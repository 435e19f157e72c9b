import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../../src-main/base/clock.ts';
import { createLiveEncodings } from '../../../src-main/core/compose-live-encoding.ts';
import type { LiveEncoding } from '../../../src-main/core/ports/live-encoding.ts';
import { type Logger, silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { Track } from '../../../src-main/core/ports/presentation.ts';
import type { TimelineInput } from '../../../src-main/core/ports/timeline.ts';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import type { Sample } from '../../../src-main/media/cmaf/types.ts';
import { secondsToTicks, ticks, ticksToSeconds } from '../../../src-main/media/time.ts';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import type { Rung } from '../../support/encoded-ladder.ts';
import { localFfmpeg, openProcesses } from '../../support/real-ffmpeg.ts';

export type Clip = { readonly tracks: readonly Track[]; readonly samples: ReadonlyMap<string, readonly Sample[]> };

/** What an outside encoder would send: H.264 and AAC made by ffmpeg. */
export function makeClip(options: {
  /** A filter that gives the picture, with its size and rate. */
  readonly picture: string;
  readonly seconds: number;
  readonly video?: readonly string[];
  /** A filter that gives the sound; none: picture only. */
  readonly sound?: string | undefined;
  readonly name?: string;
}): Clip {
  const folder = mkdtempSync(join(tmpdir(), 'lectern-clip-'));
  try {
    const file = join(folder, 'clip.mp4');
    const sound = options.sound === undefined ? [] : ['-f', 'lavfi', '-i', options.sound];
    const coding = [
      '-c:v',
      'libx264',
      '-preset',
      'ultrafast',
      '-pix_fmt',
      'yuv420p',
      ...(options.video ?? ['-g', '30']),
    ];
    const fragments = ['-movflags', '+frag_every_frame+empty_moov+default_base_moof+delay_moov'];
    execFileSync(
      'ffmpeg',
      [
        ...['-nostdin', '-v', 'error', '-y', '-f', 'lavfi', '-i', options.picture, ...sound],
        ...[...coding, '-c:a', 'aac', '-t', String(options.seconds), ...fragments, file],
      ],
      { stdio: ['ignore', 'inherit', 'inherit'] },
    );
    const tracks = new Map<number, Track>();
    const samples = new Map<string, Sample[]>();
    for (const event of createFragmentReader().push(readFileSync(file))) {
      if (event.kind === 'header') {
        for (const { trackId, description } of event.tracks) {
          const id = `${options.name ?? ''}${description.kind}`;
          tracks.set(trackId, { ...description, id, name: description.kind, init: writeInitSegment(description) });
          samples.set(id, []);
        }
      } else {
        samples.get(tracks.get(event.trackId)!.id)?.push(...event.samples);
      }
    }
    return { tracks: [...tracks.values()], samples };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

export const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(condition: () => boolean, what: string, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  while (!condition()) {
    assert(performance.now() < deadline, `waited ${withinMs} ms in vain: ${what}`);
    await wait(20);
  }
}

export type Stage = AsyncDisposable & {
  readonly encoding: LiveEncoding;
  readonly failures: unknown[];
  readonly logged: readonly string[];
  readonly rungs: () => readonly Rung[];
  /** UTC now, as the encoding counts it. */
  readonly nowMs: () => number;
  /** Seconds of programme that have come out, of the first video rung. */
  readonly seconds: () => number;
  /**
   * Sends a clip as it would come: each sample at its time, or `every` seconds what has been gathered. Resolves with the media time (s) of its
   * first picture and of the end of its last.
   */
  readonly send: (
    clip: Clip,
    options?: { readonly every?: number; readonly lateMs?: number },
  ) => Promise<{ from: number; to: number }>;
};

export async function openStage(options: {
  readonly encoding: LiveEvent['encoding'];
  readonly slate?: Uint8Array;
  readonly preset?: string;
}): Promise<Stage> {
  await using opened = new AsyncDisposableStack();
  const clock = systemClock();
  const processes = opened.use(openProcesses());
  const ffmpeg = await localFfmpeg(processes);
  assert(ffmpeg !== undefined);
  const logged: string[] = [];
  const log = (fields: object, message: string): void => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger: Logger = { ...silentLogger, info: log, warn: log, error: log, child: () => logger };
  const encodings = createLiveEncodings({
    clock,
    logger,
    tools: {
      tools: () => Promise.resolve({ ffmpeg, capture: ffmpeg, ffprobe: 'ffprobe' }),
      encoder: () => Promise.resolve({ codec: 'libx264', preset: options.preset ?? 'ultrafast', refused: [] }),
      drawPoster: (init, segment) => Promise.resolve(Buffer.concat([init, segment])),
    },
    run: processes.runToEnd,
    launchNode: processes.launchNode,
  });
  const rungs = new Map<string, Rung>();
  const output: TimelineInput = {
    open: (tracks) => {
      for (const track of tracks) {
        rungs.set(track.id, { track, samples: [] });
      }
    },
    push: (trackId, samples) => void rungs.get(trackId)!.samples.push(...samples),
  };
  const failures: unknown[] = [];
  const encoding = await encodings.open({
    event: liveEvent(options.encoding),
    output,
    slate: options.slate,
    onFailed: (error) => failures.push(error),
  });
  opened.defer(() => encoding.stop());
  const owned = opened.move();

  async function send(clip: Clip, how: { readonly every?: number; readonly lateMs?: number } = {}) {
    const { every = 0, lateMs = 0 } = how;
    encoding.input.open(clip.tracks);
    const startMs = clock.wallMs();
    let from = Infinity;
    let to = 0;
    const all = clip.tracks
      .flatMap((track) =>
        clip.samples.get(track.id)!.map((sample) => {
          const shift = secondsToTicks(startMs / 1000, track.timescale);
          const at = ticksToSeconds(sample.decodeTime, track.timescale);
          return { track, at, sample: { ...sample, decodeTime: ticks(sample.decodeTime + shift) } };
        }),
      )
      .toSorted((a, b) => a.at - b.at);
    for (const { track, at, sample } of all) {
      // What is gathered is sent when the last of it is there.
      const sentAt = every === 0 ? at : (Math.floor(at / every) + 1) * every;
      const aheadMs = startMs + sentAt * 1000 + lateMs - clock.wallMs();
      if (aheadMs > 1) {
        await wait(aheadMs);
      }
      encoding.input.push(track.id, [sample]);
      if (track.kind === 'video') {
        const shown = startMs / 1000 + at + sample.compositionOffset / track.timescale;
        from = Math.min(from, shown);
        to = Math.max(to, shown + sample.duration / track.timescale);
      }
    }
    return { from, to };
  }

  const list = (): readonly Rung[] => [...rungs.values()];
  return {
    encoding,
    failures,
    logged,
    rungs: list,
    nowMs: () => clock.wallMs(),
    seconds() {
      const [first] = list();
      const last = first?.samples.at(-1);
      return first === undefined || last === undefined
        ? 0
        : ticksToSeconds(ticks(last.decodeTime - first.samples[0]!.decodeTime), first.track.timescale);
    },
    send,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function liveEvent(encoding: LiveEvent['encoding']): LiveEvent {
  const at = '2030-01-01T00:00:00.000Z';
  return {
    name: 'lecture',
    description: '',
    tags: {},
    created: at,
    lastModified: at,
    provisioningState: 'Succeeded',
    resourceState: 'Starting',
    input: {
      streamingProtocol: 'RTMP',
      accessToken: '00000000-0000-4000-8000-000000000000',
      keyFrameIntervalDuration: 'PT2S',
      endpoints: [],
    },
    preview: { previewLocator: '00000000-0000-4000-8000-000000000000', endpoints: [] },
    encoding,
    streamOptions: ['Default'],
  };
}

import type { EncoderCommand } from '../../src-main/core/ports/mixer.ts';
import type { ChildExit, SpawnChild } from '../../src-main/core/ports/process.ts';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';

export type TrackOutput = {
  /** `ftyp` and `moov`. */
  header: Buffer;
  timescale: number;
  /** One entry per fragment. */
  readonly fragments: (readonly Sample[])[];
  /** Everything, as it was written. */
  readonly bytes: Buffer[];
};

export type RunningEncoder = {
  readonly tracks: readonly TrackOutput[];
  /** Writes frame after frame, each with its silence; `finish` closes the inputs behind them. */
  readonly feed: (frames: readonly Uint8Array[], frameRate: number) => Promise<void>;
  readonly finish: () => Promise<ChildExit>;
  readonly kill: () => void;
};

/** Runs an encoder's command line and collects what comes out of every pipe. */
export async function runEncoder(spawn: SpawnChild, command: EncoderCommand): Promise<RunningEncoder> {
  const child = await spawn({
    name: 'encoder',
    executable: command.executable,
    args: command.args,
    stdin: 'none',
    stdout: 'ignore',
    pipes: ['to-child', 'to-child', ...command.tracks.map(() => 'from-child' as const)],
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  });
  const tracks = command.tracks.map((_, index): TrackOutput => {
    const track: TrackOutput = { header: Buffer.alloc(0), timescale: 1, fragments: [], bytes: [] };
    const reader = createFragmentReader();
    child.pipe(5 + index).on('data', (bytes: Buffer) => {
      track.bytes.push(bytes);
      for (const event of reader.push(bytes)) {
        if (event.kind === 'header') {
          track.header = Buffer.from(event.bytes);
          track.timescale = event.tracks[0]?.description.timescale ?? 1;
        } else {
          track.fragments.push(event.samples);
        }
      }
    });
    return track;
  });
  let fed = 0;
  return {
    tracks,
    async feed(frames, frameRate) {
      for (const frame of frames) {
        const samples = Math.round(((fed + 1) * 48_000) / frameRate) - Math.round((fed * 48_000) / frameRate);
        fed += 1;
        const { promise: written, resolve } = Promise.withResolvers<undefined>();
        child.pipe(4).write(new Uint8Array(samples * 4));
        child.pipe(3).write(frame, () => resolve(undefined));
        await Promise.race([written, child.exited]);
      }
    },
    async finish() {
      child.pipe(3).end();
      child.pipe(4).end();
      return await child.exited;
    },
    kill: () => child.kill(),
  };
}

import type { Writable } from 'node:stream';
import {
  createFragmentReader,
  type FragmentEvent,
  type FragmentReader,
} from '../../media/cmaf/fragment-reader.ts';
import { type EncoderCommand, type FrameRate, MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import type { ChildExit, SpawnChild } from '../ports/process.ts';

/** An encoder process that is fed by us and not by the mixer: for trials and measurements. Disposing it kills it. */
export type FedEncoder = AsyncDisposable & {
  /** Hands over a frame and the sound beside it, and waits until there is room for the next. False: the process has ended. */
  readonly feed: (frame: Uint8Array, pcm: Uint8Array) => Promise<boolean>;
  /** Nothing more comes: it writes what it still has and ends. */
  readonly finish: () => void;
  readonly kill: () => void;
  readonly exited: Promise<ChildExit>;
  /** What has come out so far, in the order of the command's tracks: for each fragment whether it begins with a sync sample. */
  readonly fragments: readonly (readonly boolean[])[];
};

export async function feedEncoder(spawn: SpawnChild, name: string, command: EncoderCommand): Promise<FedEncoder> {
  const child = await spawn({
    name,
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
  const [picture, sound] = [child.pipe(3), child.pipe(4)];
  const fragments = command.tracks.map((_, index) => {
    const syncs: boolean[] = [];
    const reader = createFragmentReader();
    child.pipe(5 + index).on('data', (bytes: Uint8Array) => {
      for (const event of readSafely(reader, bytes)) {
        if (event.kind === 'fragment') {
          syncs.push(event.samples[0]?.sync === true);
        }
      }
    });
    return syncs;
  });
  const ended = endOf(child.exited);
  return {
    async feed(frame, pcm) {
      picture.write(frame);
      sound.write(pcm);
      return await Promise.race([roomIn([picture, sound]), ended]);
    },
    finish() {
      picture.end();
      sound.end();
    },
    kill: () => child.kill(),
    exited: child.exited,
    fragments,
    async [Symbol.asyncDispose]() {
      child.kill();
      await child.exited;
    },
  };
}

/** Silence as long as frame `index`. Rounded to the sample from the start, so that no error adds up. */
export function silenceBeside(index: number, { numerator, denominator }: FrameRate): Uint8Array {
  const samplesUntil = (frames: number): number =>
    Math.round((frames * MIXER_SAMPLE_RATE * denominator) / numerator);
  return new Uint8Array((samplesUntil(index + 1) - samplesUntil(index)) * MIXER_CHANNELS * 2);
}

async function endOf(exited: Promise<ChildExit>): Promise<false> {
  await exited;
  return false;
}

async function roomIn(streams: readonly Writable[]): Promise<true> {
  for (const stream of streams) {
    if (stream.writableNeedDrain) {
      const { promise, resolve } = Promise.withResolvers<undefined>();
      stream.once('drain', () => resolve(undefined));
      await promise;
    }
  }
  return true;
}

/** What is no fragmented MP4 counts as no output: whoever tries an encoder finds its frames missing. */
function readSafely(reader: FragmentReader, bytes: Uint8Array): readonly FragmentEvent[] {
  try {
    return reader.push(bytes);
  } catch {
    return [];
  }
}

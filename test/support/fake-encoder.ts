import { Duplex, PassThrough } from 'node:stream';
import { createEmitter } from '../../src-main/base/emitter.ts';
import type { Child, ChildExit, ChildSpec, SpawnChild } from '../../src-main/core/ports/process.ts';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../src-main/media/cmaf/init-segment.ts';
import type { TrackDescription } from '../../src-main/media/cmaf/types.ts';
import { ticks } from '../../src-main/media/time.ts';

/** What a fake encoder does with the frames it is fed. */
export type FakeEncoder = {
  /** Runs for every frame, before anything comes out: the place to let time pass. */
  readonly onFrame?: (index: number, spec: ChildSpec) => void;
  /** Which frames come out as key frames; by default those that the command line forces. */
  readonly isKeyFrame?: (index: number) => boolean;
  /** It ends by itself with this code and these words instead of encoding. */
  readonly failsWith?: { readonly code: number; readonly lines: readonly string[] };
};

/** A `SpawnChild` whose children take raw frames and give fragments, as the real encoder's command line says, with nothing in them. */
export function fakeEncoderSpawn(
  behaviour: (spec: ChildSpec) => FakeEncoder,
): SpawnChild & { specs: ChildSpec[] } {
  const specs: ChildSpec[] = [];
  const spawn = (spec: ChildSpec): Promise<Child> => {
    specs.push(spec);
    return Promise.resolve(start(spec, behaviour(spec)));
  };
  return Object.assign(spawn, { specs });
}

function start(spec: ChildSpec, { onFrame, isKeyFrame, failsWith }: FakeEncoder): Child {
  const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
  const outputs = spec.pipes.slice(2).map(() => new PassThrough());
  const end = (exit: Partial<ChildExit>): void =>
    resolve({ code: null, signal: null, asked: false, lastLines: [], ...exit });
  const forced = forcedKeyFrames(spec.args);
  const frameBytes = bytesOfFrame(spec.args);
  let pending = 0;
  let frame = 0;

  const picture = new Duplex({
    read: () => undefined,
    write(chunk: Uint8Array, _encoding, done) {
      pending += chunk.length;
      while (pending >= frameBytes) {
        pending -= frameBytes;
        onFrame?.(frame, spec);
        if (frame === 0) {
          outputs.forEach((output) => output.write(HEADER));
        }
        const sync = isKeyFrame?.(frame) ?? forced(frame);
        outputs.forEach((output) => output.write(fragment(frame, sync)));
        frame += 1;
      }
      setImmediate(done);
    },
    final(done) {
      done();
      setImmediate(() => end({ code: 0 }));
    },
  });
  const sound = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  if (failsWith !== undefined) {
    setImmediate(() => end({ code: failsWith.code, lastLines: failsWith.lines }));
  }
  return {
    pid: 1,
    stdin: undefined,
    stdout: undefined,
    pipe: (fd) => [picture, sound, ...outputs][fd - 3] ?? picture,
    lines: createEmitter<string>(),
    exited,
    stop: () => exited,
    kill: () => end({ signal: 'SIGKILL' }),
  };
}

const TRACK: TrackDescription = {
  kind: 'audio',
  fourCc: 'mp4a',
  codec: 'mp4a.40.2',
  timescale: 48_000,
  bitrate: 1,
  language: 'und',
  sampleRate: 48_000,
  channels: 2,
  decoderConfig: new Uint8Array([0x11, 0x90]),
};
const HEADER = writeInitSegment(TRACK);

function fragment(frame: number, sync: boolean): Uint8Array {
  const sample = {
    decodeTime: ticks(frame * 1600),
    duration: 1600,
    compositionOffset: 0,
    sync,
    data: new Uint8Array(4),
  };
  return writeChunk([sample], { sequenceNumber: frame + 1, kind: 'video' }).bytes;
}

function bytesOfFrame(args: readonly string[]): number {
  const [width = 0, height = 0] = (args[args.indexOf('-video_size') + 1] ?? '').split('x').map(Number);
  return (width * height * 3) / 2;
}

/** The frames of `expr:gte(n,max(0,n_forced*GOP-LESS))`. */
function forcedKeyFrames(args: readonly string[]): (frame: number) => boolean {
  const expression = args[args.indexOf('-force_key_frames') + 1] ?? '';
  const [gop = 1, less = 0] = (/n_forced\*(\d+)-(\d+)/.exec(expression)?.slice(1) ?? []).map(Number);
  return (frame) => frame === 0 || (frame + less) % gop === 0;
}

import { Duplex, PassThrough } from 'node:stream';
import { createEmitter } from '../../../src-main/base/emitter.ts';
import { AAC_FRAME } from '../../../src-main/core/mix/encoder-run.ts';
import type { EncoderCommand } from '../../../src-main/core/ports/mixer.ts';
import type { Child, ChildExit, ChildSpec, SpawnChild } from '../../../src-main/core/ports/process.ts';
import { writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { ticks } from '../../../src-main/media/time.ts';

/** Raw frames of the fake world: twelve bytes, of which the first four are the frame's number modulo 2^32. */
export const FAKE_CANVAS = { width: 4, height: 2, frameRate: { numerator: 30, denominator: 1 } };
const FRAME_TICKS = 3000;
const OFFSET_SECONDS = 10;

/** Two picture layers and sound; `name` tells commands apart. */
export function fakeCommand(name: string): EncoderCommand {
  return {
    executable: 'ffmpeg',
    args: [name],
    tracks: [
      { id: 'video_2', kind: 'video', bitrate: 2 },
      { id: 'video_1', kind: 'video', bitrate: 1 },
      { id: 'audio_1', kind: 'audio', bitrate: 1 },
    ],
    offsetSeconds: OFFSET_SECONDS,
  };
}

export type FakeEncoderChild = {
  readonly spec: ChildSpec;
  /** Numbers of the frames it has taken. */
  readonly frames: number[];
  /** s16le it has been given. */
  readonly sound: () => Buffer;
  /** Encodes as much as it likes on its own; false makes it take frames and give nothing. */
  isEncoding: boolean;
  /** How many frames it takes before its pipe is full; Infinity by default. */
  accepts: number;
  /** Writes something that is no fragment. */
  readonly spoil: () => void;
  readonly die: (exit: Partial<ChildExit>) => void;
  readonly wasKilled: () => boolean;
  readonly hasEnded: () => boolean;
};

export type FakeEncoders = {
  readonly spawn: SpawnChild;
  readonly children: FakeEncoderChild[];
  /** What happens when a process is to be started. */
  onSpawn: (spec: ChildSpec) => void | Promise<void>;
  /** Set up every child before it gets anything. */
  prepare: (child: FakeEncoderChild) => void;
};

export function fakeEncoders(frameBytes = 12): FakeEncoders {
  const children: FakeEncoderChild[] = [];
  const encoders: FakeEncoders = {
    children,
    onSpawn: () => undefined,
    prepare: () => undefined,
    async spawn(spec) {
      await encoders.onSpawn(spec);
      const { child, fake } = start(spec, frameBytes);
      children.push(fake);
      encoders.prepare(fake);
      return child;
    },
  };
  return encoders;
}

function start(spec: ChildSpec, frameBytes: number): { readonly child: Child; readonly fake: FakeEncoderChild } {
  const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
  const outputs = spec.pipes.slice(2).map(() => new PassThrough());
  let hasEnded = false;
  let wasKilled = false;
  const heard: Buffer[] = [];
  let samples = 0;
  let encodedFrames = 0;
  let encodedSound = 0;
  let openInputs = 2;
  let accepted = Infinity;
  let pending = Buffer.alloc(0);
  const stuck: { readonly chunk: Buffer; readonly done: () => void }[] = [];

  function end(exit: Partial<ChildExit>): void {
    if (hasEnded) {
      return;
    }
    hasEnded = true;
    picture.destroy();
    sound.destroy();
    for (const output of outputs) {
      output.end();
    }
    // What was written is read before the process counts as gone, as with real pipes.
    setImmediate(() => resolve({ code: null, signal: null, asked: false, lastLines: [], ...exit }));
  }

  function encode(): void {
    if (!fake.isEncoding || hasEnded) {
      return;
    }
    for (; encodedFrames < fake.frames.length; encodedFrames += 1) {
      for (const output of outputs.slice(0, -1)) {
        if (encodedFrames === 0) {
          output.write(header(90_000));
        }
        output.write(fragment(encodedFrames * FRAME_TICKS + OFFSET_SECONDS * 90_000, FRAME_TICKS, 'video'));
      }
    }
    // One frame of priming before the first, as AAC has it.
    while (encodedSound === 0 ? samples > 0 : encodedSound * AAC_FRAME <= samples) {
      if (encodedSound === 0) {
        outputs.at(-1)?.write(header(48_000));
      }
      const time = OFFSET_SECONDS * 48_000 + (encodedSound - 1) * AAC_FRAME;
      outputs.at(-1)?.write(fragment(time, AAC_FRAME, 'audio'));
      encodedSound += 1;
    }
  }

  function take(): void {
    while (stuck.length > 0 && fake.frames.length < accepted) {
      const { chunk, done } = stuck.shift()!;
      pending = Buffer.concat([pending, chunk]);
      for (; pending.length >= frameBytes; pending = pending.subarray(frameBytes)) {
        fake.frames.push(pending.readUInt32BE(0));
      }
      done();
    }
    encode();
  }

  function closeInput(): void {
    openInputs -= 1;
    if (openInputs === 0) {
      encode();
      end({ code: 0 });
    }
  }

  const picture = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      stuck.push({ chunk: Buffer.from(chunk), done });
      take();
    },
    final(done) {
      done();
      closeInput();
    },
  });
  const sound = new Duplex({
    read: () => undefined,
    write(chunk: Buffer, _encoding, done) {
      heard.push(Buffer.from(chunk));
      samples += chunk.length / 4;
      encode();
      done();
    },
    final(done) {
      done();
      closeInput();
    },
  });
  for (const pipe of [picture, sound]) {
    pipe.on('error', () => undefined);
  }

  const fake: FakeEncoderChild = {
    spec,
    frames: [],
    sound: () => Buffer.concat(heard),
    isEncoding: true,
    get accepts() {
      return accepted;
    },
    set accepts(frames) {
      accepted = frames;
      take();
    },
    spoil: () => void outputs[0]?.write(Buffer.from('\0\0\0\x08mdat')),
    die: end,
    wasKilled: () => wasKilled,
    hasEnded: () => hasEnded,
  };
  const child: Child = {
    pid: 1,
    stdin: undefined,
    stdout: undefined,
    pipe: (fd) => [picture, sound, ...outputs][fd - 3]!,
    lines: createEmitter<string>(),
    exited,
    stop: () => exited,
    kill() {
      wasKilled = true;
      end({ signal: 'SIGKILL' });
    },
  };
  return { child, fake };
}

function header(timescale: number): Uint8Array {
  return writeInitSegment({
    kind: 'audio',
    fourCc: 'mp4a',
    codec: 'mp4a.40.2',
    timescale,
    bitrate: 1,
    language: 'und',
    sampleRate: 48_000,
    channels: 2,
    decoderConfig: new Uint8Array([0x11, 0x90]),
  });
}

function fragment(time: number, duration: number, kind: 'video' | 'audio'): Uint8Array {
  const sample = { decodeTime: ticks(time), duration, compositionOffset: 0, sync: true, data: new Uint8Array(4) };
  return writeChunk([sample], { sequenceNumber: 1, kind }).bytes;
}

import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import type { Socket } from 'node:net';
import { writeChunk } from '../../src-main/media/cmaf/chunk.ts';
import type { Sample } from '../../src-main/media/cmaf/types.ts';
import type { AmfValue } from '../../src-main/media/flv/amf0.ts';
import { header } from '../unit/media/smooth/ingest-streams.ts';
import type { LoopedTrack } from './looped-media.ts';
import { rawPublisher } from './raw-feeds.ts';

/**
 * Encoders that cost next to nothing: all in one process, each sending looped media in real time. Their clocks are one, as those of encoders
 * are that are locked to each other: a sample has the same number and the same time whoever sends it, and one that was away goes on where
 * the clock has got to.
 */
export type SenderClock = {
  /** Seconds since the media began. */
  now(): number;
};

/** `startsIn`: seconds from now to the first sample of the media. */
export function senderClock(startsIn = 0): SenderClock {
  const beganMs = performance.now() + startsIn * 1000;
  return { now: () => (performance.now() - beganMs) / 1000 };
}

export type LiveSender = AsyncDisposable & {
  /** Media seconds of the first sample that was sent, which is a key frame; undefined before it. */
  readonly from: () => number | undefined;
  /** Media seconds behind the last sample that was sent. */
  readonly until: () => number;
  /** It was sent away, or the connection broke, by no doing of ours. */
  readonly isCutOff: () => boolean;
  /** Bytes that the far side has not taken yet. */
  readonly waitingBytes: () => number;
  /** As a computer that is switched off: what is not sent yet is lost. */
  readonly kill: () => void;
};

export type SenderOptions = {
  readonly clock: SenderClock;
  /** Pictures first. */
  readonly tracks: readonly LoopedTrack[];
  /** Begins at the first key frame from then on, media seconds; never before now. */
  readonly from?: number;
  /** What is sent is handed to the system this often. */
  readonly everyMs?: number;
};

const EVERY_MS = 20;
const VIDEO = 9;
const AUDIO = 8;

/** One track of a sender: what of it is due. */
type Cursor = { readonly track: LoopedTrack; next: number };

function openCursors({ tracks, clock, from = 0 }: SenderOptions): readonly Cursor[] {
  const [video] = tracks;
  if (video === undefined) {
    throw new Error('nothing to send');
  }
  let key = video.numberFrom(Math.max(from, clock.now()));
  while (!video.at(key).sync) {
    key += 1;
  }
  const seconds = (key * video.duration) / video.description.timescale;
  return tracks.map((track) => ({ track, next: track.numberFrom(seconds) }));
}

const endOf = (track: LoopedTrack, number: number): number =>
  ((number + 1) * track.duration) / track.description.timescale;

/** Takes the samples that are over by now, in the order in which they are. */
function* due(
  cursors: readonly Cursor[],
  now: number,
): Generator<{ readonly cursor: Cursor; readonly sample: Sample }> {
  for (;;) {
    const cursor = cursors.reduce((first, one) =>
      endOf(one.track, one.next) < endOf(first.track, first.next) ? one : first,
    );
    if (endOf(cursor.track, cursor.next) > now) {
      return;
    }
    const sample = cursor.track.at(cursor.next);
    cursor.next += 1;
    yield { cursor, sample };
  }
}

/** Publishes one picture track and the sound. `base` ends with the application, `name` is that of the stream. */
export async function rtmpSender(base: string, name: string, options: SenderOptions): Promise<LiveSender> {
  const { clock, tracks, everyMs = EVERY_MS } = options;
  const client = await rawPublisher(base, name);
  const { socket } = client;
  const cursors = openCursors(options);
  const [video, audio] = tracks;
  client.data('@setDataFrame', 'onMetaData', metadataOf(video, audio));
  const fromMs = Math.round(((cursors[0]?.next ?? 0) * (video?.duration ?? 0) * 1000) / 90_000);
  for (const { description } of tracks) {
    const head = description.kind === 'video' ? [0x17, 0, 0, 0, 0] : [0xaf, 0];
    client.message({
      type: description.kind === 'video' ? VIDEO : AUDIO,
      payload: Buffer.concat([Buffer.from(head), description.decoderConfig]),
      timestamp: fromMs,
      chunkStream: description.kind === 'video' ? 6 : 4,
    });
  }

  const flow = openFlow(cursors, clock, everyMs, (samples) => {
    socket.cork();
    for (const { cursor, sample } of samples) {
      const { kind, timescale } = cursor.track.description;
      const timestamp = Math.round((Number(sample.decodeTime) * 1000) / timescale);
      const head = kind === 'video' ? [sample.sync ? 0x17 : 0x27, 1, 0, 0, 0] : [0xaf, 1];
      const payload = Buffer.concat([Buffer.from(head), sample.data]);
      client.message({
        type: kind === 'video' ? VIDEO : AUDIO,
        payload,
        timestamp,
        chunkStream: kind === 'video' ? 6 : 4,
      });
    }
    socket.uncork();
  });
  socket.on('close', flow.stop);
  return {
    ...flow,
    isCutOff: () => !flow.isKilled() && (client.isClosed() || socket.destroyed),
    waitingBytes: () => socket.writableLength,
    kill() {
      flow.kill();
      socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      flow.kill();
      if (!socket.destroyed) {
        const closed = once(socket, 'close');
        socket.destroy();
        await closed;
      }
    },
  };
}

function metadataOf(video: LoopedTrack | undefined, audio: LoopedTrack | undefined): Map<string, AmfValue> {
  return new Map<string, AmfValue>([
    ['videodatarate', (video?.bitrate ?? 0) / 1000],
    ['audiodatarate', (audio?.bitrate ?? 0) / 1000],
    ['encoder', 'looped media'],
  ]);
}

/** Sounds in one fragment: 0.96 s. */
const AUDIO_FRAMES = 45;

/** All tracks in one long POST, in fragments of a group of pictures, as encoders of Smooth Streaming send them. */
export async function fragmentSender(url: string, options: SenderOptions): Promise<LiveSender> {
  const { clock, tracks, everyMs = EVERY_MS } = options;
  const { hostname, port, pathname } = new URL(url);
  const asked = httpRequest({ hostname, port, path: pathname, method: 'POST', agent: false });
  let isAnswered = false;
  asked.on('error', () => {
    isAnswered = true;
  });
  asked.on('response', (answer) => {
    isAnswered = true;
    answer.resume();
  });
  asked.write(header(tracks.map(({ description }) => description)));
  const { promise: connected, resolve, reject } = Promise.withResolvers<Socket>();
  asked.on('socket', (socket) => socket.once('connect', () => resolve(socket))).once('error', reject);
  const socket = await connected;
  const cursors = openCursors(options);
  // A fragment of sound begins at one of these numbers whoever sends it.
  for (const cursor of cursors.slice(1)) {
    cursor.next = Math.ceil(cursor.next / AUDIO_FRAMES) * AUDIO_FRAMES;
  }
  const held = new Map<Cursor, Sample[]>(cursors.map((cursor) => [cursor, []]));
  let sequenceNumber = 0;
  const flow = openFlow(cursors, clock, everyMs, (samples) => {
    for (const { cursor, sample } of samples) {
      const waiting = held.get(cursor) ?? [];
      waiting.push(sample);
      const { kind } = cursor.track.description;
      const isWhole = kind === 'video' ? cursor.track.at(cursor.next).sync : cursor.next % AUDIO_FRAMES === 0;
      if (isWhole) {
        sequenceNumber += 1;
        asked.write(writeChunk(waiting, { sequenceNumber, kind, trackId: cursors.indexOf(cursor) + 1 }).bytes);
        held.set(cursor, []);
      }
    }
  });
  asked.on('close', flow.stop);
  return {
    ...flow,
    isCutOff: () => !flow.isKilled() && (isAnswered || asked.destroyed),
    waitingBytes: () => asked.writableLength,
    kill() {
      flow.kill();
      asked.destroy();
    },
    async [Symbol.asyncDispose]() {
      flow.kill();
      if (!socket.destroyed) {
        const closed = once(socket, 'close');
        asked.destroy();
        await closed;
      }
    },
  };
}

type Flow = Pick<LiveSender, 'from' | 'until'> & {
  readonly stop: () => void;
  readonly kill: () => void;
  readonly isKilled: () => boolean;
};

function openFlow(
  cursors: readonly Cursor[],
  clock: SenderClock,
  everyMs: number,
  write: (samples: Iterable<{ readonly cursor: Cursor; readonly sample: Sample }>) => void,
): Flow {
  const [first] = cursors;
  if (first === undefined) {
    throw new Error('nothing to send');
  }
  const secondsOf = (number: number): number => endOf(first.track, number - 1);
  const began = first.next;
  let isKilled = false;
  const timer = setInterval(() => write(due(cursors, clock.now())), everyMs);
  const stop = (): void => clearInterval(timer);
  return {
    from: () => (first.next > began ? secondsOf(began) : undefined),
    until: () => secondsOf(first.next),
    stop,
    isKilled: () => isKilled,
    kill() {
      isKilled = true;
      stop();
    },
  };
}

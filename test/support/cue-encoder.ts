import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type AmfValue, encodeAmf0 } from '../../src-main/media/flv/amf0.ts';
import { rawPublisher } from './raw-feeds.ts';
import type { RtmpClient } from './rtmp-client.ts';
import { until } from './studio-stage.ts';

/** An encoder that sends a file over RTMP, and messages between its pictures, which ffmpeg cannot. */
export type CueEncoder = AsyncDisposable & {
  /** Where it is in its own time, seconds; `first`: of its first picture. */
  readonly seconds: () => number;
  readonly first: number;
  /** `onAdCue` with these fields, as they are. */
  readonly adCue: (fields: Readonly<Record<string, AmfValue>>) => void;
  /** The whole file has been sent. */
  readonly ended: Promise<void>;
};

type Tag = { readonly type: number; readonly ms: number; readonly payload: Uint8Array };

const AUDIO = 8;
const VIDEO = 9;
const SCRIPT = 18;
const CHUNK_STREAMS: Readonly<Record<number, number>> = { [AUDIO]: 4, [VIDEO]: 6, [SCRIPT]: 3 };
const STEP_MS = 20;

/**
 * Sends from the first picture on, `speed` times as fast as its own clock says. `edit`: what becomes of the payload of a message with a
 * picture; `index` counts them.
 */
export async function sendWithCues(
  base: string,
  stream: string,
  file: string,
  options: {
    readonly speed?: number;
    /** Which picture track of the file, each with the sound. */
    readonly layer?: number;
    readonly edit?: (payload: Uint8Array, index: number) => Uint8Array;
  } = {},
): Promise<CueEncoder> {
  const { speed = 1, layer = 0, edit = (payload: Uint8Array) => payload } = options;
  const tags = await readTags(file, layer);
  const client = await rawPublisher(base, stream);
  try {
    await until('it may publish', () => client.said().find(({ code }) => code === 'NetStream.Publish.Start'));
  } catch (error) {
    client[Symbol.dispose]();
    throw error;
  }
  const first = tags.find((tag) => isPicture(tag))?.ms ?? 0;
  const stop = new AbortController();
  let nowMs = 0;
  const sending = sendAll();

  async function sendAll(): Promise<void> {
    const beganMs = performance.now();
    let pictures = 0;
    for (const tag of tags) {
      while (!stop.signal.aborted && tag.ms > (performance.now() - beganMs) * speed) {
        await wait(STEP_MS);
      }
      if (stop.signal.aborted) {
        return;
      }
      sendTag(client, { ...tag, payload: isPicture(tag) ? edit(tag.payload, pictures++) : tag.payload });
      nowMs = tag.ms;
      if (client.socket.writableNeedDrain) {
        await Promise.race([once(client.socket, 'drain'), client.closed]);
      }
    }
  }

  return {
    seconds: () => nowMs / 1000,
    first: first / 1000,
    adCue: (fields) =>
      client.message({
        type: SCRIPT,
        payload: encodeAmf0(['onAdCue', new Map(Object.entries(fields))]),
        timestamp: nowMs,
      }),
    ended: sending,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await sending;
      client[Symbol.dispose]();
    },
  };
}

/** AVC frames and sequence headers alike are video messages; the second byte tells them apart. */
function isPicture({ type, payload }: Tag): boolean {
  return type === VIDEO && payload[1] === 1;
}

function sendTag(client: RtmpClient, { type, ms, payload }: Tag): void {
  client.message({ type, payload, timestamp: ms, chunkStream: CHUNK_STREAMS[type] ?? 3 });
}

/** A file as FLV tags, whose bodies are the messages of RTMP. */
async function readTags(file: string, layer: number): Promise<readonly Tag[]> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...['-v', 'error', '-i', file, '-map', `0:v:${layer}`, '-map', '0:a:0'],
      ...['-c', 'copy', '-f', 'flv', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 256 * 1024 * 1024 },
  );
  const tags: Tag[] = [];
  // The header of the file, and the size of the tag before the first one.
  for (let at = 9 + 4; at + 11 <= stdout.length; ) {
    const size = stdout.readUIntBE(at + 1, 3);
    const ms = stdout.readUIntBE(at + 4, 3) + stdout.readUInt8(at + 7) * 2 ** 24;
    tags.push({ type: stdout.readUInt8(at), ms, payload: stdout.subarray(at + 11, at + 11 + size) });
    at += 11 + size + 4;
  }
  return tags;
}

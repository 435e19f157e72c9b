import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { flv, type RtmpClient, rtmpClient } from './rtmp-client.ts';

/** A peer that publishes to a real ingest and says what a test wants. `base` ends with the token. */
export async function rawPublisher(
  base: string,
  stream: string,
  options: { readonly localAddress?: string } = {},
): Promise<RtmpClient> {
  const { hostname, port, pathname } = new URL(base);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: Number(port), allowHalfOpen: true, ...options });
  await once(socket, 'connect');
  const client = rtmpClient(socket);
  client.publish(pathname.slice(1), stream, Number(port));
  return client;
}

/** Why an RTMP peer was turned away, as it was told: the code that the description begins with. */
export async function refusalOf(client: RtmpClient): Promise<string> {
  await client.closed;
  return client
    .said()
    .map(({ description }) => /^[A-Za-z_/-]+(?=: )/.exec(description)?.[0] ?? '')
    .join('');
}

const AUDIO = 8;
const VIDEO = 9;

/** Pictures and sound of no sense, well formed: `frames` at so many a second. Without pauses, unless `realTime`. */
export async function sendFrames(
  client: RtmpClient,
  options: {
    readonly frames: number;
    readonly from?: number;
    readonly framesPerSecond?: number;
    readonly bytes?: number;
    /** Every so many pictures is a key frame; 0: none but the first. */
    readonly keyEvery?: number;
    readonly firstIsKey?: boolean;
    readonly realTime?: boolean;
    readonly audio?: boolean;
    readonly config?: Uint8Array;
  },
): Promise<void> {
  const { frames, from = 0, framesPerSecond = 30, bytes = 500, keyEvery = 30, firstIsKey = true } = options;
  const beganMs = performance.now();
  const toMs = (index: number): number => Math.round((index * 1000) / framesPerSecond);
  if (from === 0) {
    client.message({ type: VIDEO, payload: flv.avcConfig(options.config) });
    if (options.audio === true) {
      client.message({ type: AUDIO, payload: flv.aacConfig(), chunkStream: 4 });
    }
  }
  for (let index = from; index < from + frames && !client.isClosed(); index += 1) {
    const key = index === 0 ? firstIsKey : keyEvery !== 0 && index % keyEvery === 0;
    client.message({ type: VIDEO, payload: flv.avcFrame({ key, bytes }), timestamp: toMs(index) });
    if (options.audio === true) {
      client.message({ type: AUDIO, payload: flv.aacFrame(), timestamp: toMs(index), chunkStream: 4 });
    }
    const aheadMs = options.realTime === true ? toMs(index - from) - (performance.now() - beganMs) : 0;
    if (aheadMs > 0) {
      await wait(aheadMs);
    } else if (client.socket.writableNeedDrain) {
      await writable(client);
    }
  }
}

/** The other side has taken what was written, or hung up. */
async function writable(client: RtmpClient): Promise<void> {
  const settled = new AbortController();
  const { signal } = settled;
  // Whichever comes second is not waited for any more, and says so by throwing.
  const either = ['drain', 'close'].map((event) => once(client.socket, event, { signal }).catch(() => undefined));
  await Promise.race([...either, client.closed]);
  settled.abort();
}

/** GET from one of this computer's other loopback addresses; the status. */
export async function statusFrom(localAddress: string, url: string): Promise<number> {
  const asked = httpRequest(url, { localAddress });
  asked.end();
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  asked.once('error', reject).once('response', (answer) => {
    answer.resume();
    resolve(answer.statusCode ?? 0);
  });
  return await promise;
}

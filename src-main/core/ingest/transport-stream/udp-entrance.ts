import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';
import { AppError } from '../../../shared/app-error.ts';
import type { IngestEndCode } from '../../ports/ingest.ts';
import { transportPackets } from './datagram.ts';
import {
  type Entrance,
  type EntranceOptions,
  hostInUrl,
  MAX_SENDERS,
  ONLY_STREAM,
  plainAddress,
} from './entrance.ts';
import { openSender, type Sender } from './sender.ts';

/** Nobody says good-bye over UDP: who has sent nothing for so long has left. */
const SILENCE_MS = 3000;
/** One that starts again does so from another port, and takes the place of what fell silent before. */
const PAUSE_MS = 300;
const CHECK_MS = 500;
/** Who was turned away is not asked about again for so long. */
const REFUSED_MS = 10_000;
const MAX_REFUSED = 256;
const RECEIVE_BUFFER_BYTES = 4 * 1024 * 1024;

type Source = { readonly address: string; readonly sender: Sender; heardMs: number };

/** A transport stream over UDP, with or without RTP around it. Rejects as `dgram.Socket.bind` does. */
export async function openUdpEntrance(
  options: EntranceOptions & { readonly host: string; readonly port: number; readonly accessToken: string },
): Promise<Entrance> {
  const { host, clock, logger } = options;
  const sources = new Map<string, Source>();
  const refused = new Map<string, number>();
  const socket = createSocket({ type: host.includes(':') ? 'udp6' : 'udp4' });
  let timer: Disposable | undefined;

  function onMessage(datagram: Uint8Array, peer: RemoteInfo): void {
    const bytes = transportPackets(datagram);
    if (bytes === undefined) {
      return;
    }
    const key = `${peer.address} ${peer.port}`;
    const source = sources.get(key) ?? open(key, peer);
    if (source !== undefined) {
      source.heardMs = clock.monotonicMs();
      source.sender.push(bytes);
    }
  }

  function open(key: string, peer: RemoteInfo): Source | undefined {
    const nowMs = clock.monotonicMs();
    for (const source of [...sources.values()]) {
      if (source.address === peer.address && nowMs - source.heardMs > PAUSE_MS) {
        source.sender.end('MPE_CLIENT_DISCONNECTED');
      }
    }
    const refusedMs = refused.get(peer.address);
    if (sources.size >= MAX_SENDERS || (refusedMs !== undefined && nowMs - refusedMs < REFUSED_MS)) {
      return undefined;
    }
    const sender = openSender({
      ...options,
      request: {
        accessToken: options.accessToken,
        streamName: ONLY_STREAM,
        ingestUrl: `udp://${hostInUrl(host)}:${socket.address().port}`,
        peer: { address: plainAddress(peer.address), port: peer.port },
      },
      hangUp(reason) {
        sources.delete(key);
        // Who was sent away for a fault goes on sending all the same.
        if (reason instanceof AppError) {
          refuse(peer.address);
        }
      },
    });
    if (sender instanceof AppError) {
      refuse(peer.address);
      return undefined;
    }
    const source: Source = { address: peer.address, sender, heardMs: nowMs };
    sources.set(key, source);
    watch();
    return source;
  }

  function refuse(address: string): void {
    const [oldest] = refused.keys();
    if (refused.size >= MAX_REFUSED && oldest !== undefined) {
      refused.delete(oldest);
    }
    refused.set(address, clock.monotonicMs());
  }

  function watch(): void {
    timer ??= clock.after(CHECK_MS, () => {
      timer = undefined;
      const nowMs = clock.monotonicMs();
      for (const source of [...sources.values()]) {
        if (nowMs - source.heardMs >= SILENCE_MS) {
          source.sender.end('MPE_CLIENT_DISCONNECTED');
        }
      }
      if (sources.size > 0) {
        watch();
      }
    });
  }

  socket.bind(options.port, host);
  await once(socket, 'listening');
  socket.on('message', onMessage);
  socket.on('error', (error) => logger.debug({ problem: error.message }, 'a datagram could not be received'));
  try {
    // The system may allow less.
    socket.setRecvBufferSize(RECEIVE_BUFFER_BYTES);
  } catch {
    // As much as there is.
  }
  return {
    port: socket.address().port,
    senders: () => sources.size,
    async close(reason: IngestEndCode) {
      timer?.[Symbol.dispose]();
      for (const { sender } of [...sources.values()]) {
        sender.end(reason);
      }
      const closed = once(socket, 'close');
      socket.close();
      await closed;
    },
  };
}

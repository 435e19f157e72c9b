import type { Clock } from '../../../base/clock.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { IngestDoor, IngestEndCode } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Entrance, type EntranceOptions, hostInUrl, ONLY_STREAM } from './entrance.ts';
import { SENDER_LIMITS, type SenderLimits } from './sender.ts';
import { openSrtEntrance } from './srt-entrance.ts';
import { openTcpEntrance } from './tcp-entrance.ts';
import { openUdpEntrance } from './udp-entrance.ts';

export type TransportIngestOptions = {
  readonly door: IngestDoor;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Address of this computer to listen on: `127.0.0.1`, `0.0.0.0`, `::`. */
  readonly host: string;
  /** UDP, for SRT; 0 takes any free one. TCP and UDP of the events come behind it. */
  readonly port: number;
  /** The host that encoders are told, when they are to know this computer by another than `host`. */
  readonly publicHost?: (() => string) | undefined;
  readonly limits?: Partial<SenderLimits> | undefined;
};

export type TransportIngest = AsyncDisposable & {
  /** Of SRT, as it really is. */
  readonly port: number;
  /** Lets encoders of a running event in. Throws `service/port-taken` when no port is free for it, and `service/port-refused`. */
  readonly listen: (event: TransportEvent) => Promise<TransportListening>;
};

export type TransportEvent = {
  readonly name: string;
  readonly accessToken: string;
};

export type TransportListening = {
  readonly endpoints: readonly TransportEndpoint[];
  /** Sends its encoders away, with `MPI_REST_API_CHANNEL_STOP` when left out, and frees its ports. Idempotent. */
  readonly close: (reason?: IngestEndCode) => Promise<void>;
};

/** Complete addresses that encoders are given as they are; those of SRT hold the access token. */
export type TransportEndpoint = { readonly protocol: 'SRT' | 'TCP' | 'UDP'; readonly url: string };

/** Ports behind that of SRT that are tried for an event. */
const PORTS = 100;

type Ports = { readonly tcp: Entrance; readonly udp: Entrance };

/**
 * MPEG-2 transport streams from encoders: over SRT on one port for all events, over TCP and UDP on one port for each, which is all that tells
 * them apart (decision 9). Throws `service/port-taken` and `service/port-refused`, which name port and setting.
 */
export async function openTransportIngest(options: TransportIngestOptions): Promise<TransportIngest> {
  const { host, door, clock, logger } = options;
  const limits = { ...SENDER_LIMITS, ...options.limits };
  const entrance: EntranceOptions = { door, clock, logger, limits };
  const srt = await bound(options.port, () => openSrtEntrance({ ...entrance, host, port: options.port }));
  const listening = new Set<TransportListening>();
  /** An event gets the port again that it had, so that encoders need not be set up anew. */
  const portOf = new Map<string, number>();
  let closed: Promise<void> | undefined;

  async function openPorts(event: TransportEvent): Promise<Ports> {
    const remembered = portOf.get(event.name);
    const behind = Array.from({ length: PORTS }, (_, index) => srt.port + 1 + index).filter(
      (port) => port <= 65_535,
    );
    const others = new Set([...portOf].filter(([name]) => name !== event.name).map(([, port]) => port));
    const candidates = [
      ...(remembered === undefined ? [] : [remembered]),
      ...behind.filter((port) => !others.has(port)),
      ...(options.port === 0 ? [0] : []),
    ];
    for (const port of candidates) {
      const ports = await tryPorts(event, port);
      if (ports !== undefined) {
        portOf.set(event.name, ports.tcp.port);
        return ports;
      }
    }
    throw portTaken(srt.port + 1);
  }

  /** Both of the same number; undefined when one of them is taken. */
  async function tryPorts({ accessToken }: TransportEvent, port: number): Promise<Ports | undefined> {
    await using opened = new AsyncDisposableStack();
    try {
      const tcp = await bound(port, () => openTcpEntrance({ ...entrance, host, port, accessToken }));
      opened.defer(() => tcp.close('MPI_REST_API_CHANNEL_STOP'));
      const udp = await bound(tcp.port, () => openUdpEntrance({ ...entrance, host, port: tcp.port, accessToken }));
      opened.move();
      return { tcp, udp };
    } catch (error) {
      if (error instanceof AppError && error.code === 'service/port-taken') {
        return undefined;
      }
      throw error;
    }
  }

  function endpointsOf({ name, accessToken }: TransportEvent, { tcp, udp }: Ports): readonly TransportEndpoint[] {
    const address = (port: number): string => `${hostInUrl(options.publicHost?.() ?? host)}:${port}`;
    const srtAddress = `srt://${address(srt.port)}`;
    return [
      { protocol: 'SRT', url: `${srtAddress}?streamid=${accessToken}/${ONLY_STREAM}` },
      // Encrypted, and the token is not on the network.
      { protocol: 'SRT', url: `${srtAddress}?streamid=${name}/${ONLY_STREAM}&passphrase=${accessToken}` },
      { protocol: 'TCP', url: `tcp://${address(tcp.port)}` },
      { protocol: 'UDP', url: `udp://${address(udp.port)}?pkt_size=1316` },
    ];
  }

  return {
    port: srt.port,
    async listen(event) {
      const ports = await openPorts(event);
      const dismiss = srt.admit(event);
      let ended: Promise<void> | undefined;
      const own: TransportListening = {
        endpoints: endpointsOf(event, ports),
        close(reason = 'MPI_REST_API_CHANNEL_STOP') {
          ended ??= end(reason);
          return ended;
        },
      };
      async function end(reason: IngestEndCode): Promise<void> {
        dismiss(reason);
        await Promise.all([ports.tcp.close(reason), ports.udp.close(reason)]);
        listening.delete(own);
      }
      listening.add(own);
      return own;
    },
    [Symbol.asyncDispose]() {
      closed ??= closeAll();
      return closed;
    },
  };

  async function closeAll(): Promise<void> {
    await Promise.all([...listening].map((one) => one.close()));
    await srt.close('MPI_REST_API_CHANNEL_STOP');
  }
}

async function bound<T>(port: number, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw portTaken(port, error);
    }
    const words = error instanceof Error ? error.message : String(error);
    const message = `The operating system refuses port ${port} for transport streams: ${words}. ${CURE}`;
    throw new AppError('service/port-refused', message, { details: detailsOf(port), cause: error });
  }
}

const CURE = 'Choose another with the setting network.srtPort or with --srt-port; 0 takes any free one.';

function detailsOf(port: number) {
  return { port, setting: 'network.srtPort', flag: '--srt-port' };
}

function portTaken(port: number, cause?: unknown): AppError {
  const message = `Port ${port} for transport streams is already in use. ${CURE}`;
  return new AppError('service/port-taken', message, { details: detailsOf(port), cause });
}

import type { Clock } from '../../../base/clock.ts';
import { createSerial } from '../../../base/serial.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Repository } from '../../ports/catalogue.ts';
import type { IngestDoor, IngestEndCode } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { type Entrance, type EntranceOptions, hostInUrl, ONLY_STREAM } from './entrance.ts';
import type { GivenPort } from './given-port.ts';
import { SENDER_LIMITS, type SenderLimits } from './sender.ts';
import { openSrtEntrance, type SrtEntrance } from './srt-entrance.ts';
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
  /** By live event: an event gets the port again that it had, over restarts of the program too, so that encoders need not be set up anew. */
  readonly givenPorts: Pick<Repository<GivenPort>, 'list' | 'get' | 'keep'>;
  /** The host that encoders are told, when they are to know this computer by another than `host`. */
  readonly publicHost?: (() => string) | undefined;
  readonly limits?: Partial<SenderLimits> | undefined;
};

export type TransportIngest = AsyncDisposable & {
  /** Of SRT, as it really is. */
  readonly port: number;
  /**
   * Lets encoders of a running event in. Throws `service/port-taken`, which names the port, when none is free for it or the one that it was given
   * is not, and `service/port-refused`.
   */
  readonly listen: (event: TransportEvent) => Promise<TransportListening>;
  /** Of an event that does not run, as they will be: of TCP and UDP when it has run before. */
  readonly endpointsOf: (event: TransportEvent) => readonly TransportEndpoint[];
  /**
   * Listens at another address of this computer, on the same ports. A datagram has no connection that could go on elsewhere: while somebody
   * sends, everything stays as it is, and moves when the last one has gone. When it fails it listens where it did before, and throws what
   * `listen` throws; of a move that had to wait that is only logged.
   */
  readonly setHost: (host: string) => Promise<void>;
};

export type TransportEvent = {
  readonly name: string;
  readonly accessToken: string;
};

export type TransportListening = {
  /** As they are now. */
  readonly endpoints: readonly TransportEndpoint[];
  /** Sends its encoders away, with `MPI_REST_API_CHANNEL_STOP` when left out, and frees its ports. Idempotent. */
  readonly close: (reason?: IngestEndCode) => Promise<void>;
};

/** Complete addresses that encoders are given as they are; those of SRT hold the access token. */
export type TransportEndpoint = { readonly protocol: 'SRT' | 'TCP' | 'UDP'; readonly url: string };

/** Ports behind that of SRT that are tried for an event. */
const PORTS = 100;

/** With senders a move waits, and looks this often whether they are gone. */
const LOOK_MS = 1000;

type Ports = { readonly tcp: Entrance; readonly udp: Entrance };
/** An event that is let in. */
type Guest = { readonly event: TransportEvent; ports: Ports; dismiss: (reason: IngestEndCode) => void };

const LEAVING: IngestEndCode = 'MPI_REST_API_CHANNEL_STOP';

/**
 * MPEG-2 transport streams from encoders: over SRT on one port for all events, over TCP and UDP on one port for each, which is all that tells
 * them apart (decision 9). Throws `service/port-taken` and `service/port-refused`, which name port and setting.
 */
export async function openTransportIngest(options: TransportIngestOptions): Promise<TransportIngest> {
  const { door, clock, logger, givenPorts } = options;
  const limits = { ...SENDER_LIMITS, ...options.limits };
  const entrance: EntranceOptions = { door, clock, logger, limits };
  const guests = new Map<Guest, TransportListening>();
  const open = new Set<Entrance>();
  const changes = createSerial();
  let { host } = options;
  let wantedHost = host;
  let srt = await openSrt(options.port);
  const { port: srtPort } = srt;
  let looking: Disposable | undefined;
  let closed: Promise<void> | undefined;

  async function openSrt(port: number): Promise<SrtEntrance> {
    const opened = await bound(port, () => openSrtEntrance({ ...entrance, host, port }));
    open.add(opened);
    return opened;
  }

  /** Once. */
  async function close(one: Entrance, reason: IngestEndCode): Promise<void> {
    if (open.delete(one)) {
      await one.close(reason);
    }
  }

  async function openPorts(event: TransportEvent): Promise<Ports> {
    const given = portGivenTo(event);
    const again = given === undefined ? undefined : await tryPorts(event, given);
    if (again !== undefined) {
      return again;
    }
    // Where any port will do, addresses change with every start in any case.
    if (given !== undefined && options.port !== 0) {
      throw portTaken(given, `, which encoders of the live event ${event.name} were told,`);
    }
    const behind = Array.from({ length: PORTS }, (_, index) => srtPort + 1 + index).filter(
      (port) => port <= 65_535,
    );
    const others = new Set(givenPorts.list().map(({ port }) => port));
    const candidates = [...behind.filter((port) => !others.has(port)), ...(options.port === 0 ? [0] : [])];
    for (const port of candidates) {
      const ports = await tryPorts(event, port);
      if (ports !== undefined) {
        givenPorts.keep(event.name, { liveEvent: event.name, behind: options.port, port: ports.tcp.port });
        return ports;
      }
    }
    throw portTaken(srtPort + 1);
  }

  function portGivenTo({ name }: TransportEvent): number | undefined {
    const given = givenPorts.get(name);
    return given?.behind === options.port ? given.port : undefined;
  }

  /** Both of the same number; undefined when one of them is taken. */
  async function tryPorts({ accessToken }: TransportEvent, port: number): Promise<Ports | undefined> {
    await using opened = new AsyncDisposableStack();
    try {
      const tcp = await bound(port, () => openTcpEntrance({ ...entrance, host, port, accessToken }));
      opened.defer(() => tcp.close(LEAVING));
      const udp = await bound(tcp.port, () => openUdpEntrance({ ...entrance, host, port: tcp.port, accessToken }));
      opened.move();
      open.add(tcp).add(udp);
      return { tcp, udp };
    } catch (error) {
      if (error instanceof AppError && error.code === 'service/port-taken') {
        return undefined;
      }
      throw error;
    }
  }

  function endpointsOf(
    { name, accessToken }: TransportEvent,
    own: number | undefined,
  ): readonly TransportEndpoint[] {
    const address = (port: number): string => `${hostInUrl(options.publicHost?.() ?? host)}:${port}`;
    const srtAddress = `srt://${address(srtPort)}`;
    return [
      { protocol: 'SRT', url: `${srtAddress}?streamid=${accessToken}/${ONLY_STREAM}` },
      // Encrypted, and the token is not on the network.
      { protocol: 'SRT', url: `${srtAddress}?streamid=${name}/${ONLY_STREAM}&passphrase=${accessToken}` },
      ...(own === undefined
        ? []
        : ([
            { protocol: 'TCP', url: `tcp://${address(own)}` },
            { protocol: 'UDP', url: `udp://${address(own)}?pkt_size=1316` },
          ] as const)),
    ];
  }

  async function closePorts({ tcp, udp }: Ports, reason: IngestEndCode): Promise<void> {
    await Promise.all([close(tcp, reason), close(udp, reason)]);
  }

  async function letIn(event: TransportEvent): Promise<TransportListening> {
    const guest: Guest = { event, ports: await openPorts(event), dismiss: srt.admit(event) };
    let ended: Promise<void> | undefined;
    const listening: TransportListening = {
      get endpoints() {
        return endpointsOf(event, guest.ports.tcp.port);
      },
      close(reason = LEAVING) {
        ended ??= changes.run(async () => {
          guests.delete(guest);
          guest.dismiss(reason);
          await closePorts(guest.ports, reason);
        });
        return ended;
      },
    };
    guests.set(guest, listening);
    return listening;
  }

  function senders(): number {
    const ofGuests = [...guests.keys()].map(({ ports }) => ports.tcp.senders() + ports.udp.senders());
    return ofGuests.reduce((sum, count) => sum + count, srt.senders());
  }

  /** Nobody sends: closes everything, and opens it again where it is wanted. */
  async function move(): Promise<void> {
    if (wantedHost === host || closed !== undefined) {
      return;
    }
    if (senders() > 0) {
      looking ??= clock.after(LOOK_MS, () => {
        looking = undefined;
        void changes.run(moveLater);
      });
      return;
    }
    const before = host;
    try {
      await reopenAll(wantedHost);
    } catch (error) {
      wantedHost = before;
      await reopenAll(before);
      throw error;
    }
  }

  async function moveLater(): Promise<void> {
    try {
      await move();
    } catch (error) {
      logger.error({ error }, 'transport streams cannot be taken where the settings want it');
    }
  }

  async function reopenAll(on: string): Promise<void> {
    await Promise.all([...open].map((one) => close(one, LEAVING)));
    host = on;
    srt = await openSrt(srtPort);
    for (const guest of guests.keys()) {
      guest.dismiss = srt.admit(guest.event);
      guest.ports = await openPorts(guest.event);
    }
  }

  async function closeAll(): Promise<void> {
    looking?.[Symbol.dispose]();
    await Promise.all([...guests.values()].map((listening) => listening.close()));
    await changes.run(() => close(srt, LEAVING));
  }

  return {
    port: srtPort,
    listen: (event) => changes.run(() => letIn(event)),
    endpointsOf: (event) => endpointsOf(event, portGivenTo(event)),
    setHost(next) {
      wantedHost = next;
      return changes.run(move);
    },
    [Symbol.asyncDispose]() {
      closed ??= closeAll();
      return closed;
    },
  };
}

async function bound<T>(port: number, open: () => Promise<T>): Promise<T> {
  try {
    return await open();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw portTaken(port, undefined, error);
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

function portTaken(port: number, whose = ' for transport streams', cause?: unknown): AppError {
  const message = `Port ${port}${whose} is already in use. ${CURE}`;
  return new AppError('service/port-taken', message, { details: detailsOf(port), cause });
}

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { createSerial } from '../base/serial.ts';
import { writeId3 } from '../media/id3/id3.ts';
import { secondsToTicks, ticks } from '../media/time.ts';
import type { InputProtocol, LiveEvent } from '../shared/api/live-events.ts';
import { type AppError, toAppError } from '../shared/app-error.ts';
import { problemOf } from '../shared/problem.ts';
import { writeFileAtomic } from './archive/write-file-atomic.ts';
import { openPushIngest, type PushIngest } from './ingest/fmp4-push/open-push-ingest.ts';
import { openRtmpIngest, type RtmpIngest } from './ingest/rtmp/rtmp-ingest.ts';
import type { GivenPort } from './ingest/transport-stream/given-port.ts';
import {
  openTransportIngest,
  type TransportEvent,
  type TransportIngest,
  type TransportListening,
} from './ingest/transport-stream/transport-ingest.ts';
import { isEncoding } from './live/event-resource.ts';
import { createIntake, type Intake } from './live/intake/intake.ts';
import { everywhere, hostForOthers, isDnsName, namesOfThisComputer } from './platform/network.ts';
import { type ServerCertificate, serverCertificate } from './platform/server-certificate.ts';
import type { Repository } from './ports/catalogue.ts';
import { CUE_TIMESCALE, type CueInput } from './ports/cues.ts';
import type { EventFeed, Feed, FeedEnd, FeedSession, HoldFeed, OpenEventFeed, OpenFeed } from './ports/feed.ts';
import type { IngestPeer } from './ports/ingest.ts';
import type { HeldLiveEncoding, HoldLiveEncoding } from './ports/live-encoding.ts';
import type { Logger } from './ports/logger.ts';
import type { LaunchNode } from './ports/process.ts';
import type { EventLog, SettingsService } from './ports/services.ts';
import { type GivenIngestPorts, ingestPorts } from './settings/ingest-ports.ts';

/** Every way in, and how what comes in feeds live events. */
export type Ingest = AsyncDisposable & {
  readonly telemetry: Intake['telemetry'];
  readonly openFeed: OpenEventFeed;
  readonly holdFeed: HoldFeed;
  readonly endpointsOf: (event: LiveEvent) => readonly { readonly protocol: string; readonly url: string }[];
  readonly timedMetadataEndpointsOf: (event: LiveEvent) => readonly { readonly url: string }[];
  /** Whether addresses of events may have names of their own: a prefix before that of this computer (spec 2.5). */
  readonly hasOwnNames: () => boolean;
  /** What RTMP addresses begin with; undefined while nothing listens. */
  readonly rtmpUrl: () => string | undefined;
};

export type IngestOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly settings: SettingsService;
  readonly dataDir: string;
  readonly ports: GivenIngestPorts;
  /** Of transport streams, by live event. */
  readonly givenPorts: Repository<GivenPort>;
  readonly launchNode: LaunchNode;
  /** The encoder of this computer. */
  readonly studioFeed: OpenFeed;
  readonly holdEncoding: HoldLiveEncoding;
};

const LOOPBACK = '127.0.0.1';
/** `.ts` from a checkout, `.js` when built. */
export const RTMP_ENTRY = new URL(
  `./rtmp-main${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
  import.meta.url,
);
/** The name of the stream in addresses that are given as they are; encoders may write another. */
const STREAM = 'live';

/** What listens at present. A port that is taken is said, and costs that way in only. */
type Entrances = {
  readonly rtmp: RtmpIngest | undefined;
  readonly push: PushIngest | undefined;
  readonly transport: TransportIngest | undefined;
};

export async function openIngest(options: IngestOptions): Promise<Ingest> {
  const { clock, logger, events, settings } = options;
  await using opened = new AsyncDisposableStack();
  const intake = createIntake({ clock, logger, events });
  const moves = createSerial();
  /** Why events of a protocol cannot be started. */
  const faults = new Map<InputProtocol, AppError>();
  const listening = new Map<string, TransportListening>();
  const network = (): ReturnType<SettingsService['get']>['network'] => settings.get().network;
  const wantedHost = (): string => (network().shareIngest ? everywhere() : LOOPBACK);
  let host = wantedHost();
  const ports = ingestPorts(network(), options.ports);

  const tls = await certificate();
  const entrances: Entrances = {
    rtmp: await attempt(
      () =>
        openRtmpIngest({
          door: intake.door,
          launchNode: options.launchNode,
          entry: RTMP_ENTRY,
          clock,
          logger: logger.child({ part: 'rtmp' }),
          platform: process.platform,
          host,
          ports: {
            primary: ports.rtmp,
            secondary: ports.rtmpSecondary,
            tlsPrimary: ports.rtmps,
            tlsSecondary: ports.rtmpsSecondary,
          },
          tls,
        }),
      'RTMP',
    ),
    push: await attempt(
      () =>
        openPushIngest({
          door: intake.door,
          postTimedMetadata,
          clock,
          logger: logger.child({ part: 'push' }),
          host,
          port: ports.ingest,
          tlsPort: ports.ingestTls,
          tls,
        }),
      'FragmentedMP4',
    ),
    transport: await attempt(
      () =>
        openTransportIngest({
          door: intake.door,
          clock,
          logger: logger.child({ part: 'transport-stream' }),
          host,
          port: ports.srt,
          givenPorts: options.givenPorts,
          publicHost,
        }),
      'TransportStream',
    ),
  };
  for (const entrance of [entrances.rtmp, entrances.push, entrances.transport]) {
    if (entrance !== undefined) {
      opened.use(entrance);
    }
  }
  opened.use(
    events.published.on(({ eventType, subject }) => {
      if (eventType === 'Lectern.SettingsChanged') {
        void moves.run(followSettings);
      } else if (eventType === 'Lectern.LiveEventDeleted') {
        options.givenPorts.delete(subject.replace(/^liveEvent\//, ''));
      }
    }),
  );

  /** One way in that cannot be opened keeps no other from it, and nothing else of the program. */
  async function attempt<T>(open: () => Promise<T>, protocol?: InputProtocol): Promise<T | undefined> {
    try {
      return await open();
    } catch (error) {
      const fault = toAppError(error);
      logger.error({ error }, 'a way in for encoders cannot be opened');
      events.publish('Lectern.Problem', 'settings', problemOf(fault));
      if (protocol !== undefined) {
        faults.set(protocol, fault);
      }
      return undefined;
    }
  }

  async function certificate(): Promise<ServerCertificate | undefined> {
    const { certificateFile, certificateKeyFile } = network();
    return await attempt(() =>
      serverCertificate({
        certificateFile,
        certificateKeyFile,
        ownPath: join(options.dataDir, 'certificate.pem'),
        hosts: namesOfThisComputer(network().publicHost),
        nowMs: clock.wallMs(),
        writeFile: writeFileAtomic,
      }),
    );
  }

  async function followSettings(): Promise<void> {
    const wanted = wantedHost();
    if (wanted === host) {
      return;
    }
    await attempt(async () => {
      await entrances.rtmp?.listen({ host: wanted });
      await entrances.push?.setHost(wanted);
      await entrances.transport?.setHost(wanted);
      host = wanted;
    });
  }

  function publicHost(): string {
    return host === LOOPBACK ? LOOPBACK : hostForOthers(network().publicHost);
  }

  const hasOwnNames = (): boolean => host !== LOOPBACK && isDnsName(network().publicHost);

  /** Addresses stay what they are from run to run, so a static name is one that its event can be told by. */
  function hostOf({ useStaticHostname, hostnamePrefix }: LiveEvent): string {
    return useStaticHostname === true && hostnamePrefix !== undefined && hasOwnNames()
      ? `${hostnamePrefix.toLowerCase()}.${publicHost()}`
      : publicHost();
  }

  /** JSON for the viewers' players, as an ID3 object in time with the picture (spec 2.13). */
  function postTimedMetadata(accessToken: string, peer: IngestPeer, json: Uint8Array): void {
    intake.cue(
      { protocol: 'RTMP', accessToken, peer },
      {
        scheme: 'https://aomedia.org/emsg/ID3',
        value: '',
        id: randomUUID(),
        time: undefined,
        duration: undefined,
        message: writeId3({
          frames: [{ kind: 'GEOB', mimeType: 'application/json', fileName: '', description: '', object: json }],
        }),
      },
    );
  }

  async function listen(event: LiveEvent): Promise<TransportListening | undefined> {
    if (event.input.streamingProtocol !== 'TransportStream') {
      return undefined;
    }
    const begun = await entrances.transport?.listen(transportEvent(event));
    if (begun !== undefined) {
      listening.set(event.name, begun);
    }
    return begun;
  }

  /** What comes from outside, as it is. */
  async function passThrough(event: LiveEvent, session: FeedSession): Promise<EventFeed> {
    const feed = intake.open({ event, ...session });
    try {
      const entrance = await listen(event);
      return { stop: (reason) => stopAll(event, reason, entrance, [feed]) };
    } catch (error) {
      await feed.stop();
      throw error;
    }
  }

  /** What comes from outside, encoded here. */
  async function encoded(event: LiveEvent, session: FeedSession, held: HeldLiveEncoding): Promise<EventFeed> {
    await using undo = new AsyncDisposableStack();
    const { input, cues, slate, onFailed } = session;
    const encoding = await held.open({ event, output: input, slate, onFailed });
    undo.defer(() => encoding.stop());
    const feed = intake.open({
      event,
      input: encoding.input,
      cues: delayed(cues, () => encoding.delaySeconds()),
      onFailed,
    });
    undo.defer(() => feed.stop());
    const entrance = await listen(event);
    undo.move();
    return {
      encoding,
      stop: (reason) => stopAll(event, reason, entrance, [feed, encoding]),
    };
  }

  async function stopAll(
    { name }: LiveEvent,
    reason: FeedEnd | undefined,
    entrance: TransportListening | undefined,
    feeds: readonly Feed[],
  ): Promise<void> {
    listening.delete(name);
    await entrance?.close(reason);
    for (const feed of feeds) {
      await feed.stop(reason);
    }
  }

  async function openFeed(event: LiveEvent, session: FeedSession): Promise<EventFeed> {
    if (event.input.streamingProtocol === 'Studio') {
      return await options.studioFeed({
        liveEvent: event.name,
        input: intake.telemetry.observe(event.name, session.input),
        separate: session.separate,
        onFailed: session.onFailed,
      });
    }
    const fault = faults.get(event.input.streamingProtocol);
    if (fault !== undefined) {
      throw fault;
    }
    return isEncoding(event.encoding.encodingType)
      ? await encoded(event, session, await options.holdEncoding())
      : await passThrough(event, session);
  }

  const owned = opened.move();
  return {
    telemetry: intake.telemetry,
    openFeed,
    async holdFeed(event) {
      if (event.input.streamingProtocol === 'Studio' || !isEncoding(event.encoding.encodingType)) {
        return { open: openFeed, [Symbol.asyncDispose]: () => Promise.resolve() };
      }
      const held = await options.holdEncoding();
      return {
        open: (opening, session) => encoded(opening, session, held),
        [Symbol.asyncDispose]: () => held[Symbol.asyncDispose](),
      };
    },
    endpointsOf(event) {
      const token = event.input.accessToken;
      switch (event.input.streamingProtocol) {
        case 'Studio':
          return [];
        case 'RTMP':
          return rtmpEndpoints(entrances.rtmp?.ports() ?? {}, hostOf(event), token);
        case 'FragmentedMP4':
          return pushAddresses(entrances.push, hostOf(event)).map(({ protocol, url }) => ({
            protocol,
            url: `${url}/${token}/ingest.isml/streams(${STREAM})`,
          }));
        case 'TransportStream':
          return (
            listening.get(event.name)?.endpoints ?? entrances.transport?.endpointsOf(transportEvent(event)) ?? []
          );
      }
    },
    timedMetadataEndpointsOf: (event) =>
      event.input.streamingProtocol === 'RTMP'
        ? pushAddresses(entrances.push, hostOf(event)).map(({ url }) => ({
            url: `${url}/${event.input.accessToken}/ingest.isml/eventdata`,
          }))
        : [],
    hasOwnNames,
    rtmpUrl() {
      const port = entrances.rtmp?.ports().primary;
      return port === undefined ? undefined : `rtmp://${publicHost()}:${port}/live`;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

function transportEvent({ name, input }: LiveEvent): TransportEvent {
  return { name, accessToken: input.accessToken };
}

function rtmpEndpoints(
  ports: ReturnType<RtmpIngest['ports']>,
  host: string,
  token: string,
): readonly { readonly protocol: string; readonly url: string }[] {
  const address = (scheme: string, protocol: string, port: number | undefined) =>
    port === undefined ? [] : [{ protocol, url: `${scheme}://${host}:${port}/live/${token}` }];
  return [
    ...address('rtmp', 'RTMP', ports.primary),
    ...address('rtmp', 'RTMP', ports.secondary),
    ...address('rtmps', 'RTMPS', ports.tlsPrimary),
    ...address('rtmps', 'RTMPS', ports.tlsSecondary),
  ];
}

function pushAddresses(
  push: PushIngest | undefined,
  host: string,
): readonly { readonly protocol: string; readonly url: string }[] {
  if (push === undefined) {
    return [];
  }
  return [
    { protocol: 'FragmentedMP4', url: `http://${host}:${push.port}` },
    ...(push.tlsPort === undefined ? [] : [{ protocol: 'FragmentedMP4', url: `https://${host}:${push.tlsPort}` }]),
  ];
}

/** What comes in is seen later in what goes out. */
function delayed(cues: CueInput, delaySeconds: () => number): CueInput {
  return {
    put: (cue) => cues.put({ ...cue, time: ticks(cue.time + secondsToTicks(delaySeconds(), CUE_TIMESCALE)) }),
    cancel: (scheme, id) => cues.cancel(scheme, id),
  };
}

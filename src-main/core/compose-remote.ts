import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { createSerial } from '../base/serial.ts';
import { toAppError } from '../shared/app-error.ts';
import type { CaptureDoor } from './control/capture/capture-door.ts';
import { openRemoteServer, type RemoteServer } from './control/remote/remote-server.ts';
import { everywhere, hostForOthers, namesOfThisComputer, ownAddresses } from './platform/network.ts';
import { isInOwnNetwork } from './platform/own-networks.ts';
import { serverCertificate } from './platform/server-certificate.ts';
import type { CaptureDoors } from './ports/browser-source.ts';
import type { Repository } from './ports/catalogue.ts';
import type { Logger } from './ports/logger.ts';
import type { AuditService, EventLog, PanicService, SceneService, SettingsService } from './ports/services.ts';
import type { StoredDevice } from './remote/devices.ts';
import { createRemote, type Remote, type RemoteParts } from './remote/remote.ts';

/** The remote and its server, which is there while the settings say so. A server that cannot be opened is told of, and everything else goes on. */
export function composeRemote(options: {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly logger: Logger;
  readonly settings: SettingsService;
  readonly rows: Repository<StoredDevice>;
  readonly audit: AuditService;
  readonly parts: RemoteParts;
  /** Instead of the port of the settings. */
  readonly port: number | undefined;
  readonly pagesFolder: string | undefined;
  readonly capture: CaptureDoor;
  /** It was opened, closed, or could not be. */
  readonly onDoor: (door: CaptureDoors['network']) => void;
  /** What links for viewers begin with. */
  readonly originUrl: () => string;
}): Remote & AsyncDisposable {
  const { clock, events, logger, settings } = options;
  const network = (): ReturnType<SettingsService['get']>['network'] => settings.get().network;
  const serial = createSerial();
  const remote = createRemote({
    clock,
    events,
    rows: options.rows,
    isEnabled: () => network().remote,
    parts: options.parts,
    audit: options.audit,
  });
  let server: RemoteServer | undefined;
  /** What the server was opened with. */
  let openedWith = '';
  let isClosed = false;

  async function closeServer(): Promise<void> {
    const closing = server;
    server = undefined;
    await closing?.[Symbol.asyncDispose]();
  }

  async function open(): Promise<void> {
    const { certificateFile, certificateKeyFile, publicHost, remotePort } = network();
    const tls =
      certificateFile === '' || certificateKeyFile === ''
        ? undefined
        : await serverCertificate({
            certificateFile,
            certificateKeyFile,
            ownPath: '',
            hosts: [],
            nowMs: clock.wallMs(),
            writeFile: () => Promise.resolve(),
          });
    server = await openRemoteServer({
      desk: remote.desk,
      host: everywhere(),
      port: options.port ?? remotePort,
      tls,
      names: () => namesFor(publicHost),
      isNear: (address) => isInOwnNetwork(address),
      pagesFolder: options.pagesFolder === undefined ? undefined : join(options.pagesFolder, 'remote'),
      watchOrigins: () => [options.originUrl()],
      capture: options.capture,
      clock,
      logger,
    });
    const { port } = server;
    const scheme = tls === undefined ? 'http' : 'https';
    const hosts = new Set([hostForOthers(publicHost), ...ownAddresses().filter((address) => isIP(address) === 4)]);
    const door = { tls: tls !== undefined, urls: [...hosts].map((host) => `${scheme}://${host}:${port}`) };
    remote.setDoor(door);
    options.onDoor(door);
  }

  async function follow(): Promise<void> {
    const { remote: isOn, remotePort, certificateFile, certificateKeyFile, publicHost } = network();
    const wanted =
      isOn && !isClosed ? JSON.stringify([remotePort, certificateFile, certificateKeyFile, publicHost]) : '';
    if (wanted === openedWith) {
      return;
    }
    openedWith = wanted;
    await closeServer();
    if (wanted === '') {
      remote.setDoor(undefined);
      options.onDoor(undefined);
      return;
    }
    try {
      await open();
    } catch (error) {
      logger.error({ error }, 'the remote could not be opened');
      remote.setDoor(undefined, toAppError(error));
      options.onDoor({ error });
    }
  }

  const following = events.published.on(({ eventType }) => {
    if (eventType === 'Lectern.SettingsChanged') {
      void serial.run(follow);
    }
  });
  void serial.run(follow);

  return {
    ...remote,
    async [Symbol.asyncDispose]() {
      isClosed = true;
      following[Symbol.dispose]();
      await serial.run(closeServer);
      remote[Symbol.dispose]();
    },
  };
}

/** What a helper may ask of the studio. */
export function remoteParts({
  scenes,
  panic,
  ...parts
}: Pick<RemoteParts, 'studio' | 'destinations' | 'proofOfAir'> & {
  readonly scenes: Pick<SceneService, 'state'>;
  readonly panic: PanicService;
}): RemoteParts {
  return {
    ...parts,
    scenes() {
      const pictures = parts.studio.state().sources.filter(({ hasVideo }) => hasVideo);
      return [
        ...pictures.map(({ spec, label }) => ({ label, scene: { kind: 'single', source: spec.id } as const })),
        ...scenes
          .state()
          .scenes.map(({ id, spec }) => ({ label: spec.name, scene: { kind: 'scene', scene: id } as const })),
        { label: '', scene: { kind: 'slate' } as const },
      ];
    },
    panic: {
      isOn: () => parts.studio.state().panic !== undefined,
      start: () => panic.panic(undefined),
      stop: () => panic.back(),
    },
  };
}

/** As they stand in a Host header: small letters, numbers of IPv6 in brackets. */
function namesFor(publicHost: string): readonly string[] {
  const names = namesOfThisComputer(publicHost).map((name) => (isIP(name) === 6 ? `[${name}]` : name));
  return [...names, `${hostname()}.local`].map((name) => name.toLowerCase());
}

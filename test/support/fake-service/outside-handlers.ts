import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { RemoteStatus } from '../../../src-main/shared/api/remote.ts';
import { Fault, type Handlers } from './handling.ts';
import type { World } from './scenarios.ts';

type Outside =
  | 'getBrowserSource'
  | 'renewBrowserLinks'
  | 'listProofsOfAir'
  | 'checkAir'
  | 'getRemote'
  | 'startPairing'
  | 'cancelPairing'
  | 'patchRemoteDevice'
  | 'deleteRemoteDevice';

/** What viewers get, as the test says, and a remote with a code that nobody types. */
export function outsideHandlers(options: {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
}): Pick<Handlers, Outside> {
  const { world, publish } = options;

  function setRemote(patch: Partial<RemoteStatus>): RemoteStatus {
    const { network } = world.settings;
    const urls = network.remote ? [`http://192.168.1.20:${network.remotePort}`] : [];
    world.remote = { ...world.remote, ...patch, enabled: network.remote, urls };
    publish('Lectern.RemoteChanged', 'remote', world.remote);
    return world.remote;
  }

  const device = (id: string | undefined) => {
    const found = world.remote.devices.find((candidate) => candidate.id === id);
    if (found === undefined) {
      throw new Fault('resource/not-found', 'There is no such device.');
    }
    return found;
  };

  /** Links for this computer and, while the remote is on, for others; nobody sends. */
  let key = 'key';
  function browserSource(source = '') {
    const { network } = world.settings;
    const link = (base: string): string => `${base}/capture/#${key}`;
    const isSecure = network.certificateFile !== '';
    const others = network.remote ? [`${isSecure ? 'https' : 'http'}://192.168.1.20:${network.remotePort}`] : [];
    return {
      source,
      links: [
        { url: link('http://127.0.0.1:8400'), reach: 'this-computer' as const, isSecure: true },
        ...others.map((base) => ({ url: link(base), reach: 'network' as const, isSecure })),
      ],
    };
  }

  return {
    getBrowserSource: ({ params }) => browserSource(params.source),
    renewBrowserLinks({ params }) {
      key = 'other';
      const renewed = browserSource(params.source);
      publish('Lectern.BrowserSourceChanged', `studio/sources/${renewed.source}`, { source: renewed.source });
      return renewed;
    },
    listProofsOfAir: () => ({ value: world.air }),
    checkAir: () => ({ value: world.air }),
    getRemote: () => setRemote({}),
    startPairing() {
      const expiresAt = new Date(Date.now() + 120_000).toISOString();
      const [url = ''] = setRemote({ pairing: { expiresAt, attemptsLeft: 5 } }).urls;
      return { code: 'K7QM-2XPD', url: `${url}/#pair=K7QM-2XPD`, expiresAt };
    },
    cancelPairing() {
      const { pairing: _pairing, ...rest } = world.remote;
      world.remote = rest;
      setRemote({});
    },
    patchRemoteDevice({ params, body }) {
      const renamed = { ...device(params.id), name: body.name };
      setRemote({ devices: world.remote.devices.map((other) => (other.id === renamed.id ? renamed : other)) });
      return renamed;
    },
    deleteRemoteDevice({ params }) {
      const gone = device(params.id);
      setRemote({ devices: world.remote.devices.filter(({ id }) => id !== gone.id) });
    },
  };
}

import type { Clock } from '../../base/clock.ts';
import { createEmitter } from '../../base/emitter.ts';
import type { RemoteAction, RemoteActionKind, RemoteState, RemoteStatus } from '../../shared/api/remote.ts';
import type { Scene, StudioPhase, StudioState } from '../../shared/api/studio.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { ProofOfAirService } from '../ports/proof-of-air.ts';
import type { RemoteDesk, RemoteService } from '../ports/remote.ts';
import type { AuditService, DestinationService, EventLog, StudioService } from '../ports/services.ts';
import { createDevices, MOST_DEVICES, type StoredDevice } from './devices.ts';
import { createPairing } from './pairing.ts';

/** What other parts can do that a helper may ask for. */
export type RemoteParts = {
  readonly studio: Pick<StudioService, 'state' | 'setAudio' | 'setScene' | 'mark' | 'end' | 'undoEnd'>;
  readonly destinations: Pick<DestinationService, 'list' | 'start'>;
  readonly proofOfAir: Pick<ProofOfAirService, 'list'>;
  /** What can be shown, in the order of its keys. */
  readonly scenes: () => readonly { readonly label: string; readonly scene: Scene }[];
  readonly panic:
    | { readonly isOn: () => boolean; readonly start: () => Promise<void>; readonly stop: () => Promise<void> }
    | undefined;
};

/** Where the server of the remote is, when it is. */
export type RemoteDoor = { readonly urls: readonly string[]; readonly tls: boolean };

export type Remote = RemoteService &
  Disposable & {
    readonly desk: RemoteDesk;
    /** What became of the server. */
    readonly setDoor: (door: RemoteDoor | undefined, error?: AppError) => void;
  };

const ON_AIR: ReadonlySet<StudioPhase> = new Set<StudioPhase>(['live', 'reconnecting', 'ending']);
/** What the phones are told of, whatever of it has changed. */
const TOLD = new Set([
  'Lectern.StudioChanged',
  'Lectern.ScenesChanged',
  'Lectern.DestinationChanged',
  'Lectern.DestinationDeleted',
  'Lectern.ProofOfAirChanged',
]);

/** Phones of helpers: who they are, what they see and what they may do. */
export function createRemote(options: {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly rows: Repository<StoredDevice>;
  readonly isEnabled: () => boolean;
  readonly parts: RemoteParts;
  readonly audit: AuditService;
}): Remote {
  const { clock, events, audit } = options;
  const { studio, destinations, proofOfAir, scenes, panic } = options.parts;
  const changed = createEmitter<undefined>();
  const devices = createDevices({ rows: options.rows, clock });
  const pairing = createPairing({ clock, onEnd: tell });
  let door: RemoteDoor | undefined;
  let doorError: AppError | undefined;

  devices.changed.on(tell);
  const listening = events.published.on(({ eventType }) => {
    if (TOLD.has(eventType)) {
      changed.emit(undefined);
    }
  });

  function tell(): void {
    events.publish('Lectern.RemoteChanged', 'remote', status());
  }

  function status(): RemoteStatus {
    const open = pairing.present();
    return {
      enabled: options.isEnabled(),
      urls: [...(door?.urls ?? [])],
      tls: door?.tls ?? false,
      ...(doorError === undefined ? {} : { error: problemOf(doorError) }),
      ...(open === undefined
        ? {}
        : {
            pairing: { expiresAt: new Date(open.expiresAtMs).toISOString(), attemptsLeft: open.attemptsLeft },
          }),
      devices: [...devices.list()],
    };
  }

  function state(deviceId: string): RemoteState {
    const shown = studio.state();
    const { session, phase } = shown;
    const label = (id: string | undefined): string =>
      shown.sources.find(({ spec }) => spec.id === id)?.label ?? id ?? '';
    return {
      device: devices.get(deviceId).name,
      title: shown.title,
      phase,
      now: new Date(clock.wallMs()).toISOString(),
      ...(session === undefined ? {} : { startedAt: session.startedAt }),
      ...(session?.undoUntil === undefined ? {} : { undoUntil: session.undoUntil }),
      viewers: shown.viewers,
      health: shown.health.level,
      troubles: shown.health.reasons.map(({ code, subject, detail }) => ({
        code,
        subject: label(subject),
        detail,
      })),
      inputs: shown.audio.map((input) => ({ id: input.id, label: input.label, muted: input.muted })),
      scenes: scenes().map((offered) => ({ ...offered, isOnAir: isSame(offered.scene, shown.scene) })),
      destinations: destinations.list().map(({ name, state: now, retryAt }) => ({
        name,
        state: now,
        ...(retryAt === undefined ? {} : { retryAt }),
      })),
      air: [...proofOfAir.list()],
      ...(session !== undefined && shown.shared && ON_AIR.has(phase) ? { watchUrl: session.urls.watch } : {}),
      isPanicking: panic?.isOn() === true,
      actions: [...actionsIn(shown, panic?.isOn())],
    };
  }

  async function perform(action: RemoteAction): Promise<void> {
    if (!actionsIn(studio.state(), panic?.isOn()).includes(action.action)) {
      throw new AppError('remote/no-such-action', 'That cannot be done at the moment.', {
        details: { action: action.action },
      });
    }
    switch (action.action) {
      case 'mute':
        await studio.setAudio(action.input, { muted: action.muted });
        break;
      case 'scene':
        await studio.setScene(action.scene);
        break;
      case 'mark':
        await studio.mark(action.label);
        break;
      case 'retry':
        await destinations.start(action.destination);
        break;
      case 'panic':
        await panic?.start();
        break;
      case 'panic-off':
        await panic?.stop();
        break;
      case 'end':
        await studio.end({ now: false });
        break;
      case 'undo-end':
        await studio.undoEnd();
        break;
    }
  }

  return {
    status,
    startPairing() {
      const [url] = door?.urls ?? [];
      if (url === undefined) {
        throw new AppError('remote/off', 'The remote is switched off. Switch it on in Settings first.', {
          details: { setting: 'network.remote' },
        });
      }
      if (devices.list().length >= MOST_DEVICES) {
        throw new AppError(
          'resource/quota',
          `There are ${MOST_DEVICES} devices already. Take one away before another is let in.`,
          { details: { quota: MOST_DEVICES } },
        );
      }
      const { code, expiresAtMs } = pairing.start();
      tell();
      return { code, url: `${url}/#pair=${code}`, expiresAt: new Date(expiresAtMs).toISOString() };
    },
    cancelPairing: pairing.cancel,
    rename: devices.rename,
    revoke: devices.revoke,
    setDoor(next, error) {
      door = next;
      doorError = error;
      if (next === undefined) {
        pairing.cancel();
      }
      tell();
    },
    desk: {
      changed,
      revoked: devices.revoked,
      authenticate: devices.authenticate,
      connect: devices.connect,
      state,
      pair({ code, name }, from) {
        const wasOpen = pairing.present() !== undefined;
        if (!pairing.use(code)) {
          if (wasOpen) {
            // At most five of a code; what comes while there is none would fill the log.
            tell();
            audit.note({
              action: 'remote/pair',
              subject: 'remote',
              from,
              status: 403,
              code: 'remote/pairing-refused',
            });
          }
          throw new AppError(
            'remote/pairing-refused',
            'That code is not good, or no longer. Ask for a new one in the studio, and scan or type that.',
          );
        }
        const added = devices.add(name, from);
        audit.note({ action: 'remote/pair', subject: `remote/${name}`, from, status: 201 });
        return added;
      },
      async perform(action, { deviceId, from }) {
        const subject = `remote/${devices.get(deviceId).name}`;
        try {
          await perform(action);
          audit.note({ action: `remote/${action.action}`, subject, from, status: 204 });
        } catch (error) {
          const { status: code, code: name } = toAppError(error);
          audit.note({ action: `remote/${action.action}`, subject, from, status: code, code: name });
          throw error;
        }
      },
    },
    [Symbol.dispose]() {
      listening[Symbol.dispose]();
      pairing.cancel();
    },
  };
}

/** What a helper can do in a state of the studio. `isPanicking`: undefined where there is no panic button. */
function actionsIn(
  { phase, audio, session }: StudioState,
  isPanicking: boolean | undefined,
): readonly RemoteActionKind[] {
  const isOnAir = ON_AIR.has(phase);
  return [
    ...(audio.length > 0 ? (['mute'] as const) : []),
    'scene',
    'retry',
    ...(isOnAir && session?.asset !== undefined ? (['mark'] as const) : []),
    ...(isOnAir && isPanicking !== undefined ? ([isPanicking ? 'panic-off' : 'panic'] as const) : []),
    ...(phase === 'live' || phase === 'reconnecting' ? (['end'] as const) : []),
    ...(phase === 'ending' ? (['undo-end'] as const) : []),
  ];
}

function isSame(a: Scene, b: Scene): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

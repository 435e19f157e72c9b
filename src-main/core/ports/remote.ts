import type { EventSource } from '../../base/emitter.ts';
import type {
  RemoteAction,
  RemoteDevice,
  RemotePairing,
  RemoteState,
  RemoteStatus,
} from '../../shared/api/remote.ts';

/** Who may use the remote, as the control API sees it. */
export type RemoteService = {
  status(): RemoteStatus;
  /** Throws `remote/off` while nothing listens, `resource/quota` with as many devices as there may be. */
  startPairing(): RemotePairing;
  cancelPairing(): void;
  /** Throws `resource/not-found`. */
  rename(id: string, name: string): RemoteDevice;
  /** Throws `resource/not-found`. */
  revoke(id: string): void;
};

/** What the server of the remote is given: devices come in by a token, do what a helper may do, and see what a helper needs to. */
export type RemoteDesk = {
  /** The id of the device whose token that is. */
  readonly authenticate: (token: string, from: string) => string | undefined;
  /** Throws `remote/pairing-refused`; the same for every reason, so that guessing teaches nothing. */
  readonly pair: (
    request: { readonly code: string; readonly name: string },
    from: string,
  ) => { readonly token: string; readonly device: RemoteDevice };
  readonly state: (deviceId: string) => RemoteState;
  /** Throws what the part throws that does it, and `remote/no-such-action`. */
  readonly perform: (
    action: RemoteAction,
    by: { readonly deviceId: string; readonly from: string },
  ) => Promise<void>;
  /** Until it is disposed the device counts as connected. */
  readonly connect: (deviceId: string) => Disposable;
  /** `state` would say something else now. */
  readonly changed: EventSource<undefined>;
  /** Ids of devices that are let in no more. */
  readonly revoked: EventSource<string>;
};

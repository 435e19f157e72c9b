import { AppError } from '../../../shared/app-error.ts';
import type { ErrorCode } from '../../../shared/error-codes.ts';
import type { IngestEndCode, IngestPeer } from '../../ports/ingest.ts';
import { isSameSecret } from '../../ports/same-secret.ts';
import { type Entrance, type EntranceOptions, hostInUrl, plainAddress } from './entrance.ts';
import { openSender, type Sender } from './sender.ts';
import { REJECTION, type Rejection } from './srt/handshake.ts';
import { openSrtListener, type SrtAnswer, type SrtCall } from './srt/listener.ts';
import { parseStreamId, type StreamId } from './stream-id.ts';

function peerOf({ address, port }: SrtCall): IngestPeer {
  return { address: plainAddress(address), port };
}

/** An event that callers may ask for. */
export type SrtEvent = { readonly name: string; readonly accessToken: string };

/** The one port for all events. */
export type SrtEntrance = Entrance & {
  /** Lets callers of an event in until the result is called, which sends them away. */
  readonly admit: (event: SrtEvent) => (reason: IngestEndCode) => void;
};

/** What a caller is told; others than these are of the stream, after the call was taken. */
const REJECTIONS: Partial<Record<ErrorCode, Rejection>> = {
  MPE_RTMP_APPID_AUTH_FAILURE: REJECTION.unauthorized,
  MPE_INGEST_ENCODER_CONNECTION_DENIED: REJECTION.forbidden,
};

/** No event has it: with it the door turns a caller away and tells of it. */
const NO_TOKEN = '';

/**
 * SRT on one port for every event. The stream id says which: its access token, or its name together with the access token as the passphrase,
 * which then never leaves the encoder. Rejects as `dgram.Socket.bind` does.
 */
export async function openSrtEntrance(
  options: EntranceOptions & { readonly host: string; readonly port: number },
): Promise<SrtEntrance> {
  const { host, clock, logger, door } = options;
  const events = new Set<SrtEvent>();
  const senders = new Map<Sender, SrtEvent | undefined>();

  function onCall(call: SrtCall): SrtAnswer {
    const id = parseStreamId(call.streamId);
    if (id === 'malformed' || id === 'badMode') {
      logger.info({ peer: call.address, problem: id }, 'an SRT caller has a stream id that cannot be used');
      door.misaddressed({ ingestUrl: ownAddress(), peer: peerOf(call) });
      return { kind: 'rejected', reason: id === 'malformed' ? REJECTION.badRequest : REJECTION.badMode };
    }
    const all = [...events];
    const event =
      all.find(({ accessToken }) => isSameSecret(accessToken, id.event)) ??
      (call.isEncrypted ? all.find(({ name }) => name === id.event) : undefined);
    const accessToken = event?.accessToken ?? id.event;
    if (call.isEncrypted && !call.hasPassphrase(accessToken)) {
      turnAway(call, id);
      return { kind: 'rejected', reason: REJECTION.badSecret };
    }
    return open(call, id, accessToken, event);
  }

  function open(call: SrtCall, id: StreamId, accessToken: string, event: SrtEvent | undefined): SrtAnswer {
    const sender = openSender({
      ...options,
      request: requestOf(call, id, accessToken),
      hangUp() {
        if (!(sender instanceof AppError)) {
          senders.delete(sender);
        }
        call.hangUp();
      },
    });
    if (sender instanceof AppError) {
      return { kind: 'rejected', reason: REJECTIONS[sender.code] ?? REJECTION.resource };
    }
    senders.set(sender, event);
    const onEnd = (): void => sender.end('MPE_CLIENT_DISCONNECTED');
    return { kind: 'taken', sink: { onData: sender.push, onEnd } };
  }

  function requestOf(call: SrtCall, { streamName }: StreamId, accessToken: string) {
    return { accessToken, streamName, ingestUrl: `${ownAddress()}/${streamName}`, peer: peerOf(call) };
  }

  const ownAddress = (): string => `srt://${hostInUrl(host)}:${listener.port}`;

  /** The door tells of those it turns away. */
  function turnAway(call: SrtCall, id: StreamId): void {
    const sender = openSender({ ...options, request: requestOf(call, id, NO_TOKEN), hangUp: () => undefined });
    if (!(sender instanceof AppError)) {
      sender.end('MPE_CLIENT_DISCONNECTED');
    }
  }

  const listener = await openSrtListener({ host, port: options.port, clock, onCall });
  return {
    port: listener.port,
    senders: () => senders.size,
    admit(event) {
      events.add(event);
      return (reason) => {
        events.delete(event);
        for (const [sender, of] of [...senders]) {
          if (of === event) {
            sender.end(reason);
          }
        }
      };
    },
    async close(reason) {
      for (const sender of [...senders.keys()]) {
        sender.end(reason);
      }
      await listener[Symbol.asyncDispose]();
    },
  };
}

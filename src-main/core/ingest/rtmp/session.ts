import type { Duplex } from 'node:stream';
import type { Clock } from '../../../base/clock.ts';
import { splitAggregate } from '../../../media/flv/aggregate-message.ts';
import { type AmfObject, type AmfValue, decodeAmf0, isAmfObject } from '../../../media/flv/amf0.ts';
import { createFlvReader, type FlvReader } from '../../../media/flv/flv-reader.ts';
import { parseVideoMessage } from '../../../media/flv/video-message.ts';
import { malformed } from '../../../media/malformed.ts';
import { AppError, toAppError } from '../../../shared/app-error.ts';
import type { IngestEndCode, IngestPeer } from '../../ports/ingest.ts';
import type { Logger } from '../../ports/logger.ts';
import { createFlow } from './flow.ts';
import type { RtmpLimits } from './limits.ts';
import type { LinkWriter } from './link.ts';
import { type EntranceName, type ReceiverEvent, reasonToWire, trackToWire } from './messages.ts';
import { createRtmpProtocol, MESSAGE, PUBLISHER_LIMITS, type RtmpMessage } from './protocol.ts';
import { type PublishAddress, parsePublishAddress, serverOf } from './publish-address.ts';

/**
 * One connection of a peer, in the receiver's process:
 *
 *     opening ──publish──▶ asking ──accept()──▶ publishing ──▶ leaving ──▶ gone
 *        └──────────────────┴──── refused, wrong, late ─────────▲
 *
 * Nothing of a peer is listened to any more once it is `leaving`.
 */
type State =
  | { readonly kind: 'opening' }
  | { readonly kind: 'asking'; readonly address: PublishAddress; readonly waiting: RtmpMessage[] }
  | { readonly kind: 'publishing'; readonly reader: FlvReader }
  | { readonly kind: 'leaving' }
  | { readonly kind: 'gone' };

export type SessionOptions = {
  readonly id: number;
  readonly socket: Duplex;
  readonly entrance: EntranceName;
  readonly peer: IngestPeer;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly limits: RtmpLimits;
  readonly link: Pick<LinkWriter, 'sample'>;
  readonly onEvent: (event: ReceiverEvent) => void;
  readonly onGone: () => void;
};

export type Session = {
  isPublishing(): boolean;
  /** The service lets the stream in. */
  accept(): void;
  /** The service does not want it, or not any longer. */
  end(reason: AppError | IngestEndCode): void;
  /** Once a second: is it late, idle, held up? */
  look(): void;
};

/** A peer that has us write and does not read. What we write in a whole broadcast is less. */
const MOST_UNREAD_BYTES = 256 * 1024;
/** In a second. */
const MOST_SCRIPT_MESSAGES = 50;
/** Lines in the log about messages that were left out, in the life of one connection. */
const MOST_COMPLAINTS = 10;
const LONGEST_HOLD_MS = 2000;

export function openSession(options: SessionOptions): Session {
  const { id, socket, clock, limits } = options;
  const logger = options.logger.child({ connection: id, address: options.peer.address });
  const startedMs = clock.monotonicMs();
  const flow = createFlow({ socket, clock, limits });
  const protocol = createRtmpProtocol({ onOutput: write, onMessage });
  let state: State = { kind: 'opening' };
  /** Of `connect`; undefined before it. */
  let connected: { readonly server: string; readonly app: string } | undefined;
  /** What a refusal is said to be the answer to. */
  let refusal:
    | { readonly kind: 'connect'; readonly transaction: AmfValue }
    | { readonly kind: 'stream'; readonly code: string } = {
    kind: 'connect',
    transaction: 1,
  };
  let streamId = 0;
  let streams = 0;
  let lastMediaMs = startedMs;
  /** Its last word on pictures was that nothing follows. */
  let hasHitEnd = false;
  let scriptMessages = 0;
  let leftOut = 0;
  let flushTimer: Disposable | undefined;
  let farewellTimer: Disposable | undefined;

  socket.on('data', onData);
  socket.on('error', (error) => logger.debug({ error }, 'the connection of an encoder failed'));
  socket.on('close', () => {
    leave(hasHitEnd ? 'MPI_STREAM_HIT_EOF' : 'MPE_CLIENT_DISCONNECTED');
    state = { kind: 'gone' };
    farewellTimer?.[Symbol.dispose]();
    options.onGone();
  });

  function onData(bytes: Buffer): void {
    if (state.kind === 'leaving' || state.kind === 'gone') {
      return;
    }
    guard(() => protocol.push(bytes));
  }

  /** Whatever a peer makes us throw ends its connection and nothing else. */
  function guard(action: () => void): void {
    try {
      action();
    } catch (error) {
      const reason = toAppError(error);
      if (reason.code === 'service/internal') {
        logger.error({ error }, 'an encoder brought the receiver to an error');
      }
      fail(reason);
    }
  }

  function write(bytes: Buffer): void {
    if (!socket.writable) {
      return;
    }
    socket.write(bytes);
    if (socket.writableLength > MOST_UNREAD_BYTES) {
      logger.warn({}, 'a peer does not read what it makes us write');
      socket.destroy();
    }
  }

  function onMessage(message: RtmpMessage): void {
    switch (state.kind) {
      case 'asking':
        // The socket is paused: what still comes is the rest of one chunk of bytes.
        state.waiting.push(message);
        break;
      case 'opening':
      case 'publishing':
        take(message);
        break;
      case 'leaving':
      case 'gone':
        break;
    }
  }

  function take({ type, streamId: of, timestamp, payload }: RtmpMessage): void {
    switch (type) {
      case MESSAGE.command:
        onCommand(payload, of);
        break;
      case MESSAGE.commandAmf3:
        // A byte of AMF 3 that says that AMF 0 follows.
        onCommand(payload.subarray(1), of);
        break;
      case MESSAGE.audio:
      case MESSAGE.video:
        onMedia(type, timestamp, payload);
        break;
      case MESSAGE.data:
        onScript(payload);
        break;
      case MESSAGE.dataAmf3:
        onScript(payload.subarray(1));
        break;
      case MESSAGE.aggregate:
        for (const part of splitAggregate(payload, timestamp)) {
          if (part.type === MESSAGE.audio || part.type === MESSAGE.video) {
            onMedia(part.type, part.timestamp, part.payload);
          } else if (part.type === MESSAGE.data) {
            onScript(part.payload);
          }
        }
        break;
      default:
        // Acknowledgements, user control, shared objects: nothing that a receiver needs.
        break;
    }
  }

  function onMedia(type: number, timestamp: number, payload: Uint8Array): void {
    const { reader } = publishing();
    lastMediaMs = clock.monotonicMs();
    if (type === MESSAGE.audio) {
      reader.audio(timestamp, payload);
      return;
    }
    reader.video(timestamp, payload);
    hasHitEnd = parseVideoMessage(payload).kind === 'end';
    flushTimer?.[Symbol.dispose]();
    const heldMs = reader.heldMs();
    flushTimer =
      heldMs === undefined
        ? undefined
        : clock.after(Math.min(2 * heldMs, LONGEST_HOLD_MS), () => guard(() => reader.flush()));
  }

  function onScript(payload: Uint8Array): void {
    const { reader } = publishing();
    lastMediaMs = clock.monotonicMs();
    scriptMessages += 1;
    if (scriptMessages > MOST_SCRIPT_MESSAGES) {
      return;
    }
    try {
      reader.script(payload);
    } catch (error) {
      // Metadata and cues that cannot be understood take nothing away from picture and sound.
      leftOut += 1;
      if (leftOut <= MOST_COMPLAINTS) {
        logger.warn({ error }, 'a message of an encoder was left out');
      }
    }
  }

  function publishing(): Extract<State, { kind: 'publishing' }> {
    if (state.kind !== 'publishing') {
      throw malformed('RTMP message', 0, 'has media before anything is published');
    }
    return state;
  }

  function onCommand(payload: Uint8Array, of: number): void {
    const [name, transaction, object, argument] = decodeAmf0(payload);
    switch (name) {
      case 'connect':
        onConnect(transaction, isAmfObject(object) ? object : new Map());
        break;
      case 'releaseStream':
      case 'FCPublish':
        protocol.command(0, ['_result', transaction, null, undefined]);
        break;
      case 'createStream':
        streams += 1;
        protocol.command(0, ['_result', transaction, null, streams]);
        break;
      case 'publish':
        onPublish(of, argument);
        break;
      case 'play':
      case 'play2':
        streamId = of;
        refusal = { kind: 'stream', code: 'NetStream.Play.Failed' };
        throw new AppError(
          'request/method-not-allowed',
          'This is where encoders send their streams to; nothing is played from here.',
        );
      case 'FCUnpublish':
      case 'closeStream':
      case 'deleteStream':
        if (state.kind === 'publishing') {
          leave('MPE_CLIENT_TERMINATED_SESSION');
        }
        break;
      default:
        break;
    }
  }

  function onConnect(transaction: AmfValue, object: AmfObject): void {
    refusal = { kind: 'connect', transaction };
    const [app, tcUrl] = [object.get('app'), object.get('tcUrl')];
    if (connected !== undefined || typeof app !== 'string' || typeof tcUrl !== 'string') {
      throw new AppError('MPE_BAD_URL_SYNTAX', 'The encoder did not say, or said twice, where it connects to.');
    }
    connected = { server: serverOf(tcUrl), app };
    protocol.announce();
    protocol.command(0, [
      '_result',
      transaction,
      new Map<string, AmfValue>([
        ['fmsVer', 'FMS/3,5,7,7009'],
        ['capabilities', 31],
      ]),
      new Map<string, AmfValue>([
        ['level', 'status'],
        ['code', 'NetConnection.Connect.Success'],
        ['description', 'Connection succeeded.'],
        ['objectEncoding', 0],
        ...(isEnhanced(object) ? ENHANCED : []),
      ]),
    ]);
  }

  function onPublish(of: number, name: AmfValue): void {
    if (state.kind !== 'opening' || connected === undefined) {
      throw malformed('RTMP command', 0, 'publishes a second stream, or before connecting');
    }
    streamId = of;
    refusal = { kind: 'stream', code: 'NetStream.Publish.BadName' };
    const address = parsePublishAddress(connected.server, connected.app, typeof name === 'string' ? name : '');
    state = { kind: 'asking', address, waiting: [] };
    flow.hold();
    // Not every encoder waits for the answer before it begins. No more of it is read until then.
    protocol.setLimits(PUBLISHER_LIMITS);
    options.onEvent({
      type: 'publish',
      id,
      entrance: options.entrance === 'primary' || options.entrance === 'tlsPrimary' ? 'primary' : 'secondary',
      ...options.peer,
      accessToken: address.accessToken,
      streamName: address.streamName,
      ingestUrl: address.ingestUrl,
    });
  }

  function createReader({ bitrates }: PublishAddress): FlvReader {
    return createFlvReader(bitrates, {
      onTrack: ({ description, declaredBitrate }) =>
        options.onEvent({ type: 'track', id, description: trackToWire(description), declaredBitrate }),
      onSample: (track, sample) => options.link.sample(id, track, sample, flow.queue(sample.data.length)),
      onCue: ({ id: cueId, time, duration, section }) =>
        options.onEvent({
          type: 'cue',
          id,
          cueId,
          time: Number(time),
          duration,
          section: section === undefined ? undefined : Buffer.from(section).toString('base64'),
        }),
    });
  }

  function status(level: 'status' | 'error', code: string, description: string): void {
    protocol.command(streamId, ['onStatus', 0, null, information(level, code, description)]);
  }

  function fail(reason: AppError): void {
    logger.warn({ code: reason.code, state: state.kind }, 'an encoder was turned away');
    leave(reason);
  }

  /** Ends the stream, tells the service if it knows of it, and the peer as far as it can hear. */
  function leave(reason: AppError | IngestEndCode): void {
    const left = state;
    if (left.kind === 'leaving' || left.kind === 'gone') {
      return;
    }
    flushTimer?.[Symbol.dispose]();
    if (left.kind === 'publishing') {
      left.reader.flush();
    }
    farewell(reason);
    if (left.kind !== 'opening') {
      options.onEvent({ type: 'ended', id, reason: reasonToWire(reason) });
    } else if (connected !== undefined && reason instanceof AppError && reason.code === 'MPE_BAD_URL_SYNTAX') {
      options.onEvent({ type: 'misaddressed', ...options.peer, ingestUrl: connected.server });
    }
  }

  function farewell(reason: AppError | IngestEndCode): void {
    state = { kind: 'leaving' };
    if (!protocol.isOpen()) {
      // It could not understand a word.
      socket.destroy();
      return;
    }
    flow.release();
    if (!(reason instanceof AppError)) {
      status('status', 'NetStream.Unpublish.Success', reason);
    } else if (refusal.kind === 'connect') {
      const code = 'NetConnection.Connect.Rejected';
      protocol.command(0, ['_error', refusal.transaction, null, information('error', code, words(reason))]);
    } else {
      status('error', isForbidden(reason) ? 'NetStream.Publish.Unauthorized' : refusal.code, words(reason));
    }
    // Who says goodbye hangs up by itself, and takes it for a failure when somebody else does.
    if (reason !== 'MPE_CLIENT_TERMINATED_SESSION') {
      socket.end();
    }
    // A peer may keep its half of the connection open for as long as it likes.
    farewellTimer = clock.after(limits.farewellMs, () => socket.destroy());
  }

  return {
    isPublishing: () => state.kind === 'publishing',
    accept() {
      if (state.kind !== 'asking') {
        return;
      }
      const { address, waiting } = state;
      state = { kind: 'publishing', reader: createReader(address) };
      refusal = { kind: 'stream', code: 'NetStream.Failed' };
      lastMediaMs = clock.monotonicMs();
      protocol.streamBegin(streamId);
      const started = 'NetStream.Publish.Start';
      protocol.command(0, ['onFCPublish', 0, null, information('status', started, address.streamName)]);
      status('status', started, `${address.streamName} is now published.`);
      guard(() => waiting.forEach(onMessage));
      flow.release();
    },
    end(reason) {
      if (state.kind === 'asking' || state.kind === 'publishing') {
        farewell(reason);
        flushTimer?.[Symbol.dispose]();
      }
    },
    look() {
      const nowMs = clock.monotonicMs();
      scriptMessages = 0;
      switch (state.kind) {
        case 'opening':
        case 'asking':
          if (nowMs - startedMs > limits.publishWithinMs) {
            fail(idle(`did not publish within ${limits.publishWithinMs / 1000} s`));
          }
          break;
        case 'publishing':
          if (flow.heldUpMs() > limits.heldUpMs) {
            fail(new AppError('MPE_CAPACITY_LIMIT_REACHED', 'The encoder sends more than can be taken in.'));
          } else if (flow.heldUpMs() === 0 && nowMs - lastMediaMs > limits.idleMs) {
            fail(idle(`sent nothing for ${limits.idleMs / 1000} s`));
          }
          break;
        case 'leaving':
        case 'gone':
          break;
      }
    },
  };
}

/** Enhanced RTMP v2, what a server says when an encoder asks: H.264 and AAC may come under their FourCC, to be passed on as they are. */
const CAN_FORWARD = 4;
const ENHANCED: readonly (readonly [string, AmfValue])[] = [
  ['fourCcList', ['avc1', 'mp4a']],
  ['videoFourCcInfoMap', new Map([['avc1', CAN_FORWARD]])],
  ['audioFourCcInfoMap', new Map([['mp4a', CAN_FORWARD]])],
];

function isEnhanced(object: AmfObject): boolean {
  return ['fourCcList', 'videoFourCcInfoMap', 'audioFourCcInfoMap'].some((name) => object.has(name));
}

function information(level: 'status' | 'error', code: string, description: string): AmfObject {
  return new Map([
    ['level', level],
    ['code', code],
    ['description', description],
  ]);
}

function words(reason: AppError): string {
  return `${reason.code}: ${reason.message}`;
}

function isForbidden({ code }: AppError): boolean {
  return code === 'MPE_RTMP_APPID_AUTH_FAILURE' || code === 'MPE_INGEST_ENCODER_CONNECTION_DENIED';
}

function idle(problem: string): AppError {
  return new AppError('MPE_RTMP_SESSION_IDLE_TIMEOUT', `The encoder ${problem}.`);
}

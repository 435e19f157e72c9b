import type { Clock } from '../../../../base/clock.ts';
import { EXTENSION } from './handshake.ts';
import { decrypt, type StreamKeys, unwrapKeys } from './key-material.ts';
import {
  CONTROL,
  type ControlPacket,
  type DataPacket,
  type SrtPacket,
  viewOf,
  words,
  writeControl,
} from './packet.ts';
import { createReceiveBuffer, type LossRange } from './receive-buffer.ts';

/** Whoever takes what one caller sends. */
export type SrtSink = {
  /** The next bytes, in order. */
  readonly onData: (bytes: Uint8Array) => void;
  /** Once, and nothing after it. `closed`: by us. */
  readonly onEnd: (reason: SrtEnd) => void;
};

/** `hung-up`: the caller said so; `silent`: nothing has come of it for `SILENCE_MS`. */
export type SrtEnd = 'hung-up' | 'silent' | 'closed';

/** One caller: receives, asks for what is missing, and says what has come. */
export type SrtSession = {
  readonly push: (packet: SrtPacket) => void;
  /** To be called every `TICK_MS`. */
  readonly tick: () => void;
  /** Hangs up. Idempotent. */
  readonly close: () => void;
};

/** The period of acknowledgements, draft-sharabayko-srt-01 §3.2.4. */
export const TICK_MS = 10;
const SILENCE_MS = 5000;
const KEEP_ALIVE_MS = 1000;
/** Loss is reported again until what is missing has come (§4.8.2), not more often than this. */
const MIN_REPORT_MS = 20;
/** An acknowledgement that was not answered is sent again. */
const RESEND_MS = 100;
/** Until the first answer. */
const FIRST_RTT_MS = 100;
/** Ranges that go into one packet. */
const MAX_RANGES = 150;
/** Acknowledgements whose answer is waited for. */
const MAX_PENDING = 64;

export function createSrtSession(options: {
  readonly clock: Clock;
  readonly send: (bytes: Uint8Array) => void;
  readonly sink: SrtSink;
  /** Socket id of the caller. */
  readonly peerId: number;
  readonly firstSequence: number;
  readonly latencyMs: number;
  /** With which passphrase the caller's keys are wrapped; undefined: it does not encrypt. */
  readonly security: { readonly keys: StreamKeys; readonly passphrase: string } | undefined;
}): SrtSession {
  const { clock, send, sink, peerId, security } = options;
  const startMs = clock.monotonicMs();
  const buffer = createReceiveBuffer(options.firstSequence, options.latencyMs);
  const pending = new Map<number, number>();
  let keys = security?.keys;
  let heardMs = startMs;
  let spokeMs = startMs;
  let reportedMs = startMs;
  let acknowledgedMs = startMs;
  let acknowledged = options.firstSequence;
  let isAnswered = true;
  let acknowledgements = 0;
  let rttMs = FIRST_RTT_MS;
  let rttVarianceMs = FIRST_RTT_MS / 2;
  let isMeasured = false;
  let hasEnded = false;

  function control(type: number, info: number, body: Uint8Array, subtype = 0): void {
    const nowMs = clock.monotonicMs();
    spokeMs = nowMs;
    send(writeControl({ type, subtype, info, destination: peerId, body }, (nowMs - startMs) * 1000));
  }

  function give(payloads: readonly Uint8Array[]): void {
    for (const payload of payloads) {
      // What takes it may hang up in the middle of them.
      if (!hasEnded) {
        sink.onData(payload);
      }
    }
  }

  function end(reason: SrtEnd): void {
    if (!hasEnded) {
      hasEnded = true;
      if (reason !== 'hung-up') {
        control(CONTROL.shutdown, 0, words(0));
      }
      sink.onEnd(reason);
    }
  }

  function onData(packet: DataPacket): void {
    const payload = readable(packet);
    // Taken into the row all the same, or it would be asked for until it is given up.
    const { ready, lost } = buffer.push(packet.sequence, payload ?? new Uint8Array(), clock.monotonicMs());
    if (lost !== undefined) {
      report([lost]);
    }
    give(ready);
  }

  /** The payload in the clear; undefined when there is no key for it, or it is in the clear where it must not be. */
  function readable({ key, payload, sequence }: DataPacket): Uint8Array | undefined {
    if (key === 'none' || keys === undefined) {
      return key === 'none' && keys === undefined ? payload : undefined;
    }
    const secret = keys[key];
    return secret === undefined ? undefined : decrypt(payload, sequence, secret, keys.salt);
  }

  function report(ranges: readonly LossRange[]): void {
    const entries = ranges.flatMap(([first, last]) =>
      first === last ? [first] : [(first | 0x8000_0000) >>> 0, last],
    );
    reportedMs = clock.monotonicMs();
    control(CONTROL.lossReport, 0, words(...entries));
  }

  function acknowledge(): void {
    const nowMs = clock.monotonicMs();
    acknowledgements = (acknowledgements + 1) >>> 0;
    acknowledged = buffer.next();
    acknowledgedMs = nowMs;
    isAnswered = false;
    pending.set(acknowledgements, nowMs);
    const [oldest] = pending.keys();
    if (pending.size > MAX_PENDING && oldest !== undefined) {
      pending.delete(oldest);
    }
    // Rates are for senders that probe the network, which live senders do not.
    const body = words(acknowledged, rttMs * 1000, rttVarianceMs * 1000, Math.max(2, buffer.room()), 0, 0, 0);
    control(CONTROL.acknowledgement, acknowledgements, body);
  }

  function onAnswer(number: number): void {
    const sentMs = pending.get(number);
    if (sentMs === undefined) {
      return;
    }
    pending.delete(number);
    isAnswered = isAnswered || number === acknowledgements;
    const sampleMs = clock.monotonicMs() - sentMs;
    rttVarianceMs = isMeasured ? (3 * rttVarianceMs + Math.abs(sampleMs - rttMs)) / 4 : sampleMs / 2;
    rttMs = isMeasured ? (7 * rttMs + sampleMs) / 8 : sampleMs;
    isMeasured = true;
  }

  function onControl({ type, subtype, info, body }: ControlPacket): void {
    switch (type) {
      case CONTROL.acknowledgementBack:
        onAnswer(info);
        break;
      case CONTROL.shutdown:
        end('hung-up');
        break;
      case CONTROL.dropRequest:
        if (body.length >= 8) {
          const view = viewOf(body);
          give(
            buffer.drop([view.getUint32(0) & 0x7fff_ffff, view.getUint32(4) & 0x7fff_ffff], clock.monotonicMs()),
          );
        }
        break;
      case CONTROL.userDefined:
        if (subtype === EXTENSION.keyRequest) {
          onKeys(body);
        }
        break;
      default:
        break;
    }
  }

  /** The caller changes its keys from time to time (§6.1.6); each change is told some thousand packets ahead. */
  function onKeys(message: Uint8Array): void {
    const next = security === undefined ? undefined : unwrapKeys(message, security.passphrase);
    if (next !== undefined && keys !== undefined) {
      keys = { salt: next.salt, even: next.even ?? keys.even, odd: next.odd ?? keys.odd };
      control(CONTROL.userDefined, 0, message, EXTENSION.keyResponse);
    }
  }

  return {
    push(packet) {
      if (hasEnded) {
        return;
      }
      heardMs = clock.monotonicMs();
      if (packet.kind === 'data') {
        onData(packet);
      } else {
        onControl(packet);
      }
    },
    tick() {
      if (hasEnded) {
        return;
      }
      const nowMs = clock.monotonicMs();
      give(buffer.expire(nowMs));
      if (buffer.next() !== acknowledged || (!isAnswered && nowMs - acknowledgedMs >= RESEND_MS)) {
        acknowledge();
      }
      if (nowMs - reportedMs >= Math.max(MIN_REPORT_MS, (rttMs + 4 * rttVarianceMs) / 2)) {
        const missing = buffer.missing(MAX_RANGES);
        if (missing.length > 0) {
          report(missing);
        }
      }
      if (nowMs - spokeMs >= KEEP_ALIVE_MS) {
        control(CONTROL.keepAlive, 0, words(0));
      }
      if (nowMs - heardMs >= SILENCE_MS) {
        end('silent');
      }
    },
    close: () => end('closed'),
  };
}

import type { CaptureStart, CaptureState } from '../../src-main/shared/api/browser-source.ts';
import { nextPiece, type PieceSample, writePiece } from '../../src-main/shared/capture-piece.ts';
import type { CaptureApi, Refusal } from './api.ts';
import { createOutbox } from './outbox.ts';

/**
 *     connecting ──begun──▶ sending ◀──trying again──▶ lost
 *                              └──refused──▶ ended
 */
export type SenderState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'sending'; readonly studio: CaptureState }
  | { readonly kind: 'lost' }
  | {
      readonly kind: 'ended';
      readonly why: 'replaced' | 'unknown-link' | 'refused' | 'stopped';
      /** English, of the service. */
      readonly detail: string;
    };

/** Sends what was encoded, a piece after the other, one at a time: whatever comes while one is on its way goes with the next. */
export type Sender = {
  /** What is sent from now on. When it is something else than before, a new stream begins. */
  readonly describe: (start: CaptureStart) => void;
  readonly add: (sample: PieceSample) => void;
  /** To be called some thirty times a second. */
  readonly tick: (nowMs: number) => void;
  readonly stop: () => void;
  readonly state: () => SenderState;
  readonly dropped: () => number;
};

const RETRY_MS = [250, 500, 1000, 2000];

export function createSender(options: {
  readonly api: CaptureApi;
  readonly onState: (state: SenderState) => void;
  /** Nothing can be shown before the next key frame. */
  readonly onNeedsKey: () => void;
}): Sender {
  const { api } = options;
  const outbox = createOutbox();
  let state: SenderState = { kind: 'connecting' };
  let wanted: { readonly start: CaptureStart; readonly text: string } | undefined;
  let stream: { readonly id: string; readonly text: string } | undefined;
  /** It has sent before: another page that has come meanwhile keeps the place. */
  let hasBegun = false;
  let number = 0;
  let isBusy = false;
  let failures = 0;
  let waitUntilMs = 0;

  function become(next: SenderState): void {
    if (isOver()) {
      return;
    }
    state = next;
    options.onState(next);
  }

  const isOver = (): boolean => state.kind === 'ended';

  function begun(studio: CaptureState): void {
    failures = 0;
    become({ kind: 'sending', studio });
  }

  function failed({ code, detail }: Refusal, nowMs: number): void {
    outbox.clear();
    options.onNeedsKey();
    switch (code) {
      case 'browser/no-stream':
        stream = undefined;
        return;
      case 'browser/replaced':
        become({ kind: 'ended', why: 'replaced', detail });
        return;
      case 'browser/unknown-link':
        become({ kind: 'ended', why: 'unknown-link', detail });
        return;
      case '':
      case 'resource/busy':
      case 'remote/slow-down':
      case 'service/closing':
      case 'service/internal':
        waitUntilMs = nowMs + (RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
        failures += 1;
        become({ kind: 'lost' });
        return;
      default:
        become({ kind: 'ended', why: 'refused', detail });
    }
  }

  async function begin({ start, text }: NonNullable<typeof wanted>, nowMs: number): Promise<void> {
    const isOther = stream !== undefined;
    const answered = await api.start({ ...start, isResumed: hasBegun && !isOther });
    if (answered.ok) {
      stream = { id: answered.value.stream, text };
      number = 0;
      hasBegun = true;
      options.onNeedsKey();
      begun(answered.value.state);
    } else {
      failed(answered.refusal, nowMs);
    }
  }

  async function send(id: string, samples: readonly PieceSample[], nowMs: number): Promise<void> {
    const piece = writePiece({ number, dropped: outbox.dropped(), samples });
    number = nextPiece(number);
    const answered = await api.send(id, piece);
    if (answered.ok) {
      if (answered.value.needsKey) {
        options.onNeedsKey();
      }
      begun(answered.value.state);
    } else {
      failed(answered.refusal, nowMs);
    }
  }

  async function once(step: Promise<void>): Promise<void> {
    isBusy = true;
    await step;
    isBusy = false;
  }

  return {
    describe(start) {
      const text = JSON.stringify([start.video, start.audio]);
      if (wanted?.text !== text) {
        wanted = { start, text };
        // What waits belongs to the description before.
        outbox.clear();
      }
    },
    add(sample) {
      if (!isOver()) {
        outbox.add(sample);
        if (sample.kind === 'video' && outbox.needsKey()) {
          options.onNeedsKey();
        }
      }
    },
    tick(nowMs) {
      if (isBusy || isOver() || wanted === undefined || nowMs < waitUntilMs) {
        return;
      }
      if (stream?.text !== wanted.text) {
        void once(begin(wanted, nowMs));
        return;
      }
      const samples = outbox.take();
      if (samples.length > 0) {
        void once(send(stream.id, samples, nowMs));
      }
    },
    stop() {
      const isSending = state.kind === 'sending';
      // Whoever stops it knows.
      state = { kind: 'ended', why: 'stopped', detail: '' };
      outbox.clear();
      if (stream !== undefined && isSending) {
        api.stop(stream.id);
      }
    },
    state: () => state,
    dropped: () => outbox.dropped(),
  };
}

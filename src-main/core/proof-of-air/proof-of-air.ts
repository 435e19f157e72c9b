import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import { AIR_FAULTS, type AirVerdict, type ProofOfAir } from '../../shared/api/proof-of-air.ts';
import { AppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Logger } from '../ports/logger.ts';
import type { AirTarget, ProofOfAirService } from '../ports/proof-of-air.ts';
import type { EventLog } from '../ports/services.ts';
import { type FaultKind, ViewerFault } from './fetch-as-viewer.ts';
import { type Before, type Judgement, judge, remember } from './judge.ts';
import type { Look } from './look.ts';
import type { SentMemory } from './sent-memory.ts';

export type ProofOfAirOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  /** What should be seen at present. */
  readonly targets: () => readonly AirTarget[];
  readonly lookAt: (target: AirTarget) => Look;
  readonly sent: SentMemory;
  /** Remembers what is sent into `sent`, until it is disposed. */
  readonly openMemory: () => Disposable;
};

export type ProofOfAirDesk = ProofOfAirService & AsyncDisposable;

const LOOK_EVERY_MS = 10_000;
/** After something that looks wrong, which is said only when it is so twice. */
const LOOK_AGAIN_MS = 3000;
/** What has only just begun takes some seconds to be there. */
const FIRST_LOOK_MS = 2000;
const PATIENCE_MS = 20_000;
/** Where to look may have changed; asked at most so often. */
const FOLLOW_EVERY_MS = 1000;
/**
 * Where other encoders' broadcasts are, looks are no closer to each other than this: each is a tenth of a second of one processor, and what
 * takes in ten of them has other things to do. The presenter's own are looked at every ten seconds, however many others there are.
 */
const OTHERS_APART_MS = 2500;
/** More than anybody publishes at once. */
const MOST_TARGETS = 24;

type Watch = {
  readonly target: AirTarget;
  readonly look: Look;
  readonly openedMs: number;
  proof: ProofOfAir;
  turn: number;
  before: Before | undefined;
  /** A fault that was seen once. */
  suspected: AirVerdict | undefined;
  timer: Disposable | undefined;
};

/**
 * Watches from outside what should be live. One look at a time; every fault of a look is an answer, and none of them reaches what is live. What
 * is said is what a viewer finds, and not what was sent: that only decides whether a still, black or silent picture is one.
 *
 *     checking ──▶ seen | arriving ◀──▶ a fault, when it was found twice
 */
export function openProofOfAir(options: ProofOfAirOptions): ProofOfAirDesk {
  const { clock, logger, events, sent } = options;
  const turns = createSerial();
  const watches = new Map<string, Watch>();
  let memory: Disposable | undefined;
  let following: Disposable | undefined;
  let isClosed = false;

  const proofs = (): readonly ProofOfAir[] => [...watches.values()].map(({ proof }) => proof);

  function tell(): void {
    events.publish('Lectern.ProofOfAirChanged', 'proofOfAir', { value: proofs() });
  }

  function watch(target: AirTarget): Watch {
    const nowMs = clock.wallMs();
    return {
      target,
      look: options.lookAt(target),
      openedMs: nowMs,
      proof: {
        subject: target.subject,
        url: withoutQuery(target.url),
        verdict: 'checking',
        since: new Date(nowMs).toISOString(),
      },
      turn: 0,
      before: undefined,
      suspected: undefined,
      timer: undefined,
    };
  }

  function drop(subject: string, gone: Watch): void {
    gone.timer?.[Symbol.dispose]();
    watches.delete(subject);
  }

  /** Those that are to be seen now, and no others. */
  function follow(): void {
    following?.[Symbol.dispose]();
    following = undefined;
    const wanted = new Map(
      options
        .targets()
        .slice(0, MOST_TARGETS)
        .map((target) => [target.subject, target]),
    );
    let hasChanged = false;
    for (const [subject, present] of watches) {
      if (wanted.get(subject)?.url !== present.target.url) {
        drop(subject, present);
        hasChanged = true;
      }
    }
    for (const [subject, target] of wanted) {
      if (!watches.has(subject)) {
        const fresh = watch(target);
        watches.set(subject, fresh);
        plan(fresh, FIRST_LOOK_MS);
        hasChanged = true;
      }
    }
    followMemory();
    if (hasChanged) {
      tell();
    }
  }

  function followMemory(): void {
    const isNeeded = [...watches.values()].some(({ target }) => target.isProgramme);
    if (isNeeded) {
      memory ??= options.openMemory();
    } else {
      memory?.[Symbol.dispose]();
      memory = undefined;
      sent.forget();
    }
  }

  function followSoon(): void {
    if (!isClosed) {
      following ??= clock.after(FOLLOW_EVERY_MS, follow);
    }
  }

  function plan(watched: Watch, delayMs: number): void {
    watched.timer?.[Symbol.dispose]();
    watched.timer = clock.after(delayMs, () => void turns.run(() => lookNow(watched)));
  }

  function pauseOf({ target, suspected }: Watch): number {
    if (suspected !== undefined) {
      return LOOK_AGAIN_MS;
    }
    const others = [...watches.values()].filter((watched) => !watched.target.isProgramme).length;
    return target.isProgramme ? LOOK_EVERY_MS : Math.max(LOOK_EVERY_MS, others * OTHERS_APART_MS);
  }

  /** Never rejects. */
  async function lookNow(watched: Watch): Promise<void> {
    const { target } = watched;
    if (watches.get(target.subject) !== watched) {
      return;
    }
    try {
      const sight = await watched.look(watched.turn);
      const remembered = target.isProgramme ? sent : undefined;
      const judgement = judge(sight, watched.before, remembered, { isOwn: target.isOwn });
      watched.before = remember(sight, watched.before);
      note(watched, judgement, undefined);
    } catch (error) {
      note(watched, { verdict: kindOf(error), delaySeconds: undefined, delayFrom: undefined }, wordsOf(error));
      logger.debug({ error, subject: target.subject }, 'a look from outside failed');
    }
    watched.turn += 1;
    if (watches.get(target.subject) === watched) {
      plan(watched, pauseOf(watched));
      tell();
    }
  }

  function note(watched: Watch, { verdict, delaySeconds, delayFrom }: Judgement, words: string | undefined): void {
    const nowMs = clock.wallMs();
    const { proof } = watched;
    const isFault = AIR_FAULTS.has(verdict);
    // A stream that has only just begun is not there yet, and nobody is to be frightened by that.
    const isEarly = proof.verdict === 'checking' && nowMs - watched.openedMs < PATIENCE_MS;
    const isDoubted = isFault && proof.verdict !== verdict && (watched.suspected !== verdict || isEarly);
    watched.suspected = isFault ? verdict : undefined;
    if (isDoubted) {
      watched.proof = { ...proof, checkedAt: new Date(nowMs).toISOString() };
      return;
    }
    watched.proof = {
      subject: proof.subject,
      url: proof.url,
      verdict,
      since: verdict === proof.verdict ? proof.since : new Date(nowMs).toISOString(),
      checkedAt: new Date(nowMs).toISOString(),
      ...(delaySeconds === undefined ? {} : { delaySeconds: Math.round(delaySeconds * 10) / 10 }),
      ...(delayFrom === undefined ? {} : { delayFrom }),
      ...(words === undefined ? {} : { error: problemOf(new AppError('air/not-seen', words)) }),
    };
    if (verdict !== proof.verdict) {
      logger.info({ subject: proof.subject, from: proof.verdict, to: verdict }, 'seen from outside');
    }
  }

  const listening = events.published.on(({ eventType }) => {
    if (eventType !== 'Lectern.ProofOfAirChanged') {
      followSoon();
    }
  });
  followSoon();

  return {
    list: proofs,
    async check() {
      follow();
      await Promise.all([...watches.values()].map((watched) => turns.run(() => lookNow(watched))));
      return proofs();
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      listening[Symbol.dispose]();
      following?.[Symbol.dispose]();
      memory?.[Symbol.dispose]();
      for (const [subject, watched] of watches) {
        drop(subject, watched);
      }
      // A look that is on its way ends by itself, in some seconds at most.
      await turns.run(() => Promise.resolve());
    },
  };
}

function kindOf(error: unknown): FaultKind {
  return error instanceof ViewerFault ? error.kind : 'unreadable';
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function withoutQuery(url: string): string {
  return url.replace(/[?#].*$/s, '');
}

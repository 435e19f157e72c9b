import type { Clock } from '../../base/clock.ts';
import type { ServiceEvent } from '../../shared/api/events.ts';
import type { Webhook } from '../../shared/api/webhooks.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Logger } from '../ports/logger.ts';
import { type Post, type PostAnswer, signatureOf } from './post-event.ts';
import type { KeptEvent, WaitingEvents } from './waiting-events.ts';

/** Where, how and with what key events are sent. */
export type Target = Pick<Webhook, 'name' | 'url' | 'deliverySchema' | 'enabled'> & {
  /** Undefined: nothing is signed. Throws when the key store cannot be used; nothing is sent unsigned then. */
  readonly secret: () => Promise<string | undefined>;
};

export type DeliveryStatus = Pick<
  Webhook,
  'state' | 'queued' | 'delivered' | 'dropped' | 'failures' | 'retryAt' | 'lastDelivery' | 'error'
>;

/** The row of events that wait for one receiver, and what of it is left of earlier runs. */
export type Delivery = AsyncDisposable & {
  /** Never waits. Of a full row the oldest that is not under way is dropped. Kept on the disk when it returns. */
  push(event: ServiceEvent, text: string): void;
  /** Goes on with another address, key or form at once, also when it was waiting. */
  retarget(target: Target): void;
  status(): DeliveryStatus;
};

export type DeliveryOptions = {
  readonly clock: Clock;
  /** 0..1, for the jitter. */
  readonly random: () => number;
  readonly post: Post;
  readonly logger: Logger;
  readonly waiting: WaitingEvents;
  /** The receiver began to fail, answers again, or has begun to lose events. */
  readonly onChanged: () => void;
};

/** Some minutes of a busy service; a row of kilobytes each. */
const MAX_QUEUED = 1000;
/** As Event Grid: what could not be delivered for a day is given up. */
const MAX_AGE_MS = 24 * 3_600_000;
const RETRY = { firstMs: 1000, factor: 2, mostMs: 60_000, mostAskedMs: 300_000 };
/** Answers after which the same event would get the same answer again. */
const REFUSED_FOR_GOOD: ReadonlySet<number> = new Set([400, 413, 415, 422]);

type Waiting = KeptEvent & {
  /** Of this run. */
  tries: number;
};

/**
 * Delivers events one by one in their order: each until it is taken, is refused for good, or is a day old.
 *
 *     idle ──push──▶ delivering ──(2xx)──▶ next or idle
 *                        ▲  └──(failed)──▶ waiting ──(back-off over, or retargeted)──▶ delivering
 */
export function createDelivery(initial: Target, options: DeliveryOptions): Delivery {
  const { clock, logger, waiting } = options;
  const queue: Waiting[] = [];
  const closing = new AbortController();
  let target = initial;
  let pumping: Promise<void> | undefined;
  let wake: (() => void) | undefined;
  let retryAtMs: number | undefined;
  let delivered = 0;
  let dropped = 0;
  let failures = 0;
  let error: AppError | undefined;
  let lastDelivery: Webhook['lastDelivery'];
  /** Events are lost, and it has been told. Until all that waits is delivered again. */
  let isLosing = false;

  const isOpen = (): boolean => target.enabled && !closing.signal.aborted;

  function start(): void {
    if (pumping === undefined && queue.length > 0 && isOpen()) {
      pumping = pump();
    }
  }

  async function pump(): Promise<void> {
    for (let head = queue[0]; head !== undefined && isOpen(); head = queue[0]) {
      const answer = await attempt(head);
      if (!isOpen()) {
        break;
      }
      settle(head, answer);
      if (failures > 0 && queue[0] === head) {
        await backOff(answer);
      }
    }
    pumping = undefined;
  }

  async function attempt(head: Waiting): Promise<PostAnswer | AppError> {
    head.tries += 1;
    const { url, secret } = target;
    try {
      const key = await secret();
      const body = target.deliverySchema === 'EventGrid' ? `[${head.text}]` : head.text;
      const headers = {
        ...headersOf(head, target),
        ...(key === undefined ? {} : { 'Lectern-Signature': signatureOf(key, body, clock.wallMs()) }),
      };
      return await options.post({ url, headers, body, signal: closing.signal });
    } catch (thrown) {
      return toAppError(thrown);
    }
  }

  /** Takes from the row what is done with, and notes how it went. */
  function settle(head: Waiting, answer: PostAnswer | AppError): void {
    const failedBefore = failures > 0;
    if (!(answer instanceof AppError)) {
      lastDelivery = {
        time: new Date(clock.wallMs()).toISOString(),
        eventId: head.event.id,
        status: answer.status,
      };
    }
    if (!(answer instanceof AppError) && answer.status >= 200 && answer.status < 300) {
      remove(head);
      delivered += 1;
      isLosing &&= queue.length > 0;
      failures = 0;
      error = undefined;
    } else {
      failures += 1;
      error = answer instanceof AppError ? answer : refusal(answer.status);
      const forGood = !(answer instanceof AppError) && REFUSED_FOR_GOOD.has(answer.status);
      if (forGood || clock.wallMs() - head.sinceMs > MAX_AGE_MS) {
        remove(head);
        noteLoss();
        logger.warn({ webhook: target.name, event: head.event.id, code: error.code }, 'an event was given up');
      }
    }
    if (failedBefore !== failures > 0) {
      if (error !== undefined) {
        logger.warn({ webhook: target.name, code: error.code, detail: error.message }, 'a webhook fails');
      }
      options.onChanged();
    }
  }

  /** Unless it was dropped in the meantime. */
  function remove(head: Waiting): void {
    if (queue[0] === head) {
      queue.shift();
      waiting.remove(head);
    }
  }

  function noteLoss(): void {
    dropped += 1;
    if (!isLosing) {
      isLosing = true;
      logger.warn({ webhook: target.name, queued: queue.length }, 'a webhook loses events');
      options.onChanged();
    }
  }

  async function backOff(answer: PostAnswer | AppError): Promise<void> {
    const grownMs = Math.min(RETRY.mostMs, RETRY.firstMs * RETRY.factor ** (failures - 1));
    const asked = answer instanceof AppError ? undefined : answer.retryAfterSeconds;
    // Half of it by chance, so that several webhooks of one receiver do not all come back in the same instant.
    const delayMs = Math.max(
      grownMs * (0.5 + options.random() / 2),
      Math.min(RETRY.mostAskedMs, (asked ?? 0) * 1000),
    );
    const { promise, resolve } = Promise.withResolvers<undefined>();
    wake = () => resolve(undefined);
    retryAtMs = clock.wallMs() + delayMs;
    const timer = clock.after(delayMs, wake);
    await promise;
    timer[Symbol.dispose]();
    wake = undefined;
    retryAtMs = undefined;
  }

  if (initial.enabled) {
    queue.push(...waiting.list().map((kept) => ({ ...kept, tries: 0 })));
  } else {
    waiting.clear();
  }
  start();

  return {
    push(event, text) {
      if (!isOpen()) {
        return;
      }
      queue.push({ ...waiting.add({ event, text, sinceMs: clock.wallMs() }), tries: 0 });
      if (queue.length > MAX_QUEUED) {
        for (const lost of queue.splice(1, 1)) {
          waiting.remove(lost);
          noteLoss();
        }
      }
      start();
    },
    retarget(next) {
      target = next;
      if (!next.enabled) {
        queue.length = 0;
        waiting.clear();
        failures = 0;
        error = undefined;
      }
      wake?.();
      start();
    },
    status: () => ({
      state: !target.enabled
        ? 'off'
        : queue.length === 0
          ? 'idle'
          : retryAtMs === undefined
            ? 'delivering'
            : 'waiting',
      queued: queue.length,
      delivered,
      dropped,
      failures,
      ...(retryAtMs === undefined ? {} : { retryAt: new Date(retryAtMs).toISOString() }),
      ...(lastDelivery === undefined ? {} : { lastDelivery }),
      ...(error === undefined ? {} : { error: problemOf(error) }),
    }),
    async [Symbol.asyncDispose]() {
      closing.abort();
      wake?.();
      await pumping;
    },
  };
}

function headersOf({ event, tries }: Waiting, { name, deliverySchema }: Target): Readonly<Record<string, string>> {
  return {
    'Content-Type': 'application/json; charset=utf-8',
    'User-Agent': 'Lectern',
    'Lectern-Event-Id': event.id,
    'Lectern-Event-Type': event.eventType,
    'Lectern-Delivery-Attempt': String(tries),
    ...(deliverySchema === 'EventGrid'
      ? {
          'aeg-event-type': 'Notification',
          'aeg-subscription-name': encodeURIComponent(name),
          'aeg-delivery-count': String(tries - 1),
          'aeg-data-version': event.dataVersion,
          'aeg-metadata-version': event.metadataVersion,
        }
      : {}),
  };
}

/** An answer that is no success, as what went wrong. */
export function refusal(status: number): AppError {
  const why =
    status >= 300 && status < 400 ? `a redirection (${status}), which is not followed` : `status ${status}`;
  return new AppError('webhook/unreachable', `The receiver answers with ${why}.`, { details: { status } });
}

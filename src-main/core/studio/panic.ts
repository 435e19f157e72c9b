import type { Clock } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import type { PanicRemains, PanicState } from '../../shared/api/panic.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { Removal } from '../live/event-session.ts';
import type { Logger } from '../ports/logger.ts';
import type { RemovedMedia } from '../ports/removed-media.ts';
import type { MixerDesk } from './mixer-desk.ts';

/**
 * Panic: picture and sound are cut, and what was shown last is taken back. It waits for nothing that the studio is doing, and can be asked for again:
 * for more, it takes more back; else nothing changes.
 *
 *     (none) ──panic──▶ removing ──▶ removed | incomplete ──back, or the broadcast is over──▶ (none)
 */
export type PanicDesk = {
  /** Undefined while the programme is shown. */
  state(): PanicState | undefined;
  readonly changed: EventSource<undefined>;
  /** Resolves when what is taken back is overwritten on the disk, or could not be, which the state says. Throws `live/not-live`. */
  panic(seconds: number | undefined): Promise<void>;
  back(): Promise<void>;
  /** The programme ends: nothing is left to be covered. */
  over(): void;
};

export type PanicOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly mixer: Pick<MixerDesk, 'send' | 'events'>;
  readonly defaultSeconds: () => number;
  /** Whether anything is going out, or is rehearsed. */
  readonly isOn: () => boolean;
  /** The live event of the programme; undefined as long as there is none. */
  readonly liveEvent: () => string | undefined;
  /** Takes back what an event has shown since a media time in ms. */
  readonly take: (liveEvent: string, fromMs: number) => Removal;
  /** Removes what was made of media of an asset. */
  readonly forget: (asset: string, removed: RemovedMedia) => Promise<void>;
  /** What has some of it and cannot be made to forget it. */
  readonly remains: (assets: readonly string[]) => readonly PanicRemains[];
};

/**
 * Sound is coded in frames that overlap, and a key frame may stand for a time a little before its own: what begins this long behind the first frame of
 * the slate has nothing in it of what was before.
 */
const MARGIN_MS = 100;

type Current = {
  readonly sinceMs: number;
  readonly seconds: number;
  readonly removal: Removal | undefined;
  readonly shown: PanicState;
  readonly done: Promise<void>;
};

export function createPanicDesk(options: PanicOptions): PanicDesk {
  const { clock, logger, mixer } = options;
  const changed = createEmitter<undefined>();
  let current: Current | undefined;

  mixer.events.on((event) => {
    if (event.type === 'cut' && event.on) {
      current?.removal?.endAt(event.fromMs + MARGIN_MS);
    }
  });

  /** One that has been replaced, or is over, has nothing more to say. */
  function show(of: Current, patch: Partial<PanicState>): void {
    if (current?.done === of.done) {
      current = { ...current, shown: { ...current.shown, ...patch } };
      changed.emit(undefined);
    }
  }

  function begin(seconds: number): Current {
    const sinceMs = current?.sinceMs ?? clock.wallMs();
    const fromMs = sinceMs - seconds * 1000;
    // First of all nobody sees or hears any more of it.
    const cutting = mixer.send({ type: 'cut', on: true });
    const liveEvent = options.liveEvent();
    const { removal, refusal } = attempt(liveEvent, fromMs);
    const { promise: done, resolve } = Promise.withResolvers<undefined>();
    const begun: Current = {
      sinceMs,
      seconds,
      removal,
      done,
      shown: {
        since: new Date(sinceMs).toISOString(),
        seconds,
        removedFrom: new Date(fromMs).toISOString(),
        removal: 'removing',
        remains: [...options.remains(removal?.assets ?? [])],
      },
    };
    current = begun;
    logger.warn({ liveEvent, seconds, removed: removal?.removed }, 'panic: the programme is cut');
    changed.emit(undefined);
    void complete(begun, [cutting, refusal], resolve);
    return begun;
  }

  /** An event that ends in this moment must not keep the picture from being cut. */
  function attempt(
    liveEvent: string | undefined,
    fromMs: number,
  ): { readonly removal: Removal | undefined; readonly refusal: Promise<void> | undefined } {
    try {
      return {
        removal: liveEvent === undefined ? undefined : options.take(liveEvent, fromMs),
        refusal: undefined,
      };
    } catch (error) {
      return { removal: undefined, refusal: Promise.reject(toAppError(error)) };
    }
  }

  /** Whatever of it fails: the rest is done. */
  async function complete(
    of: Current,
    beside: readonly (Promise<void> | undefined)[],
    resolve: (value: undefined) => void,
  ): Promise<void> {
    const { removal } = of;
    const forgetting =
      removal?.assets.map(async (asset) => {
        await options.forget(asset, removal.removed);
      }) ?? [];
    const steps = await Promise.allSettled([...beside, removal?.erased, ...forgetting]);
    const failed = steps.find((step) => step.status === 'rejected');
    if (failed === undefined) {
      show(of, { removal: 'removed' });
    } else {
      const error = toAppError(failed.reason);
      logger.error({ error }, 'what was shown before a panic could not all be taken back');
      show(of, { removal: 'incomplete', error: problemOf(error) });
    }
    resolve(undefined);
  }

  return {
    state: () => current?.shown,
    changed,
    async panic(seconds = options.defaultSeconds()) {
      if (!options.isOn()) {
        throw new AppError('live/not-live', 'Nothing is live, so there is nothing to cut.');
      }
      const asked = current !== undefined && current.seconds >= seconds ? current : begin(seconds);
      await asked.done;
    },
    async back() {
      if (current !== undefined) {
        await mixer.send({ type: 'cut', on: false });
        current = undefined;
        logger.info({}, 'the programme is back');
        changed.emit(undefined);
      }
    },
    over() {
      if (current !== undefined) {
        current = undefined;
        void mixer.send({ type: 'cut', on: false });
        changed.emit(undefined);
      }
    },
  };
}

import { randomUUID } from 'node:crypto';
import { type Clock, sleep } from '../../../base/clock.ts';
import type { FireDrill, FireDrillStart } from '../../../shared/api/fire-drill.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Logger } from '../../ports/logger.ts';
import type { Rehearsal } from '../rehearsal.ts';
import type { Fault } from './fault.ts';
import { createFault, type FaultTools } from './faults.ts';
import { type TimelineWatch, watchTimeline } from './watch-timeline.ts';
import { drillSentence, FAILED_SENTENCE } from './words.ts';

/**
 * Faults made on purpose, in a rehearsal only.
 *
 *     (rehearsing) ──start──▶ preparing ──▶ broken ──time is over──▶ recovering ──all is well, or too long──▶ done
 *                                 └───────────┴── stop, the rehearsal ends, it fails ──┴──▶ stopped
 *
 * Only the cable needs preparing. Whatever way it ends, the fault has been undone.
 */
export type FireDrills = AsyncDisposable & {
  /** Throws `live/not-rehearsing`, `resource/busy` while another runs, `live/no-source`. */
  start(request: FireDrillStart): Promise<FireDrill>;
  newest(): FireDrill | undefined;
  /** Undoes the fault at once; resolves when that is done. */
  stop(): Promise<FireDrill | undefined>;
};

const DEFAULT_SECONDS = 6;
const LOOK_EVERY_MS = 100;
const PREPARE_MS = 30_000;
const RECOVERY_MS = 15_000;

export function createFireDrills(
  options: Omit<FaultTools, 'rehearsal' | 'timeline'> & {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly rehearsal: () => Rehearsal | undefined;
    readonly onChange: (drill: FireDrill) => void;
  },
): FireDrills {
  const { clock, logger } = options;
  let newest: FireDrill | undefined;
  let stop: AbortController | undefined;
  let running: Promise<void> | undefined;

  function tell(drill: FireDrill): void {
    newest = drill;
    options.onChange(drill);
  }

  async function start({ fault: kind, seconds = DEFAULT_SECONDS }: FireDrillStart): Promise<FireDrill> {
    const rehearsal = options.rehearsal();
    if (rehearsal === undefined) {
      throw new AppError(
        'live/not-rehearsing',
        'A fire drill needs a rehearsal: nothing is made to go wrong that anybody could see. Begin one first.',
      );
    }
    if (running !== undefined) {
      throw new AppError('resource/busy', 'Another fire drill is still running. Wait for its end, or stop it.');
    }
    const timeline = watchTimeline(rehearsal.presentation, clock);
    let fault: Fault;
    try {
      fault = createFault(kind, { ...options, rehearsal, timeline });
    } catch (error) {
      timeline[Symbol.dispose]();
      throw error;
    }
    const drill: FireDrill = {
      id: randomUUID(),
      fault: kind,
      state: fault.preparation === undefined ? 'broken' : 'preparing',
      ...(fault.subject === undefined ? {} : { subject: fault.subject }),
      ...timesOf(seconds),
      detail: '',
    };
    logger.info({ fault: kind, seconds, liveEvent: rehearsal.liveEvent }, 'fire drill');
    tell(drill);
    stop = new AbortController();
    running = carryOut(drill, { fault, seconds, rehearsal, timeline, signal: stop.signal });
    return await Promise.resolve(drill);
  }

  function timesOf(seconds: number): Pick<FireDrill, 'startedAt' | 'until'> {
    const startMs = clock.wallMs();
    return {
      startedAt: new Date(startMs).toISOString(),
      until: new Date(startMs + seconds * 1000).toISOString(),
    };
  }

  async function carryOut(
    begun: FireDrill,
    run: {
      readonly fault: Fault;
      readonly seconds: number;
      readonly rehearsal: Rehearsal;
      readonly timeline: TimelineWatch;
      readonly signal: AbortSignal;
    },
  ): Promise<void> {
    const { fault, timeline } = run;
    let drill = begun;
    let end: FireDrill = { ...drill, state: 'stopped' };
    try {
      await prepare(run);
      await fault.begin();
      if (drill.state === 'preparing') {
        drill = { ...drill, state: 'broken', ...timesOf(run.seconds) };
        tell(drill);
      }
      // The killed encoder comes back when it comes back; what is undone is only the rest.
      await wait(run, run.seconds * 1000, () => drill.fault === 'encoder' && fault.isWell());
      await fault.undo();
      tell({ ...drill, state: 'recovering' });
      await wait(run, RECOVERY_MS, fault.isWell);
      const report = { recovered: fault.isWell(), ...fault.report() };
      end = { ...drill, state: 'done', report, detail: drillSentence(drill.fault, report) };
    } catch (error) {
      if (!run.signal.aborted && !(error instanceof RehearsalEnded)) {
        logger.warn({ error }, 'the fire drill could not be carried out');
        end = { ...end, detail: FAILED_SENTENCE };
      }
    }
    await undoSafely(fault);
    await fault.preparation?.close();
    timeline[Symbol.dispose]();
    running = undefined;
    tell(end);
  }

  async function prepare(run: Parameters<typeof wait>[0]): Promise<void> {
    const { preparation } = run.fault;
    if (preparation === undefined) {
      return;
    }
    await preparation.open();
    await wait(run, PREPARE_MS, preparation.isReady);
    if (!preparation.isReady()) {
      throw new Error('what the fire drill is measured with gets nothing');
    }
  }

  async function undoSafely(fault: Fault): Promise<void> {
    try {
      await fault.undo();
    } catch (error) {
      // The mixer is gone, and with it the fault.
      logger.warn({ error }, 'the fault of a fire drill could not be undone');
    }
  }

  /** Until that, or for so long. Rejects when the rehearsal ended or the drill was stopped. */
  async function wait(
    {
      fault,
      rehearsal,
      signal,
    }: { readonly fault: Fault; readonly rehearsal: Rehearsal; readonly signal: AbortSignal },
    forMs: number,
    until: () => boolean,
  ): Promise<void> {
    const endMs = clock.monotonicMs() + forMs;
    while (clock.monotonicMs() < endMs) {
      await sleep(clock, LOOK_EVERY_MS, signal);
      if (options.rehearsal() !== rehearsal) {
        throw new RehearsalEnded('the rehearsal ended');
      }
      fault.look();
      if (until()) {
        return;
      }
    }
  }

  async function halt(): Promise<void> {
    stop?.abort(new Error('the fire drill was stopped'));
    await running;
  }

  return {
    start,
    newest: () => newest,
    async stop() {
      await halt();
      return newest;
    },
    [Symbol.asyncDispose]: halt,
  };
}

class RehearsalEnded extends Error {}

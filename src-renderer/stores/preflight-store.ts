import { createStore } from 'zustand/vanilla';
import { DRILL_FAULTS, type DrillFault, type FireDrill } from '../../src-main/shared/api/fire-drill.ts';
import type { Preflight } from '../../src-main/shared/api/preflight.ts';
import type { Api } from '../api/client.ts';
import type { NoticesStore } from './notices-store.ts';

type PreflightSlice = {
  /** The newest one the service told of; undefined before the first. */
  readonly preflight: Preflight | undefined;
  readonly drill: FireDrill | undefined;
  /** The drills of this rehearsal that something came of, newest first. */
  readonly drills: readonly FireDrill[];
  /** Whether the list of checks is open. */
  readonly isOpen: boolean;
  readonly isStarting: boolean;
  readonly isDrillStarting: boolean;
};

/** The checks before a broadcast, and the fire drills of a rehearsal, as the service tells them. */
export function createPreflightStore(api: Api, notices: Pick<NoticesStore, 'attempt'>) {
  const store = createStore<PreflightSlice>(() => ({
    preflight: undefined,
    drill: undefined,
    drills: [],
    isOpen: false,
    isStarting: false,
    isDrillStarting: false,
  }));

  function mirror(preflight: Preflight): void {
    store.setState({ preflight });
  }

  function mirrorDrill(drill: FireDrill): void {
    store.setState(({ drills }) => ({
      drill,
      drills: hasResult(drill) ? [drill, ...drills.filter(({ fault }) => fault !== drill.fault)] : drills,
    }));
  }

  /** An answer is as old as the question: what has been told since is newer. */
  function unlessToldSince<T extends { readonly id: string }>(
    select: (slice: PreflightSlice) => T | undefined,
    take: (value: T) => void,
  ): (answer: T) => void {
    const before = select(store.getState());
    return (answer) => {
      if (select(store.getState()) === before) {
        take(answer);
      }
    };
  }

  async function check(): Promise<void> {
    if (store.getState().isStarting) {
      return;
    }
    store.setState({ isStarting: true });
    const take = unlessToldSince(({ preflight }) => preflight, mirror);
    await notices.attempt(async () => take(await api.call('startPreflight')));
    store.setState({ isStarting: false });
  }

  return {
    ...store,
    mirror,
    mirrorDrill,
    check,
    /** Shows the list, and begins the checks. */
    async open(): Promise<void> {
      store.setState({ isOpen: true });
      await check();
    },
    close: () => store.setState({ isOpen: false }),
    async drill(fault: DrillFault): Promise<void> {
      if (store.getState().isDrillStarting) {
        return;
      }
      store.setState({ isDrillStarting: true });
      const take = unlessToldSince(({ drill }) => drill, mirrorDrill);
      await notices.attempt(async () => take(await api.call('startFireDrill', { body: { fault } })));
      store.setState({ isDrillStarting: false });
    },
    async stopDrill(): Promise<void> {
      await notices.attempt(() => api.call('stopFireDrill'));
    },
    /** Another rehearsal: what the last one taught is no longer on the screen. */
    forgetDrills: () => store.setState({ drill: undefined, drills: [] }),
  };
}

/** A report, or that it could not be carried out. */
const hasResult = ({ state, detail }: FireDrill): boolean =>
  state === 'done' || (state === 'stopped' && detail !== '');

/** What a key tries: what was not tried yet, in order, and then the first again. */
export const selectNextDrill = ({ drills }: PreflightSlice): DrillFault =>
  DRILL_FAULTS.find((fault) => !drills.some((drill) => drill.fault === fault)) ?? DRILL_FAULTS[0];

export const selectIsDrilling = ({ drill, isDrillStarting }: PreflightSlice): boolean =>
  isDrillStarting || (drill !== undefined && drill.state !== 'done' && drill.state !== 'stopped');

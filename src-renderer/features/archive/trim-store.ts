import { createStore } from 'zustand/vanilla';
import type { KeyFrames } from '../../../src-main/shared/api/export-plans.ts';
import {
  type Edge,
  joined,
  keyFrameAfter,
  keyFrameBefore,
  type Range,
  type Recording,
  type Run,
  snapped,
  unknownAt,
} from './trim.ts';

export type TrimSlice = {
  /** What was asked for; undefined: everything. */
  readonly wanted: Range | undefined;
  readonly known: readonly Run[];
};

/** A recording as it stands, and when its time 0 was: with a window that moves, that moves too. */
export type SeenRecording = Recording & { readonly startMs: number | undefined };

/** The least that a key moves a handle: of sound alone every frame is a key frame. */
export const LEAST_STEP_SECONDS = 0.1;

/** On either side of where a handle is dragged to: the service reads media for each, perhaps beside a broadcast. */
const NEIGHBOURS = 2;
/** For keys that are held down. */
const STEPS_AHEAD = 16;

/** The part of a recording that is chosen. Key frames are asked for where a handle goes, never all of them. */
export function createTrim(load: (time: number, count: number) => Promise<KeyFrames>) {
  const store = createStore<TrimSlice>(() => ({ wanted: undefined, known: [] }));
  let recording: SeenRecording = { span: 0, gaps: [], startMs: undefined };
  let isLooking = false;
  let isStepping = false;

  function all(): Range {
    return { start: 0, end: recording.span };
  }

  async function learn(time: number, count: number): Promise<void> {
    const { span, startMs } = recording;
    const answer = await load(time, count);
    if (startMs === recording.startMs) {
      store.setState(({ known }) => ({ known: joined(known, answer, span) }));
    }
  }

  /** Until the key frames around what is wanted are known. While one question is open no other is asked, however fast a handle is dragged. */
  async function look(): Promise<void> {
    if (isLooking) {
      return;
    }
    isLooking = true;
    let before: number | undefined;
    for (;;) {
      const { wanted, known } = store.getState();
      const at = wanted === undefined ? undefined : unknownAt(wanted, recording, known);
      if (at === undefined || at === before) {
        break;
      }
      before = at;
      try {
        await learn(at, NEIGHBOURS);
      } catch {
        // The range stays as it was asked for, which is said; the form that saves it tells why.
        break;
      }
    }
    isLooking = false;
  }

  function want(wanted: Range): void {
    store.setState({ wanted });
    void look();
  }

  async function found(time: number, isForward: boolean): Promise<number | undefined> {
    const find = isForward ? keyFrameAfter : keyFrameBefore;
    const there = find(store.getState().known, time, recording);
    if (there !== undefined) {
      return there;
    }
    await learn(time, STEPS_AHEAD);
    return find(store.getState().known, time, recording);
  }

  async function moved(edge: Edge, seconds: number): Promise<void> {
    const now = snapped(store.getState().wanted ?? all(), recording, store.getState().known);
    const isForward = seconds > 0;
    let target = now[edge] + seconds;
    // Behind a gap the first key frame ends a part where the gap begins, which is where it is: then the next one is meant.
    for (let attempt = 0; attempt < 2; attempt += 1) {
      const time = await found(target, isForward);
      if (time === undefined) {
        return;
      }
      const wanted = { ...now, [edge]: time };
      const next = snapped(wanted, recording, store.getState().known);
      if (next.end <= next.start) {
        return;
      }
      if (Math.abs(next[edge] - now[edge]) >= LEAST_STEP_SECONDS / 2) {
        want(wanted);
        return;
      }
      target = time + seconds;
    }
  }

  return {
    ...store,
    /** What there is to choose of, whenever it has changed. */
    see(seen: SeenRecording): void {
      const shift = ((seen.startMs ?? 0) - (recording.startMs ?? seen.startMs ?? 0)) / 1000;
      recording = seen;
      if (shift !== 0) {
        store.setState(({ wanted }) => ({
          known: [],
          wanted: wanted && { start: wanted.start - shift, end: Math.max(0.1, wanted.end - shift) },
        }));
      }
      void look();
    },
    /** Puts an edge to a time. One that would pass the other sends that to its end. */
    set(edge: Edge, seconds: number): void {
      const wanted = { ...(store.getState().wanted ?? all()), [edge]: seconds };
      want(wanted.start < wanted.end ? wanted : { ...all(), [edge]: seconds });
    },
    /** Both, as a slider gives them. */
    setRange: want,
    /** Moves an edge by so many seconds, forward or back, and on to the next key frame. */
    async step(edge: Edge, seconds: number): Promise<void> {
      // A key that is held down comes again.
      if (isStepping) {
        return;
      }
      isStepping = true;
      try {
        await moved(edge, seconds);
      } catch {
        // As above: a handle that cannot move stays.
      }
      isStepping = false;
    },
    reset(): void {
      store.setState({ wanted: undefined });
    },
  };
}

export type Trim = ReturnType<typeof createTrim>;

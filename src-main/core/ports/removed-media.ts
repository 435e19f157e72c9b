/** Media that were taken back: whatever was made of them goes too, and nothing of it is shown or made again. */
export type RemovedMedia = {
  /** Sequence numbers of segments, both included; `Infinity` as long as more is taken back. */
  readonly fromSequence: number;
  readonly toSequence: number;
  /** Media time in ms: what lies, by some of it, in [fromMs, toMs). */
  readonly fromMs: number;
  readonly toMs: number;
};

type Removing = { readonly removed?: (() => readonly RemovedMedia[]) | undefined };

/** How often something was taken back: what was kept of a presentation before it went up is not to be used any more. */
export function removalsOf(presentation: Removing): number {
  return presentation.removed?.().length ?? 0;
}

/** Whether a segment is one of those. */
export function isRemoved(ranges: readonly RemovedMedia[], sequence: number): boolean {
  return ranges.some(({ fromSequence, toSequence }) => sequence >= fromSequence && sequence <= toSequence);
}

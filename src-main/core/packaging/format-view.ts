import type { Clock } from '../../base/clock.ts';
import type { Answer, NotYet, StreamingResource } from '../ports/packaging.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import type { CarriedOptions } from './address.ts';
import type { EventMessages } from './cues/event-messages.ts';
import type { SegmentProtection } from './encryption/segment-protection.ts';
import type { RowMemory } from './row-memory.ts';
import type { Snapshot } from './snapshot.ts';

/** One family of formats, as it is made of one presentation; it goes with it. */
export type FormatView = {
  /** Throws or rejects with the `AppError` that says why there is nothing. */
  answer(resource: StreamingResource, query: string): Answer | Promise<Answer>;
  /** See `Packager.next`. A format without it tells nothing. */
  next?(resource: StreamingResource): string | undefined;
};

/** What the formats of a presentation have in common. */
export type ViewContext = {
  readonly presentation: Presentation;
  /** How this view of it is encrypted; undefined when it is clear. */
  readonly protection: SegmentProtection | undefined;
  /** What its addresses carry on. */
  readonly carried: CarriedOptions;
  readonly clock: Clock;
  readonly messages: EventMessages;
  /** UTC in whole ms. */
  nowMs(): number;
  /** Where the presentation stands now. The same object until something changes. */
  snapshotNow(): Snapshot;
  /** The rows of a track, those that have just left the window too. */
  rowsOf(window: TrackWindow): RowMemory;
  /**
   * An answer for who comes before the first segment: waits until `isBegun`, then asks `again`. Throws `MPE_RESOURCE_NOT_FOUND` when the
   * broadcast ended before.
   */
  waitForBegin(isBegun: () => boolean, again: () => Answer | Promise<Answer>): NotYet;
};

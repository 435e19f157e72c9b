import type { ObserveRule } from '../../violation.ts';
import type { Mpd } from '../mpd.ts';

export type MpdCheckOptions = {
  /** UTC in ms since 1970 at which `next` was fetched. With it the window and the live edge are checked too. */
  readonly nowMs?: number | undefined;
  /** From when an update is made until all clients get it. 0 when left out. */
  readonly publishingDelaySeconds?: number | undefined;
  /** How far audio and video may miss the edges of Periods and windows: sound cannot be cut anywhere. 0.1 when left out. */
  readonly toleranceSeconds?: number | undefined;
  readonly observe?: ObserveRule | undefined;
};

export type MpdCheck = { readonly mpd: Mpd; readonly toleranceSeconds: number } & MpdCheckOptions;

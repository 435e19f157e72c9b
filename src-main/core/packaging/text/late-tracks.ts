import type { Answer } from '../../ports/packaging.ts';
import type { Presentation, TextTrack, TrackWindow } from '../../ports/presentation.ts';

/** What was added to a recording when it was finished. A broadcast, and one that has just ended, is shown without it. */
export type LateTracks = {
  /** Sound that is in no manifest, but at its addresses. */
  readonly hidden: readonly TrackWindow[];
  readonly texts: readonly TextTrack[];
};

export const NO_LATE_TRACKS: LateTracks = { hidden: [], texts: [] };

/** For how long their media are kept: not for good, because a name may be used again after a track was deleted. */
export const LATE_TRACK_SECONDS = 60;

/** The tracks that manifests may list, and what else there is. `all` are those of the presentation as they are shown. */
export function splitLateTracks<T extends TrackWindow>(
  presentation: Presentation,
  all: readonly T[],
): LateTracks & { readonly tracks: readonly T[] } {
  const texts = presentation.texts?.() ?? [];
  const hidden = all.filter(({ track }) => track.shownAs?.hidden === true);
  return { tracks: hidden.length === 0 ? all : all.filter((window) => !hidden.includes(window)), hidden, texts };
}

export function isRecorded({ track }: TrackWindow): boolean {
  return track.shownAs === undefined;
}

export function visibleTexts({ texts }: LateTracks): readonly TextTrack[] {
  return texts.filter(({ shownAs }) => !shownAs.hidden);
}

/** Whatever a manifest says of added tracks. */
export function lateTracksKey(tracks: readonly TrackWindow[], late: LateTracks): string {
  const sounds = tracks
    .filter((window) => !isRecorded(window))
    .map(({ track }) => [track.id, track.language, track.shownAs]);
  const texts = visibleTexts(late).map(({ id, language, shownAs }) => [id, language, shownAs]);
  return sounds.length + texts.length === 0 ? '' : JSON.stringify([sounds, texts]);
}

/** Media of added sound. */
export async function lateMedia(answer: Answer | Promise<Answer>): Promise<Answer> {
  const found = await answer;
  return found.kind === 'media' ? { ...found, lifetime: LATE_TRACK_SECONDS } : found;
}

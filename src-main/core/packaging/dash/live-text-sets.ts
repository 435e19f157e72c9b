import type { AdaptationSet } from '../../../manifest/dash/adaptation-set.ts';
import { PERIOD_CONNECTIVITY } from '../../../manifest/dash/period.ts';
import { IMSC_CODEC } from '../../../media/cmaf/text-segment.ts';
import { rescale, ticks } from '../../../media/time.ts';
import type { LiveText, Presentation, TrackWindow } from '../../ports/presentation.ts';
import type { Protection } from '../../ports/protection.ts';
import type { DashFormat } from '../../ports/streaming-format.ts';
import { type CarriedOptions, fragmentName, qualityPath } from '../address.ts';
import { textProtectionsOf } from '../encryption/content-protections.ts';
import { textLabels } from '../labels.ts';
import type { RowMemory } from '../row-memory.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import type { Snapshot } from '../snapshot.ts';
import { endMsAt, type TextListing } from '../text/text-listing.ts';
import type { ListedPeriod } from './listed-periods.ts';
import { createSetTimeline, type Listed, type SetTimeline } from './set-timeline.ts';

/** What is listed in a Period of text that is made while it is live. */
export type ListedTextSet = Listed & {
  readonly text: LiveText;
  readonly timeline: SetTimeline;
  readonly ruler: ShownTrack;
};

export type LiveTextSets = {
  /** Of each Period, in their order. */
  list(snapshot: Snapshot, periods: readonly ListedPeriod[]): readonly (readonly ListedTextSet[])[];
  /** `startMs`: media time at which its Period begins; `before`: the one before that has the same text; `written`: stands where its timeline belongs. */
  describe(
    set: ListedTextSet,
    about: {
      readonly all: readonly ListedTextSet[];
      readonly startMs: number;
      readonly before: string | undefined;
      readonly written: string;
    },
  ): AdaptationSet;
};

const ROLE = 'urn:mpeg:dash:role:2011';
/** Above all that are counted for pictures and sound. */
const FIRST_ID = 1001;

export function createLiveTextSets(options: {
  readonly presentation: Presentation;
  readonly rowsOf: (window: TrackWindow) => RowMemory;
  readonly listing: TextListing;
  readonly format: DashFormat;
  readonly carried: CarriedOptions;
  readonly protection: Protection | undefined;
}): LiveTextSets {
  const { presentation, rowsOf, listing, format, carried } = options;
  const contentProtections = textProtectionsOf(options.protection);
  const timelines = new WeakMap<LiveText, { readonly ruler: ShownTrack; readonly timeline: SetTimeline }>();

  function timelineOf(text: LiveText, ruler: ShownTrack): SetTimeline {
    const found = timelines.get(text);
    const kept =
      found?.ruler === ruler
        ? found
        : { ruler, timeline: createSetTimeline({ presentation, window: ruler, rows: rowsOf(ruler) }) };
    timelines.set(text, kept);
    return kept.timeline;
  }

  return {
    list(snapshot, periods) {
      const texts = snapshot.liveTexts.flatMap((text) => {
        const listed = listing.listed(snapshot, text);
        return listed === undefined ? [] : [{ text, ...listed, timeline: timelineOf(text, listed.ruler) }];
      });
      return periods.map(({ lineup }, index) =>
        texts.flatMap(({ text, ruler, to, timeline }): readonly ListedTextSet[] => {
          const end = periods[index + 1]?.lineup.from ?? Number.POSITIVE_INFINITY;
          const { segments } = ruler;
          const isThere = lineup.from < segments.firstSequence + segments.length;
          if (to <= lineup.from && isThere) {
            // The sets of a Period do not change while it lasts (23009-1 §5.4), so it begins with all of them.
            text.closeUntil(endMsAt(ruler, lineup.from));
          }
          const listedTo = Math.min(end, isThere ? Math.max(to, lineup.from + 1) : to);
          const listed = timeline.listed(snapshot, { from: lineup.from, to: listedTo }, ruler);
          return listed.from < listedTo ? [{ text, ruler, timeline, ...listed }] : [];
        }),
      );
    },
    describe(set, { all, startMs, before, written }) {
      const { text, ruler } = set;
      const { id, name, bitrate, language, shownAs } = text;
      const { timescale } = ruler.track;
      const index = all.indexOf(set);
      const labels = textLabels(all.map((one) => one.text));
      const folder = qualityPath('$Bandwidth$');
      return {
        id: FIRST_ID + index,
        contentType: 'text',
        lang: language,
        mimeType: 'application/mp4',
        segmentProfiles: format === 'mpd-time-cmaf' ? ['im1t'] : undefined,
        segmentAlignment: true,
        startWithSap: 1,
        contentProtections,
        supplementalProperties:
          before === undefined ? undefined : [{ schemeIdUri: PERIOD_CONNECTIVITY, value: before }],
        roles: [{ schemeIdUri: ROLE, value: shownAs.role ?? 'subtitle' }],
        labels: [{ text: labels[index] ?? name }],
        segmentTemplate: {
          timescale,
          presentationTimeOffset: rescale(ticks(startMs), 1000, timescale),
          media: `${folder}${fragmentName(name, '$Time$', format, carried)}`,
          initialization: `${folder}${fragmentName(name, 'i', format, carried)}`,
          timeline: { written: [written] },
        },
        representations: [{ id, bandwidth: bitrate, codecs: IMSC_CODEC }],
      };
    },
  };
}

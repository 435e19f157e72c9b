import type { MediaFilter } from '../../../src-main/shared/api/filters.ts';
import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';
import { isoOf, localOf } from './local-time.ts';
import { areRowsGood, rowsOf, type TrackRow, tracksOfRows } from './track-rows.ts';

/** What is typed in the form of a filter; what is left empty is not filtered by. */
export type FilterDraft = {
  /** kbit/s. */
  readonly firstQuality: string;
  /** Seconds. */
  readonly window: string;
  readonly backoff: string;
  /** Times of day, as fields for them hold them. */
  readonly start: string;
  readonly end: string;
  /** That the end counts while it is live, too. */
  readonly endsLive: boolean;
  /** Which tracks: by the two fields below, or by rows of one's own. What is typed for the other stays. */
  readonly choice: 'usual' | 'own';
  /** A BCP 47 tag. */
  readonly language: string;
  /** kbit/s. */
  readonly mostBitrate: string;
  readonly rows: readonly TrackRow[];
};

export const EMPTY_FILTER: FilterDraft = {
  firstQuality: '',
  window: '',
  backoff: '',
  start: '',
  end: '',
  endsLive: true,
  choice: 'usual',
  language: '',
  mostBitrate: '',
  rows: [],
};

/** What AMS counts in: ticks of 100 ns. */
const TIMESCALE = 10_000_000;
/** Ticks per second have 32 bits. */
const MOST_TIMESCALE = 4_294_967_295;
/** Spec 5.4, in ms; no archive is longer than a year. */
const LEAST_WINDOW = 60_000;
const MOST_WINDOW = 31_622_400_000;
const MOST_BACKOFF = 300_000;
/** Bits per second that a condition can name have ten digits; kbit/s are typed. */
const MOST_KILOBITS = 9_999_999;

export type FilterFault = 'kilobits' | 'window' | 'backoff' | 'backoffWindow' | 'end' | 'language' | 'rows';
export type FilterFaults = { readonly [F in keyof FilterDraft]?: FilterFault };

/** A filter that is there, as the form shows it. */
export function filterDraftOf({ firstQuality, presentationTimeRange: range, tracks }: MediaFilter): FilterDraft {
  const seconds = (ticks: string | number | undefined): string =>
    range === undefined || ticks === undefined ? '' : String(Number(ticks) / range.timescale);
  const time = (ticks: string | number | undefined): string =>
    range === undefined || ticks === undefined
      ? ''
      : localOf(Math.round((1000 * Number(ticks)) / range.timescale));
  const usual = usualOf(tracks);
  return {
    firstQuality: firstQuality === undefined ? '' : kilobitsOf(firstQuality.bitrate),
    window: seconds(range?.presentationWindowDuration),
    backoff: seconds(range?.liveBackoffDuration),
    start: time(range?.startTimestamp),
    end: time(range?.endTimestamp),
    endsLive: range?.endTimestamp === undefined || range.forceEndTimestamp,
    choice: usual === undefined ? 'own' : 'usual',
    language: usual?.language ?? '',
    mostBitrate: usual?.mostBitrate ?? '',
    rows: usual === undefined ? rowsOf(tracks) : [],
  };
}

/** The two fields that would make these rows; undefined when none do. */
function usualOf(tracks: MediaFilter['tracks']): Pick<FilterDraft, 'language' | 'mostBitrate'> | undefined {
  const conditions = tracks.flatMap(({ trackSelections }) => trackSelections);
  const valueOf = (name: string): string => conditions.find(({ property }) => property === name)?.value ?? '';
  const mostBitrate = /^0-(\d+)$/.exec(valueOf('Bitrate'))?.[1];
  const fields = {
    language: valueOf('Language'),
    mostBitrate: mostBitrate === undefined ? '' : kilobitsOf(Number(mostBitrate)),
  };
  return areSame(usualTracks(fields), tracks) ? fields : undefined;
}

/** What is wrong with which field, before the service is asked. What was there `before` and is as it was is not looked at: the service has it. */
export function filterFaults(draft: FilterDraft, before?: FilterDraft): FilterFaults {
  const window = millisecondsOf(draft.window);
  const backoff = millisecondsOf(draft.backoff);
  const [start, end] = [isoOf(draft.start), isoOf(draft.end)];
  const isNew = (...fields: readonly (keyof FilterDraft)[]): boolean =>
    before === undefined || fields.some((field) => !areSame(draft[field], before[field]));
  const isUsual = draft.choice === 'usual';
  return {
    ...(!isNew('firstQuality') || isKilobits(draft.firstQuality) ? {} : { firstQuality: 'kilobits' }),
    ...(!isUsual || isKilobits(draft.mostBitrate) ? {} : { mostBitrate: 'kilobits' }),
    ...(!isNew('window') || isWindow(window) ? {} : { window: 'window' }),
    ...(isNew('backoff', 'window') ? backoffFault(backoff, window) : {}),
    ...(!isNew('start', 'end') || start === undefined || end === undefined || Date.parse(start) < Date.parse(end)
      ? {}
      : { end: 'end' }),
    ...(!isUsual || isLanguage(draft.language.trim()) ? {} : { language: 'language' }),
    ...(isUsual || areRowsGood(draft.rows) ? {} : { rows: 'rows' }),
  };
}

function isWindow(window: number | undefined): boolean {
  return window === undefined || (window >= LEAST_WINDOW && window <= MOST_WINDOW);
}

function backoffFault(backoff: number | undefined, window: number | undefined): FilterFaults {
  if (backoff === undefined) {
    return {};
  }
  if (!(backoff > 0 && backoff <= MOST_BACKOFF)) {
    return { backoff: 'backoff' };
  }
  return window !== undefined && backoff >= window ? { backoff: 'backoffWindow' } : {};
}

/**
 * Of a draft without faults. Of a filter that was there `before`, what the form left as it was stays to the letter: ticks that no field could
 * hold, their timescale, the spelling of numbers.
 */
export function filterOf(draft: FilterDraft, before?: MediaFilter): BodyInputOf<'putAccountFilter'> {
  const shown = before === undefined ? EMPTY_FILTER : filterDraftOf(before);
  const bitrate = numberOf(draft.firstQuality);
  const firstQuality =
    draft.firstQuality === shown.firstQuality
      ? before?.firstQuality
      : bitrate === undefined
        ? undefined
        : { bitrate: Math.round(1000 * bitrate) };
  const range = rangeOf(draft, shown, before?.presentationTimeRange);
  return {
    ...(firstQuality === undefined ? {} : { firstQuality }),
    ...(range === undefined ? {} : { presentationTimeRange: range }),
    tracks: draft.choice === 'own' ? tracksOfRows(draft.rows) : usualTracks(draft),
  };
}

type Range = NonNullable<MediaFilter['presentationTimeRange']>;

const TICKS = {
  start: 'startTimestamp',
  end: 'endTimestamp',
  window: 'presentationWindowDuration',
  backoff: 'liveBackoffDuration',
} as const satisfies { readonly [F in keyof FilterDraft]?: keyof Range };
const TICK_FIELDS = ['start', 'end', 'window', 'backoff'] as const;

function rangeOf(draft: FilterDraft, shown: FilterDraft, before: Range | undefined): Range | undefined {
  if ([...TICK_FIELDS, 'endsLive' as const].every((field) => draft[field] === shown[field])) {
    return before;
  }
  const isKept = (field: (typeof TICK_FIELDS)[number]): boolean => draft[field] === shown[field];
  const typed = {
    start: momentOf(draft.start),
    end: momentOf(draft.end),
    window: millisecondsOf(draft.window),
    backoff: millisecondsOf(draft.backoff),
  };
  const scale = before?.timescale ?? TIMESCALE;
  // Ticks as coarse as a second cannot hold what was typed: then all are counted in finer ones.
  const isTooCoarse = TICK_FIELDS.some(
    (field) =>
      !isKept(field) &&
      (BigInt(typed[field] ?? 0) * BigInt(scale)) % 1000n !== 0n &&
      1000 * scale <= MOST_TIMESCALE,
  );
  const factor = isTooCoarse ? 1000 : 1;
  const ticks = (field: (typeof TICK_FIELDS)[number]): string | number | undefined => {
    const kept = before?.[TICKS[field]];
    const milliseconds = typed[field];
    if (isKept(field)) {
      return kept === undefined || factor === 1 ? kept : String(BigInt(kept) * BigInt(factor));
    }
    return milliseconds === undefined ? undefined : ticksOf(milliseconds, scale * factor);
  };
  const range: Range = { timescale: scale * factor, forceEndTimestamp: false };
  for (const field of TICK_FIELDS) {
    const value = ticks(field);
    if (value !== undefined) {
      range[TICKS[field]] = value;
    }
  }
  if (TICK_FIELDS.every((field) => range[TICKS[field]] === undefined)) {
    return undefined;
  }
  return range.endTimestamp === undefined ? range : { ...range, forceEndTimestamp: draft.endsLive };
}

/**
 * A track is in when it meets all conditions of one row, so that a row which names sound would leave out all pictures: each kind gets a row of
 * its own, with conditions or without.
 */
export function usualTracks(draft: Pick<FilterDraft, 'language' | 'mostBitrate'>): MediaFilter['tracks'] {
  const language = draft.language.trim();
  const mostBitrate = numberOf(draft.mostBitrate);
  if (language === '' && mostBitrate === undefined) {
    return [];
  }
  const equal = (property: 'Type' | 'Language' | 'Bitrate', value: string) =>
    ({ property, operation: 'Equal', value }) as const;
  return [
    {
      trackSelections: [
        equal('Type', 'video'),
        ...(mostBitrate === undefined ? [] : [equal('Bitrate', `0-${Math.round(1000 * mostBitrate)}`)]),
      ],
    },
    { trackSelections: [equal('Type', 'audio'), ...(language === '' ? [] : [equal('Language', language)])] },
    { trackSelections: [equal('Type', 'text')] },
  ];
}

/** Ticks since 1970 pass 2^53, hence text. */
function ticksOf(milliseconds: number, timescale: number): string {
  return String((BigInt(milliseconds) * BigInt(timescale)) / 1000n);
}

function momentOf(local: string): number | undefined {
  const iso = isoOf(local);
  return iso === undefined ? undefined : Date.parse(iso);
}

/** Of bits per second, with as many digits as it takes to be the same again. */
function kilobitsOf(bitsPerSecond: number): string {
  return String(bitsPerSecond / 1000);
}

function areSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** Undefined for nothing typed, NaN for what is no number. */
function numberOf(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.');
  return text === '' ? undefined : Number(text);
}

/** Of typed seconds. */
function millisecondsOf(typed: string): number | undefined {
  const seconds = numberOf(typed);
  return seconds === undefined ? undefined : Math.round(1000 * seconds);
}

function isKilobits(typed: string): boolean {
  const value = numberOf(typed);
  return value === undefined || (value >= 1 && value <= MOST_KILOBITS);
}

function isLanguage(tag: string): boolean {
  try {
    return tag === '' || Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}

import type { MediaFilter } from '../../../src-main/shared/api/filters.ts';
import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';
import { isoOf } from './local-time.ts';

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
  /** A BCP 47 tag. */
  readonly language: string;
  /** kbit/s. */
  readonly mostBitrate: string;
};

export const EMPTY_FILTER: FilterDraft = {
  firstQuality: '',
  window: '',
  backoff: '',
  start: '',
  end: '',
  endsLive: true,
  language: '',
  mostBitrate: '',
};

/** What AMS counts in: ticks of 100 ns. */
const TICKS_PER_MS = 10_000n;
const TIMESCALE = 10_000_000;
/** Spec 5.4, in ms; no archive is longer than a year. */
const LEAST_WINDOW = 60_000;
const MOST_WINDOW = 31_622_400_000;
const MOST_BACKOFF = 300_000;
/** Bits per second that a condition can name have ten digits; kbit/s are typed. */
const MOST_KILOBITS = 9_999_999;

export type FilterFault = 'kilobits' | 'window' | 'backoff' | 'backoffWindow' | 'end' | 'language';
export type FilterFaults = { readonly [F in keyof FilterDraft]?: FilterFault };

/** What is wrong with which field, before the service is asked. */
export function filterFaults(draft: FilterDraft): FilterFaults {
  const window = millisecondsOf(draft.window);
  const backoff = millisecondsOf(draft.backoff);
  const [start, end] = [isoOf(draft.start), isoOf(draft.end)];
  return {
    ...(isKilobits(draft.firstQuality) ? {} : { firstQuality: 'kilobits' }),
    ...(isKilobits(draft.mostBitrate) ? {} : { mostBitrate: 'kilobits' }),
    ...(window === undefined || (window >= LEAST_WINDOW && window <= MOST_WINDOW) ? {} : { window: 'window' }),
    ...backoffFault(backoff, window),
    ...(start === undefined || end === undefined || Date.parse(start) < Date.parse(end) ? {} : { end: 'end' }),
    ...(isLanguage(draft.language.trim()) ? {} : { language: 'language' }),
  };
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

/** Of a draft without faults. */
export function filterOf(draft: FilterDraft): BodyInputOf<'putAccountFilter'> {
  const firstQuality = numberOf(draft.firstQuality);
  const range = rangeOf(draft);
  return {
    ...(firstQuality === undefined ? {} : { firstQuality: { bitrate: Math.round(1000 * firstQuality) } }),
    ...(range === undefined ? {} : { presentationTimeRange: range }),
    tracks: tracksOf(draft),
  };
}

function rangeOf(draft: FilterDraft): BodyInputOf<'putAccountFilter'>['presentationTimeRange'] {
  const window = millisecondsOf(draft.window);
  const backoff = millisecondsOf(draft.backoff);
  const [start, end] = [isoOf(draft.start), isoOf(draft.end)];
  if (window === undefined && backoff === undefined && start === undefined && end === undefined) {
    return undefined;
  }
  return {
    timescale: TIMESCALE,
    ...(start === undefined ? {} : { startTimestamp: ticksOf(Date.parse(start)) }),
    ...(end === undefined ? {} : { endTimestamp: ticksOf(Date.parse(end)), forceEndTimestamp: draft.endsLive }),
    ...(window === undefined ? {} : { presentationWindowDuration: ticksOf(window) }),
    ...(backoff === undefined ? {} : { liveBackoffDuration: ticksOf(backoff) }),
  };
}

/**
 * A track is in when it meets all conditions of one row, so that a row which names sound would leave out all pictures: each kind gets a row of
 * its own, with conditions or without.
 */
function tracksOf(draft: FilterDraft): MediaFilter['tracks'] {
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
function ticksOf(milliseconds: number): string {
  return String(BigInt(milliseconds) * TICKS_PER_MS);
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

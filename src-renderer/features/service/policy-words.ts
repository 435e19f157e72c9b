import type { TFunction } from 'i18next';
import { type ContentKeyPolicy } from '../../../src-main/shared/api/content-key-policies.ts';
import type { MediaFilter, TrackCondition } from '../../../src-main/shared/api/filters.ts';
import { PREDEFINED_POLICIES, type StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';
import { parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { policyOffers } from './policies.ts';

/** How figures are written in the language of the page. */
export type Figures = {
  readonly bitrate: (bitsPerSecond: number) => string;
  readonly duration: (seconds: number) => string;
  readonly dateAndTime: (iso: string) => string;
};

export function isPredefined({ name }: Pick<StreamingPolicy, 'name'>): boolean {
  return PREDEFINED_POLICIES.some((known) => known === name);
}

/** In which forms a policy lets an asset out: `HLS, DASH with AES-128`; by common encryption also for which licences. */
export function offerWords(t: TFunction, policy: StreamingPolicy): string {
  return policyOffers(policy)
    .map(({ protection, formats, systems }) => {
      const isBare = protection.startsWith('common') && systems === '';
      return t(`service.protection.${protection}`, {
        formats,
        how: isBare ? t('service.protection.noSystem') : t('service.protection.systems', { systems }),
      });
    })
    .join('; ');
}

/** How long each key of a policy is good, once for each length: `a new key every hour`. */
export function rotationWords(t: TFunction, figures: Figures, policy: StreamingPolicy): readonly string[] {
  const { envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs } = policy;
  const words = [envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs].flatMap((section) =>
    section?.keyRotation === undefined
      ? []
      : [
          t('policies.streaming.rotates', {
            time: figures.duration(parseIsoDuration(section.keyRotation.interval) ?? 0),
          }),
        ],
  );
  return [...new Set(words)];
}

/** Who gets keys under it, once for each way of being let in. */
export function keyWords(t: TFunction, { options }: Pick<ContentKeyPolicy, 'options'>): string {
  const ways = options.map(({ restriction }) =>
    restriction.kind === 'Open'
      ? t('policies.keys.everyone')
      : t('policies.keys.withToken', { issuer: restriction.issuer, audience: restriction.audience }),
  );
  return [...new Set(ways), t('policies.keys.options', { count: options.length })].join(' · ');
}

/** What a filter leaves, part by part. */
export function filterWords(t: TFunction, figures: Figures, filter: MediaFilter): readonly string[] {
  const { firstQuality, presentationTimeRange: range, tracks } = filter;
  const words = [
    ...(firstQuality === undefined
      ? []
      : [t('policies.filters.first', { bitrate: figures.bitrate(firstQuality.bitrate) })]),
    ...(range === undefined ? [] : rangeWords(t, figures, range)),
    ...(tracks.length === 0
      ? []
      : [
          t('policies.filters.tracks', {
            tracks: tracks
              .map(({ trackSelections }) =>
                trackSelections.map((one) => conditionWords(t, figures, one)).join(', '),
              )
              .join('; '),
          }),
        ]),
  ];
  return words.length === 0 ? [t('policies.filters.everything')] : words;
}

function rangeWords(
  t: TFunction,
  figures: Figures,
  range: NonNullable<MediaFilter['presentationTimeRange']>,
): readonly string[] {
  const seconds = (ticks: string | number): number => Number(ticks) / range.timescale;
  const time = (ticks: string | number): string => timeWords(figures, seconds(ticks));
  const { startTimestamp, endTimestamp, presentationWindowDuration, liveBackoffDuration } = range;
  return [
    ...(startTimestamp === undefined ? [] : [t('policies.filters.from', { time: time(startTimestamp) })]),
    ...(endTimestamp === undefined ? [] : [t('policies.filters.until', { time: time(endTimestamp) })]),
    ...(presentationWindowDuration === undefined
      ? []
      : [t('policies.filters.window', { time: figures.duration(seconds(presentationWindowDuration)) })]),
    ...(liveBackoffDuration === undefined
      ? []
      : [t('policies.filters.backoff', { time: figures.duration(seconds(liveBackoffDuration)) })]),
  ];
}

/** Latest instant that a `Date` can hold, ECMA-262 §21.4.1.1; a filter may name one that is later. */
const MOST_SECONDS = 8.64e12;

function timeWords(figures: Figures, seconds: number): string {
  return seconds > MOST_SECONDS ? `${seconds} s` : figures.dateAndTime(new Date(1000 * seconds).toISOString());
}

function conditionWords(t: TFunction, figures: Figures, { property, operation, value }: TrackCondition): string {
  const said =
    property === 'Type'
      ? t(`policies.filters.type.${value.toLowerCase()}`, { defaultValue: value })
      : property === 'Bitrate'
        ? bitrateWords(t, figures, value)
        : t(`policies.filters.property.${property}`, { value });
  return operation === 'Equal' ? said : t('policies.filters.not', { condition: said });
}

/** `128000`, `0-2427000`, `128000-`, `-128000`. */
function bitrateWords(t: TFunction, figures: Figures, value: string): string {
  const [low = '', high] = value.split('-');
  if (high === undefined) {
    return figures.bitrate(Number(low));
  }
  if (high === '') {
    return t('policies.filters.atLeast', { bitrate: figures.bitrate(Number(low)) });
  }
  return Number(low) === 0
    ? t('policies.filters.atMost', { bitrate: figures.bitrate(Number(high)) })
    : t('policies.filters.between', { low: figures.bitrate(Number(low)), high: figures.bitrate(Number(high)) });
}

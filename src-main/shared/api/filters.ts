import { z } from 'zod';
import { isoTime } from './common.ts';

/** It stands in addresses (`filter=a;b`), so it has none of their signs. */
export const filterName = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'must be letters, digits, dots, underscores and hyphens');

const MAX_INT64 = 2n ** 63n - 1n;

/** An int64: as text, because ticks of media time pass 2^53; a number is taken too. */
const int64 = z.union([
  z
    .string()
    .regex(/^\d{1,19}$/, 'must be a whole number')
    .refine((text) => BigInt(text) <= MAX_INT64, 'must be less than 2^63'),
  z
    .number()
    .nonnegative()
    .refine((value) => Number.isInteger(value) && value < 2 ** 63, 'must be a whole number less than 2^63'),
]);

const BITRATES = /^(\d{1,10})?(-)?(\d{1,10})?$/;

export const trackCondition = z
  .strictObject({
    property: z.enum(['Type', 'Name', 'Language', 'FourCC', 'Bitrate']),
    operation: z.enum(['Equal', 'NotEqual']),
    /** `video`, `audio`, `text`; a name; a BCP 47 tag; `avc1`, `hvc1`, `mp4a`…; bits per second: `128000`, `0-2427000`, `128000-`. */
    value: z.string().min(1).max(256),
  })
  .refine(
    ({ property, value }) => property !== 'Type' || ['video', 'audio', 'text'].includes(value.toLowerCase()),
    { message: 'must be video, audio or text', path: ['value'] },
  )
  .refine(({ property, value }) => property !== 'Bitrate' || isBitrate(value), {
    message: 'must be bits per second (128000) or a range of them (0-2427000)',
    path: ['value'],
  });
export type TrackCondition = z.infer<typeof trackCondition>;

function isBitrate(value: string): boolean {
  const [, low, dash, high] = BITRATES.exec(value) ?? [];
  if (low === undefined && high === undefined) {
    return false;
  }
  return low === undefined || high === undefined || (dash !== undefined && Number(low) <= Number(high));
}

const presentationTimeRange = z
  .strictObject({
    /** Ticks of `timescale` on the timeline of the media, as manifests show them (UTC since 1970). Rounded to the next key frame. */
    startTimestamp: int64.optional(),
    /** The segment that it falls into is still in. While it is live it counts only with `forceEndTimestamp`. */
    endTimestamp: int64.optional(),
    /** Live: how far back from the edge, at least 60 s. */
    presentationWindowDuration: int64.optional(),
    /** Live: how far before the edge viewers stay, at most 300 s. */
    liveBackoffDuration: int64.optional(),
    /** Ticks per second. */
    timescale: z.number().int().min(1).max(4_294_967_295).default(10_000_000),
    /** Live: it ends at `endTimestamp`. */
    forceEndTimestamp: z.boolean().default(false),
  })
  .superRefine((range, context) => {
    const refuse = (field: string, message: string): void =>
      context.addIssue({ code: 'custom', message, path: [field] });
    const seconds = (ticks: string | number): number => Number(ticks) / range.timescale;
    const { startTimestamp, endTimestamp, presentationWindowDuration, liveBackoffDuration } = range;
    if (
      startTimestamp !== undefined &&
      endTimestamp !== undefined &&
      BigInt(startTimestamp) >= BigInt(endTimestamp)
    ) {
      refuse('endTimestamp', 'must be later than startTimestamp');
    }
    if (presentationWindowDuration !== undefined && seconds(presentationWindowDuration) < 60) {
      refuse('presentationWindowDuration', 'must be 60 s or more');
    }
    if (liveBackoffDuration !== undefined && seconds(liveBackoffDuration) > 300) {
      refuse('liveBackoffDuration', 'must be 300 s or less');
    }
    if (
      presentationWindowDuration !== undefined &&
      liveBackoffDuration !== undefined &&
      BigInt(liveBackoffDuration) >= BigInt(presentationWindowDuration)
    ) {
      refuse('liveBackoffDuration', 'must be shorter than presentationWindowDuration');
    }
    if (range.forceEndTimestamp && endTimestamp === undefined) {
      refuse('forceEndTimestamp', 'needs endTimestamp');
    }
  });

/** What a filter says (spec 5.4); the same for a whole account and for one asset. */
export const filterContent = z.strictObject({
  /** Bits per second of the quality that players begin with. */
  firstQuality: z.strictObject({ bitrate: z.number().int().min(1) }).optional(),
  presentationTimeRange: presentationTimeRange.optional(),
  /** A track is in that meets all conditions of any of them. Without any, all are. */
  tracks: z
    .array(z.strictObject({ trackSelections: z.array(trackCondition).min(1).max(32) }))
    .max(64)
    .default([]),
});
export type FilterContent = z.infer<typeof filterContent>;

export const mediaFilter = z.strictObject({
  name: filterName,
  ...filterContent.shape,
  created: isoTime,
  lastModified: isoTime,
});
export type MediaFilter = z.infer<typeof mediaFilter>;

import fc from 'fast-check';
import { compact } from '../../../../src-main/manifest/compact.ts';
import type { MediaPlaylist } from '../../../../src-main/manifest/hls/media-playlist.ts';
import type { MediaSegment, SegmentTags } from '../../../../src-main/manifest/hls/media-segment.ts';
import type { MultivariantPlaylist } from '../../../../src-main/manifest/hls/multivariant-playlist.ts';
import type { DateRange } from '../../../../src-main/manifest/hls/tags/date-range.ts';
import type { Define } from '../../../../src-main/manifest/hls/tags/define.ts';
import type { EncryptionKey } from '../../../../src-main/manifest/hls/tags/key.ts';
import type { Rendition } from '../../../../src-main/manifest/hls/tags/media.ts';
import { some } from '../some.ts';

/**
 * Playlists of every shape that the writer can write, for tests that write and read back. Cloned, because records of fast-check have no
 * prototype and plain objects have one.
 */

/** Values that are written with six decimals exactly. */
const seconds = fc.integer({ min: 0, max: 100_000_000 }).map((micro) => micro / 1e6);
const count = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const dateMs = fc.integer({ min: 0, max: 4_102_444_800_000 });
const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 });
const flag = fc.constant(true as const);

/** Any text that a quoted-string can hold. */
const text = fc.string({ unit: 'grapheme', maxLength: 30 }).map((words) => words.replace(/["\p{Cc}]/gu, '-'));
const word = fc.stringMatching(/^[A-Za-z0-9._/-]{1,20}$/);
const uri = fc
  .tuple(
    word,
    fc.string({ unit: 'grapheme', maxLength: 20 }).map((words) => words.replace(/[\p{Cc}"]/gu, '~')),
  )
  .map((parts) => parts.join(''));

const defines: fc.Arbitrary<readonly Define[]> = fc.uniqueArray(
  fc.oneof(
    fc.record({ kind: fc.constant('value' as const), name: fc.stringMatching(/^[\w-]{1,8}$/), value: text }),
    fc.record({
      kind: fc.constantFrom('import' as const, 'query-parameter' as const),
      name: fc.stringMatching(/^[\w-]{1,8}$/),
    }),
  ),
  { selector: ({ name }) => name, minLength: 1, maxLength: 3 },
);

const key: fc.Arbitrary<EncryptionKey> = fc
  .tuple(
    fc.constantFrom('AES-128', 'SAMPLE-AES', 'SAMPLE-AES-CTR', 'AES-256-GCM'),
    uri,
    some<EncryptionKey>({
      method: fc.constant('AES-128'),
      uri,
      iv: fc.uint8Array({ minLength: 16, maxLength: 16 }),
      keyFormat: text,
      keyFormatVersions: fc.array(fc.integer({ min: 1, max: 99 }), { minLength: 1, maxLength: 3 }),
      keyId: bytes,
    }),
  )
  .map(([method, keyUri, { iv, ...rest }]) => {
    const takesIv = iv !== undefined && (method === 'AES-128' || method === 'SAMPLE-AES');
    return { ...rest, ...(takesIv ? { iv } : {}), method, uri: keyUri };
  });

const dateRange: fc.Arbitrary<DateRange> = fc
  .tuple(
    text,
    some<DateRange>({
      id: text,
      class: text,
      startDateMs: dateMs,
      cue: fc.subarray(['PRE', 'POST', 'ONCE'] as const, { minLength: 1 }),
      endDateMs: dateMs,
      durationSeconds: seconds,
      plannedDurationSeconds: seconds,
      scte35Command: bytes,
      scte35Out: bytes,
      scte35In: bytes,
      endOnNext: flag,
      extensions: fc.dictionary(
        fc.stringMatching(/^X-[A-Z0-9-]{1,12}$/),
        fc.oneof(
          text,
          fc.integer({ min: -1e9, max: 1e9 }).map((n) => n / 1000),
          bytes,
        ),
        { minKeys: 1, maxKeys: 3, noNullPrototype: true },
      ),
    }),
  )
  .map(([id, rest]) => ({ ...rest, id }));

const byteRange = fc.record({ length: count, offset: count });

const part = fc
  .tuple(uri, seconds, some({ independent: flag, byteRange, gap: flag }))
  .map(([partUri, durationSeconds, rest]) => ({ uri: partUri, durationSeconds, ...rest }));

const segmentTags: fc.Arbitrary<SegmentTags> = some<Omit<SegmentTags, 'keysCoverMap'>>({
  discontinuity: flag,
  map: fc.tuple(uri, some({ byteRange })).map(([mapUri, rest]) => ({ uri: mapUri, ...rest })),
  keys: fc.array(fc.oneof(key, fc.constant({ method: 'NONE' as const })), { minLength: 1, maxLength: 2 }),
  programDateTimeMs: dateMs,
  bitrateKbps: count,
  dateRanges: fc.array(dateRange, { minLength: 1, maxLength: 2 }),
  cues: fc.array(fc.record({ id: text, type: text, durationSeconds: seconds, timeSeconds: seconds, cue: text }), {
    minLength: 1,
    maxLength: 2,
  }),
  unknownTags: fc.array(
    word.map((name) => `#EXT-X-UNKNOWN-${name}`),
    { minLength: 1, maxLength: 2 },
  ),
  gap: flag,
  parts: fc.array(part, { minLength: 1, maxLength: 3 }),
}).chain((tags) =>
  tags.map === undefined || tags.keys === undefined
    ? fc.constant(tags)
    : fc.boolean().map((covers) => (covers ? { ...tags, keysCoverMap: true } : tags)),
);

const title = text.filter((words) => words.trim() !== '');

const segment: fc.Arbitrary<MediaSegment> = fc
  .tuple(segmentTags, seconds, uri, some({ title, byteRange }))
  .map(([tags, durationSeconds, segmentUri, rest]) => ({ ...tags, durationSeconds, uri: segmentUri, ...rest }));

/** What would be read into the header when it stood first in the playlist stays out of the first segment. */
function withoutHeaderTags<T extends SegmentTags>(tags: T): T {
  return compact({ ...tags, dateRanges: undefined, unknownTags: undefined });
}

export const mediaPlaylist: fc.Arbitrary<MediaPlaylist> = fc
  .tuple(
    fc.integer({ min: 1, max: 20 }),
    count,
    fc.array(segment, { maxLength: 5 }),
    some<Omit<MediaPlaylist, 'version' | 'segments' | 'mediaSequence' | 'targetDurationSeconds'>>({
      independentSegments: flag,
      start: fc
        .tuple(fc.integer({ min: -1e9, max: 1e9 }), some({ precise: fc.boolean() }))
        .map(([milli, rest]) => ({ timeOffsetSeconds: milli / 1000, ...rest })),
      defines,
      serverControl: some({
        canBlockReload: flag,
        canSkipUntilSeconds: seconds,
        canSkipDateRanges: flag,
        holdBackSeconds: seconds,
        partHoldBackSeconds: seconds,
      }).filter((control) => Object.keys(control).length > 0),
      partTargetSeconds: seconds,
      discontinuitySequence: count,
      playlistType: fc.constantFrom('EVENT', 'VOD'),
      iFramesOnly: flag,
      allowCache: fc.boolean(),
      unknownTags: fc.array(
        word.map((name) => `#EXT-X-UNKNOWN-${name}`),
        { minLength: 1, maxLength: 2 },
      ),
      skip: fc
        .tuple(count, some({ recentlyRemovedDateRanges: fc.array(word, { maxLength: 3 }) }))
        .map(([skippedSegments, rest]) => ({ skippedSegments, ...rest })),
      dateRanges: fc.array(dateRange, { minLength: 1, maxLength: 2 }),
      open: segmentTags.filter((tags) => Object.keys(tags).length > 0),
      preloadHints: fc.array(
        fc
          .tuple(fc.constantFrom('PART', 'MAP'), uri, some({ byteRangeStart: count, byteRangeLength: count }))
          .map(([type, hintUri, rest]) => ({ type, uri: hintUri, ...rest })),
        { minLength: 1, maxLength: 2 },
      ),
      renditionReports: fc.array(
        fc
          .tuple(uri, some({ lastMediaSequence: count, lastPart: count }))
          .map(([reportUri, rest]) => ({ uri: reportUri, ...rest })),
        { minLength: 1, maxLength: 2 },
      ),
      endList: flag,
    }),
  )
  .map(([targetDurationSeconds, mediaSequence, segments, rest]) => {
    const [first, ...others] = segments;
    const { open, ...withoutOpen } = rest;
    const base = { ...withoutOpen, targetDurationSeconds, mediaSequence };
    if (first !== undefined) {
      return { ...base, segments: [withoutHeaderTags(first), ...others], ...(open ? { open } : {}) };
    }
    const alone = open && withoutHeaderTags(open);
    return { ...base, segments: [], ...(alone && Object.keys(alone).length > 0 ? { open: alone } : {}) };
  })
  .map((playlist) => structuredClone(playlist));

const renditionOptions = {
  language: word,
  associatedLanguage: word,
  stableRenditionId: word,
  characteristics: fc.array(word, { minLength: 1, maxLength: 3 }),
};

const rendition: fc.Arbitrary<Rendition> = fc
  .tuple(
    fc.oneof(
      fc.record(
        {
          type: fc.constant('AUDIO' as const),
          uri,
          bitDepth: count,
          sampleRate: count,
          channels: word,
          instreamId: word,
        },
        { requiredKeys: ['type'] },
      ),
      fc.record({ type: fc.constant('VIDEO' as const), uri, instreamId: word }, { requiredKeys: ['type'] }),
      fc.record(
        { type: fc.constant('SUBTITLES' as const), uri, forced: flag, instreamId: word },
        { requiredKeys: ['type', 'uri'] },
      ),
      fc.record({ type: fc.constant('CLOSED-CAPTIONS' as const), instreamId: word }),
    ),
    fc.record({ groupId: text, name: text }),
    some(renditionOptions),
    fc.constantFrom({}, { autoSelect: true }, { autoSelect: true, isDefault: true }),
  )
  .map(([own, names, options, choice]) => ({ ...own, ...names, ...options, ...choice }));

const variantOptions = {
  averageBandwidth: count,
  score: seconds,
  codecs: fc.array(word, { minLength: 1, maxLength: 3 }),
  supplementalCodecs: fc.array(word, { minLength: 1, maxLength: 2 }),
  resolution: fc.record({ width: fc.nat(9999), height: fc.nat(9999) }),
  hdcpLevel: fc.constantFrom('NONE' as const, 'TYPE-0' as const, 'TYPE-1' as const),
  allowedCpc: fc.array(word, { minLength: 1, maxLength: 2 }),
  videoRange: fc.constantFrom('SDR' as const, 'HLG' as const, 'PQ' as const),
  reqVideoLayout: fc.array(word, { minLength: 1, maxLength: 2 }),
  stableVariantId: word,
  video: text,
  pathwayId: text,
};

export const multivariantPlaylist: fc.Arbitrary<MultivariantPlaylist> = fc
  .tuple(
    fc.record({
      renditions: fc.array(rendition, { maxLength: 3 }),
      variants: fc.array(
        fc
          .tuple(
            fc.record({ uri, bandwidth: count }),
            some(variantOptions),
            some({
              frameRate: fc.integer({ min: 1, max: 240_000 }).map((milli) => milli / 1000),
              audio: text,
              subtitles: text,
              closedCaptions: fc.oneof(fc.constant('none' as const), fc.record({ groupId: text })),
            }),
          )
          .map(([required, common, own]) => ({ ...required, ...common, ...own })),
        { maxLength: 3 },
      ),
      iFrameVariants: fc.array(
        fc.tuple(fc.record({ uri, bandwidth: count }), some(variantOptions)).map(([a, b]) => ({ ...a, ...b })),
        { maxLength: 2 },
      ),
    }),
    some<Omit<MultivariantPlaylist, 'version' | 'renditions' | 'variants' | 'iFrameVariants'>>({
      independentSegments: flag,
      start: fc.constant({ timeOffsetSeconds: -3.25 }),
      defines,
      sessionData: fc.array(
        fc.oneof(
          fc.record({ dataId: text, value: text }),
          fc.record({ dataId: text, uri, language: word }),
          fc.record({ dataId: text, uri, format: fc.constantFrom('JSON' as const, 'RAW' as const) }),
        ),
        { minLength: 1, maxLength: 2 },
      ),
      sessionKeys: fc.array(key, { minLength: 1, maxLength: 2 }),
      contentSteering: fc.record({ serverUri: uri, pathwayId: text }, { requiredKeys: ['serverUri'] }),
      unknownTags: fc.array(
        word.map((name) => `#EXT-X-UNKNOWN-${name}`),
        { minLength: 1, maxLength: 2 },
      ),
    }),
  )
  .map(([required, rest]) => structuredClone({ ...required, ...rest }));

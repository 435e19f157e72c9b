import { isWrittenAsInteger } from '../decimal.ts';
import type { MediaSegment, SegmentTags } from './media-segment.ts';
import type { Define } from './tags/define.ts';
import type { EncryptionKey, Key } from './tags/key.ts';
import type { Rendition } from './tags/media.ts';
import type { Skip } from './tags/skip.ts';
import type { VariantCommon } from './tags/stream-inf.ts';

/** The least EXT-X-VERSION that is true, 8216bis §8. A higher one locks out players that could play (§6.2.1: SHOULD NOT). */

/** What the segments of a media playlist have in them; what is left out is not. A packager knows it without looking at each. */
export type MediaFeatures = {
  readonly decimalDurations?: boolean | undefined;
  readonly byteRanges?: boolean | undefined;
  readonly initSections?: boolean | undefined;
  readonly keyIv?: boolean | undefined;
  /** SAMPLE-AES, or KEYFORMAT or KEYFORMATVERSIONS with any method. */
  readonly sampleEncryption?: boolean | undefined;
};

type VersionedHeader = {
  readonly iFramesOnly?: boolean | undefined;
  readonly defines?: readonly Define[] | undefined;
  readonly skip?: Skip | undefined;
};

export function featuresOf(segments: readonly MediaSegment[], open?: SegmentTags): MediaFeatures {
  const all: readonly SegmentTags[] = open === undefined ? segments : [...segments, open];
  const keys = all.flatMap(({ keys = [] }) => keys);
  return {
    decimalDurations: segments.some(({ durationSeconds }) => !isWrittenAsInteger(durationSeconds)),
    byteRanges: segments.some(({ byteRange }) => byteRange !== undefined),
    initSections: all.some(({ map }) => map !== undefined),
    keyIv: keys.some((key) => encrypts(key) && key.iv !== undefined),
    sampleEncryption: keys.some(
      (key) =>
        encrypts(key) &&
        (key.method.startsWith('SAMPLE-AES') ||
          key.keyFormat !== undefined ||
          key.keyFormatVersions !== undefined),
    ),
  };
}

function encrypts(key: Key): key is EncryptionKey {
  return key.method !== 'NONE';
}

export function mediaVersion(header: VersionedHeader, features: MediaFeatures): number {
  const iFramesOnly = header.iFramesOnly === true;
  const version = highest([
    [2, features.keyIv],
    [3, features.decimalDurations],
    [4, features.byteRanges === true || iFramesOnly],
    [5, features.sampleEncryption],
    [iFramesOnly ? 5 : 6, features.initSections],
    [9, header.skip !== undefined],
    [10, header.skip?.recentlyRemovedDateRanges !== undefined],
  ]);
  return Math.max(version, variablesVersion(header.defines));
}

type VersionedMultivariant = {
  readonly defines?: readonly Define[] | undefined;
  readonly renditions: readonly Rendition[];
  readonly variants: readonly VariantCommon[];
  readonly iFrameVariants: readonly VariantCommon[];
};

export function multivariantVersion(playlist: VersionedMultivariant): number {
  const version = highest([
    [
      7,
      playlist.renditions.some(
        ({ type, instreamId }) => type === 'CLOSED-CAPTIONS' && instreamId.startsWith('SERVICE'),
      ),
    ],
    [
      12,
      [...playlist.variants, ...playlist.iFrameVariants].some((variant) => variant.reqVideoLayout !== undefined),
    ],
    [
      13,
      playlist.renditions.some(({ type, instreamId }) => type !== 'CLOSED-CAPTIONS' && instreamId !== undefined),
    ],
  ]);
  return Math.max(version, variablesVersion(playlist.defines));
}

function variablesVersion(defines: readonly Define[] = []): number {
  return highest([
    [8, defines.length > 0],
    [11, defines.some(({ kind }) => kind === 'query-parameter')],
  ]);
}

function highest(needs: readonly (readonly [version: number, needed: boolean | undefined])[]): number {
  return needs.reduce(
    (version, [candidate, needed]) => (needed === true ? Math.max(version, candidate) : version),
    1,
  );
}

/** Version 1 is what a playlist without the tag has. */
export function writeVersion(version: number): string {
  return version > 1 ? `#EXT-X-VERSION:${version}\n` : '';
}

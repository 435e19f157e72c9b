import { crc32 } from 'node:zlib';
import { assert } from '../../../base/assert.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import type { Presentation, TrackWindow } from '../../ports/presentation.ts';
import type { ContentKey, Protection } from '../../ports/protection.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import type { StreamingFormat } from '../../ports/streaming-format.ts';
import type { FormatView } from '../format-view.ts';
import type { CacheScope } from './byte-cache.ts';
import { encryptWhole } from './ciphers.ts';
import { encryptedPresentation } from './encrypted-presentation.ts';
import { createSegmentProtection, type SegmentProtection } from './segment-protection.ts';
import { wholeSegments } from './shown-as.ts';
import { textKeyOf } from './text-key.ts';

/** Besides those there are messages, which are clear, and text. */
const MEDIA = /^(?:video|audio)\//;
const TRANSPORT_STREAMS: readonly StreamingFormat[] = ['m3u8-aapl', 'm3u8-aapl-v3'];

type ViewFor = (shown: Presentation, protection: SegmentProtection) => FormatView;

/**
 * The view of a presentation under a protection. Samples are encrypted below it, by the chunk, but those of transport streams by the view itself,
 * because they are made of clear ones; whole fragments here, whatever format they are of. `viewFor` makes the view of what it is given.
 */
export function encryptedView(
  presentation: Presentation,
  given: Protection,
  { viewFor, cache }: { readonly viewFor: ViewFor; readonly cache: CacheScope },
): FormatView {
  const protection = createSegmentProtection(presentation, given);
  const isWhole = protection.scheme === 'EnvelopeEncryption';
  const view = viewFor(
    isWhole ? wholeSegments(presentation) : encryptedPresentation(presentation, protection, cache),
    protection,
  );
  let transportStreams: FormatView | undefined;

  function viewOf({ format }: StreamingResource): FormatView {
    return isWhole || !TRANSPORT_STREAMS.includes(format)
      ? view
      : (transportStreams ??= viewFor(wholeSegments(presentation), protection));
  }

  /** Throws `MPE_EGRESS_TRACK_NOT_FOUND` for pictures and sound of no track that is known: those are never sent clear by mistake. */
  function keyFor(resource: StreamingResource, { contentType, sequence }: KeyFacts): ContentKey | undefined {
    if (resource.kind === 'manifest' || resource.kind === 'media-playlist') {
      return undefined;
    }
    const { name, bitrate } = resource.track;
    const found = presentation.tracks().find(({ track }) => track.name === name && track.bitrate === bitrate);
    if (found === undefined && MEDIA.test(contentType)) {
      throw new AppError('MPE_EGRESS_TRACK_NOT_FOUND', 'There is no such track, or no longer.');
    }
    if (found === undefined) {
      const texts = [...(presentation.texts?.() ?? []), ...(presentation.liveTexts?.() ?? [])];
      const isText = texts.some((text) => text.name === name && text.bitrate === bitrate);
      return isText ? textKeyOf(protection) : undefined;
    }
    const { track } = resource.format === 'm3u8-aapl-v3' ? keyedMember(found) : found;
    if (resource.kind === 'init' || protection.cryptoPeriodMs === undefined) {
      return protection.keyOf(track, resource.kind === 'init' ? resource.cryptoPeriod : undefined);
    }
    assert(sequence !== undefined, 'what is encrypted with keys that rotate is of a segment');
    return protection.segmentKey(track, sequence);
  }

  /** Pictures that stay clear have the sound in their segments, which may have to be encrypted. */
  function keyedMember(window: TrackWindow): TrackWindow {
    const isClear = window.track.kind === 'video' && protection.keyOf(window.track) === undefined;
    return (isClear ? presentation.tracks().find(isSound) : undefined) ?? window;
  }

  function protect(resource: StreamingResource, answer: Answer): Answer {
    switch (answer.kind) {
      case 'manifest':
        return answer;
      case 'not-yet':
        return {
          ...answer,
          again: () => passOn(resource, answer.again()),
        };
      case 'media': {
        const key = keyFor(resource, answer);
        return key === undefined ? answer : protectMedia(resource, answer, key);
      }
      case 'growing':
        if (isWhole && keyFor(resource, { ...answer, sequence: 0 }) !== undefined) {
          throw new AppError('MPE_FRAGMENT_NOT_READY', 'An encrypted fragment is sent when it is complete.');
        }
        return answer;
    }
  }

  function protectMedia(resource: StreamingResource, answer: MediaAnswer, key: ContentKey): MediaAnswer {
    const version = `${answer.version}-${stampOf(protection, key)}`;
    if (!isWhole) {
      return { ...answer, version };
    }
    const address = JSON.stringify(resource, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const cacheKey = `${removalsOf(presentation)} ${address} ${version}`;
    const bytes = cache.get(cacheKey) ?? encryptWhole(key, answer.chunks);
    cache.set(cacheKey, bytes);
    return { ...answer, version, size: bytes.length, chunks: [bytes] };
  }

  function passOn(resource: StreamingResource, answer: Answer | Promise<Answer>): Answer | Promise<Answer> {
    return answer instanceof Promise ? later(resource, answer) : protect(resource, answer);
  }

  async function later(resource: StreamingResource, answer: Promise<Answer>): Promise<Answer> {
    return protect(resource, await answer);
  }

  return {
    answer: (resource, query) => passOn(resource, viewOf(resource).answer(resource, query)),
    next: (resource) => viewOf(resource).next?.(resource),
  };
}

function isSound({ track }: TrackWindow): boolean {
  return track.kind === 'audio' && track.shownAs === undefined;
}

/** What an answer says of where it belongs. */
type KeyFacts = Pick<MediaAnswer, 'contentType' | 'sequence'>;

/** Different for other keys and IVs; says nothing of the key. */
function stampOf({ scheme, tag }: Protection, { id, iv }: ContentKey): string {
  return crc32(Buffer.concat([Buffer.from(`${scheme} ${tag} ${id} `), iv])).toString(36);
}

import { crc32 } from 'node:zlib';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import type { Presentation } from '../../ports/presentation.ts';
import type { ContentKey, Protection } from '../../ports/protection.ts';
import type { FormatView } from '../format-view.ts';
import type { CacheScope } from './byte-cache.ts';
import { encryptWhole } from './ciphers.ts';
import { encryptedPresentation } from './encrypted-presentation.ts';
import { wholeSegments } from './shown-as.ts';

/** Text, and messages of their own, are clear. */
const MEDIA = /^(?:video|audio)\//;

/**
 * The view of a presentation under a protection. Samples are encrypted below it, by the chunk; whole fragments here, whatever format they are
 * of. `viewFor` makes the view of what it is given.
 */
export function encryptedView(
  presentation: Presentation,
  protection: Protection,
  { viewFor, cache }: { readonly viewFor: (shown: Presentation) => FormatView; readonly cache: CacheScope },
): FormatView {
  const shown =
    protection.scheme === 'EnvelopeEncryption'
      ? wholeSegments(presentation)
      : encryptedPresentation(presentation, protection, cache);
  const view = viewFor(shown);

  /** Throws `MPE_EGRESS_TRACK_NOT_FOUND` for pictures and sound of no track that is known: those are never sent clear by mistake. */
  function keyFor(resource: StreamingResource, contentType: string): ContentKey | undefined {
    if (resource.kind === 'manifest' || resource.kind === 'media-playlist') {
      return undefined;
    }
    const { name, bitrate } = resource.track;
    const found = presentation.tracks().find(({ track }) => track.name === name && track.bitrate === bitrate);
    if (found === undefined && MEDIA.test(contentType)) {
      throw new AppError('MPE_EGRESS_TRACK_NOT_FOUND', 'There is no such track, or no longer.');
    }
    return found === undefined ? undefined : protection.keyOf(found.track);
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
        const key = keyFor(resource, answer.contentType);
        return key === undefined ? answer : protectMedia(resource, answer, key);
      }
      case 'growing':
        if (protection.scheme === 'EnvelopeEncryption' && keyFor(resource, answer.contentType) !== undefined) {
          throw new AppError('MPE_FRAGMENT_NOT_READY', 'An encrypted fragment is sent when it is complete.');
        }
        return answer;
    }
  }

  function protectMedia(resource: StreamingResource, answer: MediaAnswer, key: ContentKey): MediaAnswer {
    const version = `${answer.version}-${stampOf(protection, key)}`;
    if (protection.scheme !== 'EnvelopeEncryption') {
      return { ...answer, version };
    }
    const address = JSON.stringify(resource, (_, value: unknown) =>
      typeof value === 'bigint' ? String(value) : value,
    );
    const cacheKey = `${address} ${version}`;
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

  return { answer: (resource, query) => passOn(resource, view.answer(resource, query)) };
}

/** Different for other keys and IVs; says nothing of the key. */
function stampOf({ scheme, tag }: Protection, { id, iv }: ContentKey): string {
  return crc32(Buffer.concat([Buffer.from(`${scheme} ${tag} ${id} `), iv])).toString(36);
}

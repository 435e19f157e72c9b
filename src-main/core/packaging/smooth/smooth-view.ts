import { ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import { smoothFragmentName, smoothFragmentsUrl } from '../address.ts';
import { createDocumentKeeper } from '../document.ts';
import type { FormatView, ViewContext } from '../format-view.ts';
import { manifestLifetime } from '../lifetimes.ts';
import { notReady } from '../media.ts';
import { shownTrackAt } from '../next-fragment.ts';
import { findTrack } from '../tracks.ts';
import { fragmentAnswer, timeBehind } from './fragments.ts';
import { createSmoothWriter } from './manifest-writer.ts';
import { protectionHeaders } from './protections.ts';
import { SPARSE_BITRATE, sparseFragment } from './sparse-streams.ts';
import { createListing } from './track-sets.ts';

const MANIFEST_TYPE = 'text/xml';

/** Smooth Streaming 2.2: what an address means that names no format. */
export function createSmoothView(context: ViewContext): FormatView {
  return createView(context, { format: 'smooth', minorVersion: 2 });
}

/** Smooth Streaming 2.0, for clients that know no `r`. */
export function createOldSmoothView(context: ViewContext): FormatView {
  return createView(context, { format: 'fmp4-v20', minorVersion: 0 });
}

function createView(
  context: ViewContext,
  version: { readonly format: 'smooth' | 'fmp4-v20'; readonly minorVersion: 0 | 2 },
): FormatView {
  const { presentation, protection } = context;
  if (protection?.scheme === 'CommonEncryptionCbcs') {
    throw new AppError(
      'MPE_FORMAT_NOT_SUPPORTED',
      'Smooth Streaming has no encryption in a pattern. Ask for encryption=cenc or encryption=piff.',
    );
  }
  const listed = createListing();
  const keeper = createDocumentKeeper(MANIFEST_TYPE, () => context.nowMs());
  const writer = createSmoothWriter({
    presentation,
    minorVersion: version.minorVersion,
    windowSeconds: () => presentation.windowSeconds,
    urlOf: (name) => smoothFragmentsUrl(name, version.format, context.carried),
    protectionsOf: (windows) => protectionHeaders(protection, windows),
  });

  function manifest(): Answer {
    const snapshot = context.snapshotNow();
    const sets = listed(snapshot);
    if (sets === undefined) {
      return context.waitForBegin(() => listed(context.snapshotNow()) !== undefined, manifest);
    }
    const document = keeper.latest(snapshot, () => writer.pieces(snapshot, sets));
    if (document === undefined) {
      throw notReady();
    }
    return { kind: 'manifest', document, lifetime: manifestLifetime(snapshot) };
  }

  function fragment(
    resource: StreamingResource & { readonly kind: 'segment' },
  ): MediaAnswer | Promise<MediaAnswer> {
    const snapshot = context.snapshotNow();
    const time = ticks(resource.time);
    if (resource.track.bitrate === SPARSE_BITRATE) {
      const message = sparseFragment(snapshot, resource.track.name, time);
      if (message !== undefined) {
        return messageAnswer(message, resource.time);
      }
    }
    const scope = resource.keyFrames ? 'key-frame' : resource.headOnly ? 'head' : 'whole';
    return fragmentAnswer(context, snapshot, findTrack(snapshot.tracks, resource.track), time, scope);
  }

  function messageAnswer(chunks: readonly Uint8Array[], time: bigint): MediaAnswer {
    const size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    return {
      kind: 'media',
      contentType: 'application/mp4',
      version: `m${time.toString(36)}-${size.toString(36)}`,
      madeAtMs: context.nowMs(),
      size,
      chunks,
      // It may be replaced or taken back.
      lifetime: manifestLifetime(context.snapshotNow()),
    };
  }

  return {
    answer(resource) {
      switch (resource.kind) {
        case 'manifest':
          return manifest();
        case 'segment':
          return fragment(resource);
        case 'init':
        case 'part':
        case 'media-playlist':
          throw new AppError(
            'MPE_BAD_URL_SYNTAX',
            'Smooth Streaming has a manifest and fragments, and neither initialization segments nor parts.',
          );
      }
    },
    next(resource) {
      const snapshot = context.snapshotNow();
      const window = resource.kind === 'segment' ? shownTrackAt(snapshot, resource.track) : undefined;
      if (resource.kind !== 'segment' || window === undefined) {
        return undefined;
      }
      const time = timeBehind(context, snapshot, window, ticks(resource.time));
      const word = resource.keyFrames ? 'KeyFrames' : resource.headOnly ? 'FragmentInfo' : 'Fragments';
      return time === undefined
        ? undefined
        : smoothFragmentName({ word, track: resource.track.name, time }, version.format, context.carried);
    },
  };
}

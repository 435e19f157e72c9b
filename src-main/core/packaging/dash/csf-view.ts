import { crc32 } from 'node:zlib';
import { csfInit } from '../../../media/csf/csf-init.ts';
import { writeCsfSegment } from '../../../media/csf/csf-segment.ts';
import { type Ticks, ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import type { TrackWindow } from '../../ports/presentation.ts';
import { createDocumentKeeper } from '../document.ts';
import { initOf } from '../encryption/encrypted-presentation.ts';
import { wholeSegments } from '../encryption/shown-as.ts';
import type { FormatView, ViewContext } from '../format-view.ts';
import { manifestLifetime } from '../lifetimes.ts';
import { initAnswer, notFound, notReady, segmentAnswer } from '../media.ts';
import { nextFragment, sequenceAt } from '../next-fragment.ts';
import { segmentSamples } from '../segment-samples.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { offeredTracks } from '../snapshot.ts';
import { isRecorded, lateMedia } from '../text/late-tracks.ts';
import { createLiveTextView } from '../text/live-text-view.ts';
import { createTextListing } from '../text/text-listing.ts';
import { createTextView } from '../text/text-view.ts';
import { findTrack } from '../tracks.ts';
import { createMpdWriter, DASH_TYPE } from './mpd-writer.ts';

type MediaResource = StreamingResource & { readonly kind: 'init' | 'segment' };

/** Messages are put in front of what is made of the chunks, not in front of the chunks. */
const NO_MESSAGES = { before: (): undefined => undefined };

/**
 * DASH as it was before CMAF, `mpd-time-csf`: the ISO base media live profile with the segments of the common streaming format, whole and one
 * `moof` each (`decisions/0017`). Times are those of the tracks, so they are the same as of `mpd-time-cmaf`.
 */
export function createCsfView(context: ViewContext): FormatView {
  const { protection, carried, messages } = context;
  const nowMs = (): number => context.nowMs();
  const presentation = wholeSegments(context.presentation);
  const source = { presentation, messages: NO_MESSAGES };
  const writer = createMpdWriter({
    presentation,
    rowsOf: (window) => context.rowsOf(window),
    nowMs,
    carried,
    protection,
    format: 'mpd-time-csf',
  });
  const keeper = createDocumentKeeper(DASH_TYPE, nowMs);
  const texts = createTextView(presentation, nowMs);
  const liveTexts = createLiveTextView({
    ...{ presentation, nowMs, carried, protection },
    rowsOf: (window) => context.rowsOf(window),
    listing: createTextListing(),
    format: 'm3u8-cmaf',
  });

  function manifest(): Answer {
    const snapshot = context.snapshotNow();
    if (offeredTracks(snapshot) === undefined) {
      return context.waitForBegin(() => offeredTracks(context.snapshotNow()) !== undefined, manifest);
    }
    const document = keeper.latest(snapshot, () => writer.pieces(snapshot));
    if (document === undefined) {
      throw notReady();
    }
    return { kind: 'manifest', document, lifetime: manifestLifetime(snapshot) };
  }

  function media(resource: MediaResource): Answer | Promise<Answer> {
    const snapshot = context.snapshotNow();
    const text = texts.find(snapshot, resource.track);
    if (text !== undefined) {
      return texts.media(snapshot, text, resource);
    }
    const liveText = liveTexts.find(snapshot, resource.track);
    if (liveText !== undefined) {
      return liveTexts.media(snapshot, liveText, resource);
    }
    const window = findTrack([...snapshot.tracks, ...snapshot.late.hidden], resource.track);
    const answer =
      resource.kind === 'init' ? init(window, resource.cryptoPeriod) : segment(window, ticks(resource.time));
    return isRecorded(window) ? answer : lateMedia(answer);
  }

  function init(window: TrackWindow, cryptoPeriod: number | undefined): MediaAnswer {
    const bytes = csfInit(initOf(window.track, cryptoPeriod));
    return {
      ...initAnswer(presentation, window),
      version: `i-${crc32(bytes).toString(36)}-${bytes.length.toString(36)}`,
      size: bytes.length,
      chunks: [bytes],
    };
  }

  async function segment(window: ShownTrack, time: Ticks): Promise<Answer> {
    const rows = context.rowsOf(window);
    const sequence = sequenceAt(window, rows, time);
    // It may leave the window while it is read.
    const row = sequence === undefined ? undefined : rows.rowAt(sequence);
    const answer = await segmentAnswer(source, window, time, (left) => rows.leftAt(left));
    if (answer.kind !== 'media') {
      return answer;
    }
    if (row === undefined) {
      throw notFound();
    }
    const { kind, timescale } = window.track;
    const { samples, infos } = segmentSamples(answer.chunks, row);
    const chunks = writeCsfSegment(samples, {
      kind,
      timescale,
      sequenceNumber: row.sequence,
      messages: messages.before(window.track, row),
      infos,
    });
    const size = chunks.reduce((sum, { length }) => sum + length, 0);
    return { ...answer, version: `c${time.toString(36)}-${size.toString(36)}`, size, chunks };
  }

  return {
    answer(resource) {
      switch (resource.kind) {
        case 'manifest':
          return manifest();
        case 'init':
        case 'segment':
          return media(resource);
        case 'part':
          throw new AppError('MPE_BAD_URL_SYNTAX', 'Only segments of CMAF have parts.');
        case 'media-playlist':
          throw new AppError('MPE_BAD_URL_SYNTAX', 'Only HLS has playlists of single tracks: format=m3u8-cmaf.');
      }
    },
    next: (resource) => nextFragment(context, resource),
  };
}

import type { Clock } from '../../base/clock.ts';
import { ticks } from '../../media/time.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Answer, ManifestDocument, NotYet, StreamingResource } from '../ports/packaging.ts';
import type { Presentation, TrackWindow } from '../ports/presentation.ts';
import type { StreamingFormat } from '../ports/streaming-format.ts';
import type { CarriedOptions } from './address.ts';
import { createEventMessages } from './cues/event-messages.ts';
import { createCsfView } from './dash/csf-view.ts';
import { createMpdWriter, DASH_TYPE, updateSeconds } from './dash/mpd-writer.ts';
import { createDocumentKeeper, type DocumentKeeper } from './document.ts';
import { sessionKeysOf, trackKeysOf } from './encryption/hls-keys.ts';
import type { SegmentProtection } from './encryption/segment-protection.ts';
import type { FormatView, ViewContext } from './format-view.ts';
import { createHdsView } from './hds/hds-view.ts';
import { checkAhead, isListed } from './hls/blocking-reload.ts';
import { createDateRanges } from './hls/date-ranges.ts';
import { parseDirectives } from './hls/directives.ts';
import { createKeyFrames } from './hls/key-frames.ts';
import { partTargetOf, targetDurationSeconds } from './hls/low-latency.ts';
import { createMediaPlaylistWriter, type MediaPlaylistWriter } from './hls/media-playlist.ts';
import { writeMultivariant } from './hls/multivariant.ts';
import { partAnswer } from './hls/part-answer.ts';
import { manifestLifetime, playlistLifetime } from './lifetimes.ts';
import { initAnswer, notReady, segmentAnswer } from './media.ts';
import { nextFragment } from './next-fragment.ts';
import { createPiece } from './pieces.ts';
import { createRowMemory, type RowMemory } from './row-memory.ts';
import type { ShownTrack } from './shown-tracks.ts';
import { createOldSmoothView, createSmoothView } from './smooth/smooth-view.ts';
import { choosableTracks, createSnapshots, offeredTracks, type Snapshot, shownRange } from './snapshot.ts';
import { isRecorded, lateMedia, visibleTexts } from './text/late-tracks.ts';
import { createLiveTextView } from './text/live-text-view.ts';
import { createTextListing } from './text/text-listing.ts';
import { createTextView } from './text/text-view.ts';
import { findTrack } from './tracks.ts';
import { createTransportStreamView } from './transport-stream/transport-stream-view.ts';

/** Everything that is made of one presentation, with what is kept of it between requests. */
export type PresentationView = FormatView;

/** The formats that are made elsewhere; those of CMAF are made here. */
const FORMAT_VIEWS: Readonly<Partial<Record<StreamingFormat, (context: ViewContext) => FormatView>>> = {
  smooth: createSmoothView,
  'fmp4-v20': createOldSmoothView,
  // One view of both, so that what they have in common is made once.
  'm3u8-aapl': createTransportStreamView,
  'm3u8-aapl-v3': createTransportStreamView,
  'mpd-time-csf': createCsfView,
  'f4m-f4f': createHdsView,
};

type Playlist = {
  readonly writer: MediaPlaylistWriter;
  readonly full: DocumentKeeper;
  readonly deltas: { readonly segments: DocumentKeeper; readonly 'date-ranges': DocumentKeeper };
};

const HLS_TYPE = 'application/vnd.apple.mpegurl';

export function createPresentationView(
  presentation: Presentation,
  options: {
    readonly protection: SegmentProtection | undefined;
    readonly carried: CarriedOptions;
    readonly clock: Clock;
    readonly chunksPerPart: number;
    readonly hasStoryboard: boolean;
  },
): PresentationView {
  const { protection, carried, clock, chunksPerPart, hasStoryboard } = options;
  const nowMs = (): number => Math.round(clock.wallMs());
  const snapshots = createSnapshots(presentation, clock);
  const partTargetSeconds = partTargetOf(presentation, chunksPerPart);
  // By the object and not by its id: a recording takes the place of its broadcast.
  const rows = new WeakMap<TrackWindow, RowMemory>();
  const source = { presentation, messages: createEventMessages(presentation) };
  const dateRangesOf = createDateRanges(presentation, clock);
  const playlists = { plain: new WeakMap<TrackWindow, Playlist>(), legacy: new WeakMap<TrackWindow, Playlist>() };
  const multivariants = new Map<string, DocumentKeeper>();
  const mpd = {
    writer: createMpdWriter({
      presentation,
      rowsOf,
      nowMs,
      carried,
      protection,
      format: 'mpd-time-cmaf',
      hasStoryboard,
    }),
    keeper: createDocumentKeeper(DASH_TYPE, nowMs),
  };
  const texts = createTextView(presentation, nowMs);
  const liveTexts = createLiveTextView({
    ...{ presentation, rowsOf, nowMs, carried, protection },
    listing: createTextListing(),
    format: 'm3u8-cmaf',
  });
  const keyFrames = createKeyFrames({
    ...{ presentation, protection, carried },
    ...{ nowMs, snapshotNow, rowsOf, waitForBegin, dateRangesOf },
  });
  const formatViews = new Map<(context: ViewContext) => FormatView, FormatView>();
  let seen: Snapshot | undefined;

  function formatViewOf(create: (context: ViewContext) => FormatView): FormatView {
    const { messages } = source;
    const context = {
      presentation,
      protection,
      carried,
      clock,
      messages,
      nowMs,
      snapshotNow,
      rowsOf,
      waitForBegin,
    };
    const found = formatViews.get(create) ?? create(context);
    formatViews.set(create, found);
    return found;
  }

  function rowsOf(window: TrackWindow): RowMemory {
    const found = rows.get(window) ?? createRowMemory(window, presentation);
    rows.set(window, found);
    return found;
  }

  function snapshotNow(): Snapshot {
    const snapshot = snapshots();
    if (snapshot !== seen && snapshot.phase === 'live') {
      for (const window of snapshot.tracks) {
        const range = shownRange(window, snapshot);
        if (range !== undefined) {
          rowsOf(window).remember(range.first, range.last);
        }
      }
    }
    seen = snapshot;
    return snapshot;
  }

  function playlistOf(window: TrackWindow, legacyCues: boolean): Playlist {
    const kept = legacyCues ? playlists.legacy : playlists.plain;
    const keeper = (): DocumentKeeper => createDocumentKeeper(HLS_TYPE, nowMs);
    const found = kept.get(window) ?? {
      writer: createMediaPlaylistWriter({
        presentation,
        window,
        chunksPerPart,
        partTargetSeconds,
        legacyCues,
        carried,
        keys: trackKeysOf(protection, window, 'fmp4'),
      }),
      full: keeper(),
      deltas: { segments: keeper(), 'date-ranges': keeper() },
    };
    kept.set(window, found);
    return found;
  }

  /** For what comes with the next change or one soon after it. */
  function waitFor(
    isReady: () => boolean,
    again: () => Answer | Promise<Answer>,
    tooLate: () => AppError,
  ): NotYet {
    const { changed } = presentation;
    const waitSeconds = 3 * targetDurationSeconds(presentation);
    return { kind: 'not-yet', changed, isReady, again, waitSeconds, tooLate };
  }

  /** Before the first segment. */
  function waitForBegin(isBegun: () => boolean, again: () => Answer | Promise<Answer>): NotYet {
    if (presentation.state() === 'ended') {
      throw new AppError('MPE_RESOURCE_NOT_FOUND', 'The broadcast ended before anything was recorded.');
    }
    return waitFor(() => isBegun() || presentation.state() === 'ended', again, notReady);
  }

  function manifest(resource: StreamingResource & { readonly kind: 'manifest' }): Answer {
    const snapshot = snapshotNow();
    const offered = offeredTracks(snapshot);
    if (offered === undefined) {
      return waitForBegin(
        () => offeredTracks(snapshotNow()) !== undefined,
        () => manifest(resource),
      );
    }
    return resource.format === 'mpd-time-cmaf' ? mpdAnswer(snapshot) : multivariant(snapshot, offered, resource);
  }

  function multivariant(
    snapshot: Snapshot,
    offered: readonly TrackWindow[],
    { audioOnly, legacyCues = false }: { readonly audioOnly: boolean; readonly legacyCues?: boolean },
  ): Answer {
    const key = `${audioOnly} ${legacyCues}`;
    const keeper = multivariants.get(key) ?? createDocumentKeeper(HLS_TYPE, nowMs);
    multivariants.set(key, keeper);
    const document = keeper.latest(snapshot, () => [
      createPiece(
        writeMultivariant(choosableTracks(offered, snapshot), {
          audioOnly,
          legacyCues,
          carried,
          keyFrames: true,
          sessionKeys: sessionKeysOf(protection, offered, 'fmp4'),
          texts: visibleTexts(snapshot.late),
          liveTexts: snapshot.liveTexts,
        }),
      ),
    ]);
    return manifestAnswer(document, manifestLifetime(snapshot));
  }

  function mpdAnswer(snapshot: Snapshot): Answer {
    const document = mpd.keeper.latest(snapshot, () => mpd.writer.pieces(snapshot));
    // A player that asks as often as it is told to must not be given what its own cache kept.
    const isLowLatency = snapshot.phase === 'live' && updateSeconds(presentation) < 2;
    return manifestAnswer(document, isLowLatency ? 0 : manifestLifetime(snapshot));
  }

  function mediaPlaylist(
    resource: StreamingResource & { readonly kind: 'media-playlist' },
    query: string,
  ): Answer {
    const snapshot = snapshotNow();
    const text = texts.find(snapshot, resource.track);
    if (text !== undefined) {
      return manifestAnswer(texts.playlist(snapshot, text, { carried, protection }), manifestLifetime(snapshot));
    }
    const liveText = liveTexts.find(snapshot, resource.track);
    if (liveText !== undefined) {
      return liveTexts.isBegun(snapshot, liveText)
        ? manifestAnswer(liveTexts.playlist(snapshot, liveText), playlistLifetime(presentation, snapshot, false))
        : waitForBegin(
            () => liveTexts.isBegun(snapshotNow(), liveText),
            () => mediaPlaylist(resource, query),
          );
    }
    const window = findTrack([...snapshot.tracks, ...snapshot.late.hidden], resource.track);
    if (resource.keyFrames === true) {
      return keyFrames.playlist(window, resource.legacyCues === true);
    }
    const { block, skip } = parseDirectives(query);
    if (shownRange(window, snapshot) === undefined) {
      return waitForBegin(
        () => shownRange(window, snapshotNow()) !== undefined,
        () => mediaPlaylist(resource, query),
      );
    }
    // Directives mean nothing in a playlist that has ended (8216bis §6.2.5).
    const isLive = snapshot.phase === 'live';
    if (isLive && block !== undefined) {
      checkAhead(block, window, { chunksPerPart, partTargetSeconds });
      if (!isListed(block, window, chunksPerPart)) {
        return waitFor(
          () => presentation.state() === 'ended' || isListed(block, window, chunksPerPart),
          () => mediaPlaylist(resource, query),
          notUpdated,
        );
      }
    }
    const { writer, full, deltas } = playlistOf(window, resource.legacyCues === true);
    const ranges = dateRangesOf(snapshot);
    const update =
      skip !== undefined && isLive
        ? deltas[skip].latest(snapshot, () => writer.delta(snapshot, ranges, skip))
        : undefined;
    return manifestAnswer(
      update ?? full.latest(snapshot, () => writer.full(snapshot, ranges)),
      playlistLifetime(presentation, snapshot, block !== undefined),
    );
  }

  function media(
    resource: StreamingResource & { readonly kind: 'init' | 'segment' | 'part' },
  ): Answer | Promise<Answer> {
    const snapshot = snapshotNow();
    const text = texts.find(snapshot, resource.track);
    if (text !== undefined) {
      return texts.media(snapshot, text, resource);
    }
    const liveText = liveTexts.find(snapshot, resource.track);
    if (liveText !== undefined) {
      return liveTexts.media(snapshot, liveText, resource);
    }
    const window = findTrack([...snapshot.tracks, ...snapshot.late.hidden], resource.track);
    return isRecorded(window) ? mediaOf(window, resource) : lateMedia(mediaOf(window, resource));
  }

  function mediaOf(
    window: ShownTrack,
    resource: StreamingResource & { readonly kind: 'init' | 'segment' | 'part' },
  ): Answer | Promise<Answer> {
    switch (resource.kind) {
      case 'init':
        return initAnswer(presentation, window, resource.cryptoPeriod);
      case 'segment':
        return resource.keyFrames === true
          ? keyFrames.picture(window, resource.time)
          : segmentAnswer(source, window, ticks(resource.time), (time) => rowsOf(window).leftAt(time));
      case 'part':
        return partAnswer(source, window, { time: ticks(resource.time), part: resource.part }, chunksPerPart);
    }
  }

  return {
    answer(resource, query) {
      const create = FORMAT_VIEWS[resource.format];
      if (create !== undefined) {
        return formatViewOf(create).answer(resource, query);
      }
      switch (resource.kind) {
        case 'manifest':
          return manifest(resource);
        case 'media-playlist':
          return mediaPlaylist(resource, query);
        case 'init':
        case 'segment':
        case 'part':
          return media(resource);
      }
    },
    next(resource) {
      const create = FORMAT_VIEWS[resource.format];
      return create === undefined
        ? nextFragment({ snapshotNow, rowsOf, carried }, resource)
        : formatViewOf(create).next?.(resource);
    },
  };
}

function manifestAnswer(document: ManifestDocument | undefined, lifetime: number): Answer {
  if (document === undefined) {
    throw notReady();
  }
  return { kind: 'manifest', document, lifetime };
}

function notUpdated(): AppError {
  return new AppError(
    'origin/not-updated',
    'Nothing new has come for a while. The stream goes on here when it does.',
  );
}

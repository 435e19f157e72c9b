import { secondsToTicks, type Ticks, ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, ManifestDocument, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import type { ContentKey } from '../../ports/protection.ts';
import { lengthsOf } from '../../ports/segment-lengths.ts';
import { fragmentName } from '../address.ts';
import { createDocumentKeeper, type DocumentKeeper } from '../document.ts';
import { sessionKeysOf, trackKeysOf } from '../encryption/hls-keys.ts';
import type { FormatView, ViewContext } from '../format-view.ts';
import { createDateRanges } from '../hls/date-ranges.ts';
import { gapSeconds, targetDurationSeconds } from '../hls/low-latency.ts';
import { writeMultivariant } from '../hls/multivariant.ts';
import { manifestLifetime } from '../lifetimes.ts';
import { notFound, notReady } from '../media.ts';
import { nextName, nextRow, sequenceAt, shownTrackAt } from '../next-fragment.ts';
import { createPiece } from '../pieces.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { choosableTracks, offeredTracks, type Snapshot, shownRange, utcMs } from '../snapshot.ts';
import { isRecorded, LATE_TRACK_SECONDS, visibleTexts } from '../text/late-tracks.ts';
import { createLiveTextView } from '../text/live-text-view.ts';
import { createTextListing } from '../text/text-listing.ts';
import { findTrack } from '../tracks.ts';
import { transportBitrates } from './bitrates.ts';
import { createFragments } from './fragments.ts';
import { createGroups, type Group, type Groups } from './groups.ts';
import { checkPacking, packingOf } from './packing.ts';
import { createTsPlaylistWriter, type TsPlaylistWriter } from './playlists.ts';
import { createSegments } from './segments.ts';

type ResourceOf<K extends StreamingResource['kind']> = Extract<StreamingResource, { readonly kind: K }>;

type Playlist = { readonly write: TsPlaylistWriter; readonly keeper: DocumentKeeper };

/** Segments that are listed, by their fragments: of some of these, or of single ones for their first pictures. */
type Listing = {
  readonly groups: Groups;
  readonly targetSeconds: () => number;
  readonly gapSeconds: () => number;
};

const HLS_TYPE = 'application/vnd.apple.mpegurl';
const TS_TYPE = 'video/mp2t';

/**
 * HLS with MPEG transport streams, which are made of the fragments when somebody asks (spec 5.3): `m3u8-aapl-v3` with the sound among the pictures,
 * `m3u8-aapl` with the sound by itself and with playlists of key frames.
 */
export function createTransportStreamView(context: ViewContext): FormatView {
  const { presentation, protection, carried, clock } = context;
  let whole = packed();
  const single: Listing = {
    groups: createGroups(1),
    targetSeconds: () => targetDurationSeconds(presentation),
    gapSeconds: () => gapSeconds(presentation),
  };
  const fragments = createFragments(context);
  const segments = createSegments(presentation, { fragments, keyOf: streamKeyOf });
  const dateRangesOf = createDateRanges(presentation, clock);
  const liveTexts = createLiveTextView({
    ...{ presentation, carried, protection },
    rowsOf: (window) => context.rowsOf(window),
    nowMs: () => context.nowMs(),
    listing: createTextListing(),
    format: 'm3u8-aapl',
  });
  const multivariants = new Map<string, DocumentKeeper>();
  const playlists = new WeakMap<ShownTrack, Map<string, Playlist>>();
  let followed: Snapshot | undefined;
  let hasBegun = false;

  function packed(): Listing & { readonly fragments: number } {
    const { fragments: count } = packingOf(presentation);
    return {
      fragments: count,
      groups: createGroups(count),
      targetSeconds: () => packingOf(presentation).targetSeconds,
      gapSeconds: () => packingOf(presentation).usualSeconds,
    };
  }

  /** One key is for all that is in a segment: that of its first track which has one. */
  function keyedOf(members: readonly ShownTrack[]): ShownTrack | undefined {
    return members.find(({ track }) => protection?.keyOf(track) !== undefined) ?? members[0];
  }

  /** For the samples of a segment that begins with a fragment. */
  function streamKeyOf(members: readonly ShownTrack[], sequence: number): ContentKey | undefined {
    const keyed = keyedOf(members);
    return keyed !== undefined && protection?.scheme === 'CommonEncryptionCbcs'
      ? protection.segmentKey(keyed.track, sequence)
      : undefined;
  }

  function snapshotNow(): Snapshot {
    const snapshot = context.snapshotNow();
    if (snapshot !== followed) {
      if (!hasBegun) {
        // How many fragments are a segment is known with the first of them.
        whole = packed();
        hasBegun = snapshot.tracks.some((window) => shownRange(window, snapshot) !== undefined);
      }
      whole.groups.follow(snapshot);
      single.groups.follow(snapshot);
      followed = snapshot;
    }
    return snapshot;
  }

  /** The tracks in the segments that are addressed by one. */
  function membersOf(
    window: ShownTrack,
    format: StreamingResource['format'],
    snapshot: Snapshot,
  ): readonly ShownTrack[] {
    const sound =
      format === 'm3u8-aapl-v3' && window.track.kind === 'video'
        ? snapshot.tracks.find((other) => other.track.kind === 'audio' && isRecorded(other))
        : undefined;
    return sound === undefined ? [window] : [window, sound];
  }

  /** First and last fragment of which everything is there that belongs into a segment. */
  function completeRange(members: readonly ShownTrack[], snapshot: Snapshot) {
    const [leader, ...others] = members;
    const range = leader === undefined ? undefined : shownRange(leader, snapshot);
    if (range === undefined || snapshot.phase !== 'live') {
      return range;
    }
    // One that has nothing at all keeps nobody waiting.
    const last = others.map((other) => shownRange(other, snapshot)?.last ?? range.last);
    return { first: range.first, last: Math.min(range.last, ...last) };
  }

  function listedGroups(
    { groups }: Listing,
    members: readonly ShownTrack[],
    snapshot: Snapshot,
  ): readonly Group[] {
    const range = completeRange(members, snapshot);
    const { phase } = snapshot;
    return range === undefined
      ? []
      : groups.within(range.first, range.last, { before: phase === 'ended', behind: phase !== 'live' });
  }

  function manifest(resource: ResourceOf<'manifest'>): Answer {
    const snapshot = snapshotNow();
    checkPacking(whole, presentation);
    const offered = offeredTracks(snapshot);
    if (offered === undefined) {
      return context.waitForBegin(
        () => offeredTracks(snapshotNow()) !== undefined,
        () => manifest(resource),
      );
    }
    const { audioOnly, legacyCues = false } = resource;
    const format = hlsFormat(resource.format);
    const key = JSON.stringify([format, audioOnly, legacyCues]);
    const keeper = multivariants.get(key) ?? createDocumentKeeper(HLS_TYPE, () => context.nowMs());
    multivariants.set(key, keeper);
    const document = keeper.latest(snapshot, () => [
      createPiece(
        writeMultivariant(choosableTracks(offered, snapshot), {
          audioOnly,
          legacyCues,
          carried,
          format,
          keyFrames: format === 'm3u8-aapl',
          sessionKeys: sessionKeysOf(protection, offered, 'ts'),
          texts: format === 'm3u8-aapl' ? visibleTexts(snapshot.late) : [],
          liveTexts: snapshot.liveTexts,
          bitratesOf: (window) => transportBitrates(window, whole.fragments * lengthsOf(presentation).usual),
        }),
      ),
    ]);
    return manifestAnswer(document, snapshot);
  }

  function mediaPlaylist(resource: ResourceOf<'media-playlist'>): Answer {
    const snapshot = snapshotNow();
    checkPacking(whole, presentation);
    const liveText = liveTexts.find(snapshot, resource.track);
    if (liveText !== undefined) {
      return liveTexts.isBegun(snapshot, liveText)
        ? manifestAnswer(liveTexts.playlist(snapshot, liveText), snapshot)
        : context.waitForBegin(
            () => liveTexts.isBegun(snapshotNow(), liveText),
            () => mediaPlaylist(resource),
          );
    }
    const window = findWindow(snapshot, resource);
    if (resource.keyFrames === true && window.track.kind !== 'video') {
      throw new AppError('MPE_BAD_URL_SYNTAX', 'Only pictures have key frames.');
    }
    const listing = resource.keyFrames === true ? single : whole;
    const members = resource.keyFrames === true ? [window] : membersOf(window, resource.format, snapshot);
    const isBegun = (): boolean => {
      const now = snapshotNow();
      return listedGroups(resource.keyFrames === true ? single : whole, members, now).length > 0;
    };
    if (!isBegun()) {
      const begin = context.waitForBegin(isBegun, () => mediaPlaylist(resource));
      return { ...begin, waitSeconds: 2 * listing.targetSeconds() };
    }
    const { write, keeper } = playlistOf(members, listing, resource);
    const document = keeper.latest(snapshot, () =>
      write(snapshot, listedGroups(listing, members, snapshot), dateRangesOf(snapshot).all),
    );
    return manifestAnswer(document, snapshot);
  }

  function playlistOf(
    members: readonly ShownTrack[],
    { groups, targetSeconds, gapSeconds: longestGap }: Listing,
    resource: ResourceOf<'media-playlist'>,
  ): Playlist {
    const [leader] = members;
    const keyed = keyedOf(members);
    const { legacyCues = false, keyFrames: keyFrame = false } = resource;
    const format = hlsFormat(resource.format);
    const ofTrack = (leader && playlists.get(leader)) ?? new Map<string, Playlist>();
    const key = JSON.stringify([format, legacyCues, keyFrame, members.length]);
    const found = ofTrack.get(key) ?? {
      write: createTsPlaylistWriter({
        presentation,
        fragments,
        members,
        groups,
        targetSeconds,
        gapSeconds: longestGap(),
        version: 3,
        iFramesOnly: keyFrame,
        legacyCues,
        keys: keyed && trackKeysOf(protection, keyed, 'ts'),
        uriOf: (time) => fragmentName(leader?.track.name ?? '', time, format, { ...carried, keyFrame }),
      }),
      keeper: createDocumentKeeper(HLS_TYPE, () => context.nowMs()),
    };
    ofTrack.set(key, found);
    if (leader !== undefined) {
      playlists.set(leader, ofTrack);
    }
    return found;
  }

  async function segment(resource: ResourceOf<'segment'>): Promise<Answer> {
    const snapshot = snapshotNow();
    const liveText = liveTexts.find(snapshot, resource.track);
    if (liveText !== undefined) {
      return liveTexts.media(snapshot, liveText, resource);
    }
    const window = findWindow(snapshot, resource);
    const time = ticks(resource.time);
    const sequence = sequenceAt(window, context.rowsOf(window), time);
    if (sequence === undefined) {
      throw isAhead(window, time) ? notReady() : notFound();
    }
    if (resource.keyFrames === true) {
      if (window.track.kind !== 'video') {
        throw new AppError('MPE_BAD_URL_SYNTAX', 'Only pictures have key frames.');
      }
      const bytes = await segments.keyFrame(window, sequence);
      return mediaAnswer(window, time, bytes, { start: sequence, end: sequence + 1 });
    }
    const members = membersOf(window, resource.format, snapshot);
    const group = groupAt(members, sequence, snapshot);
    const bytes = await segments.segment(members, group);
    return mediaAnswer(window, time, bytes, group);
  }

  /** Throws `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND` where no segment begins, `MPE_FRAGMENT_NOT_READY` for one that is not whole yet. */
  function groupAt(members: readonly ShownTrack[], sequence: number, snapshot: Snapshot): Group {
    const { start, end } = whole.groups.around(sequence);
    const range = completeRange(members, snapshot);
    const isBegin = start === sequence || (snapshot.phase === 'ended' && range?.first === sequence);
    if (!isBegin || range === undefined) {
      throw notFound();
    }
    if (end > range.last + 1 && snapshot.phase === 'live') {
      throw notReady();
    }
    return { start: sequence, end: Math.min(end, range.last + 1) };
  }

  /** See `Packager.next`: the first picture of the next fragment, or the next segment when it is whole. */
  function next(resource: ResourceOf<'segment'>): string | undefined {
    const snapshot = snapshotNow();
    const window = shownTrackAt(snapshot, resource.track);
    const rows = window && context.rowsOf(window);
    const sequence = window && rows && sequenceAt(window, rows, resource.time);
    if (window === undefined || rows === undefined || sequence === undefined) {
      return undefined;
    }
    if (resource.keyFrames === true) {
      const row = nextRow(window, rows, sequence);
      return row && nextName(resource, row.time, carried);
    }
    const start = whole.groups.around(sequence).end;
    const [group] = listedGroups(whole, membersOf(window, resource.format, snapshot), snapshot).filter(
      (one) => one.start >= start,
    );
    const row = group && fragments.row(window, group.start);
    return row && nextName(resource, row.time, carried);
  }

  /** Behind what is there, but by no more than the player of a stream that goes on can be wrong. */
  function isAhead({ track, segments, open }: ShownTrack, time: Ticks): boolean {
    const last = segments.length === 0 ? undefined : segments.at(segments.length - 1);
    const end = last === undefined ? open?.time : last.time + BigInt(last.duration);
    const reach = secondsToTicks(3 * whole.targetSeconds(), track.timescale);
    return presentation.state() === 'live' && end !== undefined && time >= end && time <= end + reach;
  }

  function mediaAnswer(
    window: ShownTrack,
    time: Ticks,
    bytes: Uint8Array,
    { start, end: behind }: Group,
  ): MediaAnswer {
    const { track } = window;
    const last = fragments.row(window, behind - 1);
    const end = last === undefined ? time : ticks(last.time + BigInt(last.duration));
    return {
      kind: 'media',
      contentType: TS_TYPE,
      version: `${time.toString(36)}-${bytes.length.toString(36)}`,
      madeAtMs: utcMs(presentation, end, track.timescale),
      sequence: start,
      size: bytes.length,
      chunks: [bytes],
      lifetime: isRecorded(window) ? 'immutable' : LATE_TRACK_SECONDS,
    };
  }

  return {
    answer(resource) {
      if (protection?.scheme === 'CommonEncryptionCenc') {
        throw new AppError('MPE_FORMAT_NOT_SUPPORTED', 'Transport streams do not have encryption=cenc.');
      }
      switch (resource.kind) {
        case 'manifest':
          return manifest(resource);
        case 'media-playlist':
          return mediaPlaylist(resource);
        case 'segment':
          return segment(resource);
        case 'init':
          throw new AppError('MPE_BAD_URL_SYNTAX', 'Transport streams have no initialization segments.');
        case 'part':
          throw new AppError('MPE_BAD_URL_SYNTAX', 'Segments in transport streams have no parts.');
      }
    },
    next: (resource) => (resource.kind === 'segment' ? next(resource) : undefined),
  };
}

/** Throws `MPE_EGRESS_TRACK_NOT_FOUND`. */
function findWindow(
  { tracks, late }: Snapshot,
  { track }: ResourceOf<'media-playlist'> | ResourceOf<'segment'>,
): ShownTrack {
  return findTrack([...tracks, ...late.hidden], track);
}

function hlsFormat(format: StreamingResource['format']): 'm3u8-aapl' | 'm3u8-aapl-v3' {
  return format === 'm3u8-aapl-v3' ? format : 'm3u8-aapl';
}

function manifestAnswer(document: ManifestDocument | undefined, snapshot: Snapshot): Answer {
  if (document === undefined) {
    throw notReady();
  }
  return { kind: 'manifest', document, lifetime: manifestLifetime(snapshot) };
}

import { writeF4m } from '../../../manifest/hds/f4m.ts';
import { encodeAmf0 } from '../../../media/flv/amf0.ts';
import { writeBootstrap } from '../../../media/hds/bootstrap.ts';
import { ticksToSeconds } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer, StreamingResource } from '../../ports/packaging.ts';
import type { Track } from '../../ports/presentation.ts';
import { removalsOf } from '../../ports/removed-media.ts';
import { hdsBootstrapName, hdsFragmentsUrl } from '../address.ts';
import { createDocumentKeeper } from '../document.ts';
import type { FormatView, ViewContext } from '../format-view.ts';
import { manifestLifetime } from '../lifetimes.ts';
import { notFound, notReady } from '../media.ts';
import { createPiece } from '../pieces.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { choosableTracks, offeredTracks, type Snapshot, shownRange, utcMs } from '../snapshot.ts';
import { isRecorded } from '../text/late-tracks.ts';
import { findTrack } from '../tracks.ts';
import { createFragments } from '../transport-stream/fragments.ts';
import { createMadeCache } from '../transport-stream/made-cache.ts';
import { writeHdsFragment } from './fragment.ts';
import { createFragmentRuns, type FragmentRuns } from './fragment-runs.ts';

const F4M_TYPE = 'application/f4m+xml';
const BOOTSTRAP_TYPE = 'application/octet-stream';
const FRAGMENT_TYPE = 'video/f4f';
/** Of fragments that were made lately: some seconds of several qualities. */
const CACHE_BYTES = 24 * 1024 ** 2;
/** How far ahead of the newest fragment a player can ask by mistake. */
const REACH = 3;

/** What an F4M lists: qualities with their sound inside, or the sound alone. */
type LineUp = {
  readonly shown: readonly ShownTrack[];
  /** Its cuts are those of all. */
  readonly leader: ShownTrack;
  readonly sound: ShownTrack | undefined;
  /** Sequence numbers of the first and the last complete fragment. */
  readonly first: number;
  readonly last: number;
};

/**
 * HTTP Dynamic Streaming (`f4m-f4f`, spec 5.3): a manifest with its bootstrap inside, and fragments of FLV tags that are made when somebody asks.
 * H.264 and AAC; of several languages the first, because the sound is inside of each quality.
 */
export function createHdsView(context: ViewContext): FormatView {
  const { presentation, carried } = context;
  const nowMs = (): number => context.nowMs();
  const fragments = createFragments(context);
  const made = createMadeCache(CACHE_BYTES);
  const manifestKeeper = createDocumentKeeper(F4M_TYPE, nowMs);
  const bootstrapKeeper = createDocumentKeeper(BOOTSTRAP_TYPE, nowMs);
  let timeline:
    | {
        readonly leader: ShownTrack;
        readonly base: number;
        readonly beginSeconds: number;
        readonly runs: FragmentRuns;
      }
    | undefined;

  function lineUp(snapshot: Snapshot): LineUp | undefined {
    const offered = offeredTracks(snapshot);
    const all = offered === undefined ? [] : choosableTracks(offered, snapshot).filter(isRecorded);
    const videos = all.filter(({ track }) => track.fourCc === 'avc1' || track.fourCc === 'avc3');
    const sound = all.find(({ track }) => track.fourCc === 'mp4a');
    const shown = videos.length > 0 ? videos : sound === undefined ? [] : [sound];
    const [leader] = shown;
    const range = leader && shownRange(leader, snapshot);
    if (leader === undefined || range === undefined) {
      return undefined;
    }
    const soundLast = sound === undefined ? undefined : shownRange(sound, snapshot)?.last;
    const last = snapshot.phase === 'live' ? Math.min(range.last, soundLast ?? range.last) : range.last;
    return last < range.first ? undefined : { shown, leader, sound, first: range.first, last };
  }

  /** Live, fragments are numbered by their sequence numbers; a recording counts from 1, because players reckon so. */
  function timelineOf({ leader, first }: LineUp, { phase }: Snapshot) {
    const base = phase === 'ended' ? first : 0;
    if (timeline?.leader !== leader || timeline.base !== base) {
      const { timescale } = leader.track;
      const row = fragments.row(leader, first);
      const beginSeconds = timeline?.beginSeconds ?? (row === undefined ? 0 : ticksToSeconds(row.time, timescale));
      const runs = createFragmentRuns({
        rowAt: (sequence) => fragments.row(leader, sequence),
        timescale,
        numberOf: (sequence) => sequence - base + 1,
        beginSeconds,
        removals: () => removalsOf(presentation),
      });
      timeline = { leader, base, beginSeconds, runs };
    }
    return timeline;
  }

  function bootstrapOf(line: LineUp, snapshot: Snapshot): Uint8Array {
    const { runs, base } = timelineOf(line, snapshot);
    const entries = runs.entries(line.first, line.last);
    const lastFragment = line.last - base + 1;
    const isLive = snapshot.phase !== 'ended';
    const end = { first: lastFragment + 1, timeMs: runs.endMs(), ends: 'presentation' } as const;
    return writeBootstrap({
      isLive,
      currentMs: isLive ? runs.beginMs() : runs.endMs(),
      lastFragment: isLive ? undefined : lastFragment,
      // VLC knows of no other end.
      fragments: snapshot.phase === 'live' ? entries : [...entries, end],
    });
  }

  function manifest(resource: StreamingResource & { readonly kind: 'manifest' }): Answer {
    const snapshot = context.snapshotNow();
    const line = lineUp(snapshot);
    if (line === undefined) {
      return context.waitForBegin(
        () => lineUp(context.snapshotNow()) !== undefined,
        () => manifest(resource),
      );
    }
    const document = resource.bootstrap
      ? bootstrapKeeper.latest(snapshot, () => [createPiece(bootstrapOf(line, snapshot))])
      : manifestKeeper.latest(snapshot, () => [createPiece(manifestOf(line, snapshot))]);
    if (document === undefined) {
      throw notReady();
    }
    return { kind: 'manifest', document, lifetime: manifestLifetime(snapshot) };
  }

  function manifestOf(line: LineUp, snapshot: Snapshot): string {
    const { base, runs } = timelineOf(line, snapshot);
    const box = bootstrapOf(line, snapshot);
    const isLive = snapshot.phase !== 'ended';
    return writeF4m({
      id: presentation.id,
      isLive,
      durationSeconds: isLive ? undefined : runs.endMs() / 1000,
      bootstrap: { url: isLive ? hdsBootstrapName(carried) : undefined, box },
      media: line.shown.map(({ track }) => ({
        url: hdsFragmentsUrl(track, base, carried),
        bitrateKbps: Math.max(1, Math.round((track.bitrate + soundBitrate(line, track)) / 1000)),
        ...(track.kind === 'video' ? { width: track.width, height: track.height } : {}),
        metadata: metadataOf(track, line),
      })),
    });
  }

  async function fragment(resource: StreamingResource & { readonly kind: 'segment' }): Promise<MediaAnswer> {
    const snapshot = context.snapshotNow();
    const line = lineUp(snapshot);
    const window = findTrack(snapshot.tracks, resource.track);
    if (line === undefined || resource.fragment === undefined) {
      throw notFound();
    }
    const { beginSeconds } = timelineOf(line, snapshot);
    const sequence = Number(resource.time) + resource.fragment - 1;
    const row = fragments.row(window, sequence);
    if (row === undefined || row.size === 0 || sequence > line.last) {
      const isAhead = snapshot.phase === 'live' && sequence > line.last && sequence <= line.last + REACH;
      throw isAhead ? notReady() : notFound();
    }
    const members = window === line.sound || line.sound === undefined ? [window] : [window, line.sound];
    const key = `${removalsOf(presentation)} ${window.track.id} ${sequence}`;
    const bytes = await made.get(key, async () => {
      const parts = await Promise.all(
        members.map(async (member) => ({
          track: member.track,
          samples: await fragments.samples(member, sequence),
        })),
      );
      return writeHdsFragment(parts, beginSeconds);
    });
    return {
      kind: 'media',
      contentType: FRAGMENT_TYPE,
      version: `f${sequence.toString(36)}-${bytes.length.toString(36)}`,
      madeAtMs: utcMs(presentation, row.time, window.track.timescale),
      size: bytes.length,
      chunks: [bytes],
      lifetime: 'immutable',
    };
  }

  return {
    answer(resource) {
      switch (resource.kind) {
        case 'manifest':
          return manifest(resource);
        case 'segment':
          return fragment(resource);
        case 'init':
        case 'part':
        case 'media-playlist':
          throw new AppError('MPE_BAD_URL_SYNTAX', 'HDS has a manifest and fragments only.');
      }
    },
  };
}

function soundBitrate({ sound }: LineUp, track: Track): number {
  return sound === undefined || sound.track === track ? 0 : sound.track.bitrate;
}

/** `onMetaData`, which players put in front of the first fragment. */
function metadataOf(track: Track, { sound }: LineUp): Uint8Array {
  const about = new Map<string, number>();
  if (track.kind === 'video') {
    about.set('width', track.width).set('height', track.height);
    about.set('videocodecid', 7).set('videodatarate', track.bitrate / 1000);
  }
  if (sound !== undefined) {
    about.set('audiocodecid', 10).set('audiodatarate', sound.track.bitrate / 1000);
  }
  return encodeAmf0(['onMetaData', about]);
}

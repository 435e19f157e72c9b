import { writeChunkHead } from '../../../media/cmaf/chunk.ts';
import { writeEncryptionBoxes } from '../../../media/smooth/sample-encryption.ts';
import { ticks } from '../../../media/time.ts';
import { AppError } from '../../../shared/app-error.ts';
import type { Answer, MediaAnswer } from '../../ports/packaging.ts';
import { fragmentName } from '../address.ts';
import { createDocumentKeeper, type DocumentKeeper } from '../document.ts';
import { trackKeysOf } from '../encryption/hls-keys.ts';
import type { ViewContext } from '../format-view.ts';
import { manifestLifetime } from '../lifetimes.ts';
import { contentTypeOf, isAhead, notFound, notReady, readShownSegment } from '../media.ts';
import { sequenceAt } from '../next-fragment.ts';
import { segmentSamples } from '../segment-samples.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { type Snapshot, shownRange, utcMs } from '../snapshot.ts';
import { createFragments } from '../transport-stream/fragments.ts';
import { createGroups } from '../transport-stream/groups.ts';
import { createTsPlaylistWriter, type TsPlaylistWriter } from '../transport-stream/playlists.ts';
import type { DateRanges } from './date-ranges.ts';
import { gapSeconds, targetDurationSeconds } from './low-latency.ts';

/**
 * Single pictures for HLS with CMAF, which players show while somebody searches (EXT-X-I-FRAMES-ONLY, 8216bis §4.4.3.6): the first of each
 * fragment, as a fragment of its own that lasts as long as the whole one, so that there is a picture at every time. Addresses of their own and
 * not byte ranges, because with low latency a fragment is many chunks, and encrypted as a whole it has no ranges.
 */
export type KeyFrames = {
  playlist(window: ShownTrack, legacyCues: boolean): Answer;
  /** Rejects with `MPE_FRAGMENT_TIMESTAMP_NOT_FOUND`, and with `MPE_FRAGMENT_NOT_READY` for what lies just ahead. */
  picture(window: ShownTrack, time: bigint): Promise<MediaAnswer>;
};

type Playlist = { readonly write: TsPlaylistWriter; readonly keeper: DocumentKeeper };

const HLS_TYPE = 'application/vnd.apple.mpegurl';
/** Of EXT-X-MAP in a playlist of pictures (8216bis §8). */
const LEAST_VERSION = 5;

export function createKeyFrames(
  context: Omit<ViewContext, 'clock' | 'messages'> & { readonly dateRangesOf: (snapshot: Snapshot) => DateRanges },
): KeyFrames {
  const { presentation, protection, carried, snapshotNow, rowsOf, nowMs } = context;
  const fragments = createFragments({ presentation, rowsOf });
  const groups = createGroups(1);
  const keepers = { plain: new WeakMap<ShownTrack, Playlist>(), legacy: new WeakMap<ShownTrack, Playlist>() };
  let followed: Snapshot | undefined;

  function playlistOf(window: ShownTrack, legacyCues: boolean): Playlist {
    const kept = legacyCues ? keepers.legacy : keepers.plain;
    const { name } = window.track;
    const found = kept.get(window) ?? {
      write: createTsPlaylistWriter({
        ...{ presentation, fragments, groups, legacyCues },
        members: [window],
        targetSeconds: () => targetDurationSeconds(presentation),
        gapSeconds: gapSeconds(presentation),
        version: LEAST_VERSION,
        iFramesOnly: true,
        keys: trackKeysOf(protection, window, 'fmp4'),
        uriOf: (time) => fragmentName(name, time, 'm3u8-cmaf', { ...carried, keyFrame: true }),
        mapUriOf: (cryptoPeriod) => fragmentName(name, 'i', 'm3u8-cmaf', { ...carried, cryptoPeriod }),
      }),
      keeper: createDocumentKeeper(HLS_TYPE, nowMs),
    };
    kept.set(window, found);
    return found;
  }

  function playlist(window: ShownTrack, legacyCues: boolean): Answer {
    insistOnPictures(window);
    const snapshot = snapshotNow();
    const range = shownRange(window, snapshot);
    if (range === undefined) {
      return context.waitForBegin(
        () => shownRange(window, snapshotNow()) !== undefined,
        () => playlist(window, legacyCues),
      );
    }
    if (snapshot !== followed) {
      groups.follow(snapshot);
      followed = snapshot;
    }
    const { write, keeper } = playlistOf(window, legacyCues);
    const document = keeper.latest(snapshot, () =>
      write(
        snapshot,
        groups.within(range.first, range.last, { before: true, behind: true }),
        context.dateRangesOf(snapshot).all,
      ),
    );
    if (document === undefined) {
      throw notReady();
    }
    return { kind: 'manifest', document, lifetime: manifestLifetime(snapshot) };
  }

  return {
    playlist,
    async picture(window, time) {
      insistOnPictures(window);
      const { track } = window;
      const rows = rowsOf(window);
      const sequence = sequenceAt(window, rows, time);
      if (sequence === undefined) {
        throw isAhead(presentation, window, ticks(time)) ? notReady() : notFound();
      }
      const row = rows.rowAt(sequence);
      const chunks = await readShownSegment(presentation, window, sequence);
      const hasIvs = protection?.scheme !== 'CommonEncryptionCbcs';
      const { samples, infos } = segmentSamples(chunks, row, {
        firstOnly: true,
        ...(hasIvs ? {} : { ivBytes: 0 }),
      });
      const [sample] = samples;
      if (sample?.sync !== true) {
        throw notFound();
      }
      const head = writeChunkHead([{ ...sample, duration: row.duration }], {
        kind: 'video',
        sequenceNumber: sequence >>> 0,
        boxes: infos.length === 0 ? undefined : (writer) => writeEncryptionBoxes(writer, infos, 'senc'),
      });
      const size = head.length + sample.data.length;
      return {
        kind: 'media',
        contentType: contentTypeOf(track),
        version: `k${time.toString(36)}-${size.toString(36)}`,
        madeAtMs: utcMs(presentation, ticks(row.time + BigInt(row.duration)), track.timescale),
        sequence,
        size,
        chunks: [head, sample.data],
        lifetime: 'immutable',
      };
    },
  };
}

function insistOnPictures({ track }: ShownTrack): void {
  if (track.kind !== 'video') {
    throw new AppError('MPE_BAD_URL_SYNTAX', 'Only pictures have key frames.');
  }
}

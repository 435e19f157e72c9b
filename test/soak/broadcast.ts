import type { LiveEventCreate } from '../../src-main/shared/api/live-events.ts';
import type { Lectern } from '../support/lectern-process.ts';
import type { LiveSender, SenderClock } from '../support/live-senders.ts';
import type { LoopedTrack } from '../support/looped-media.ts';
import { type Published, playlistsOf, record, segmentsAt, startEvent } from '../support/service-stage.ts';
import { followManifest, type ManifestReader } from './dash-reader.ts';
import { createEncoder, type Encoder, flap, type Habits } from './encoders.ts';
import { followPlaylist, type PlaylistReader } from './hls-reader.ts';
import { secondsOnDisk } from './on-disk.ts';
import type { Random } from './random.ts';
import { type Anchors, createTrackCheck, type TrackCheck } from './track-check.ts';

const WINDOW_SECONDS = 60;

export type BroadcastPlan = {
  readonly name: string;
  readonly create: LiveEventCreate;
  readonly video: readonly LoopedTrack[];
  readonly audio: LoopedTrack;
  /** Two or more bring the same, and one of them is always there. */
  readonly encoders: readonly {
    readonly name: string;
    /** Connects everything that this encoder sends, to a running event. */
    readonly open: (event: Awaited<ReturnType<typeof startEvent>>, from: number) => readonly Promise<LiveSender>[];
  }[];
  readonly habits: Habits;
};

/** A live event with its encoders, a live output of a minute, and who watches it. */
export type Broadcast = AsyncDisposable & {
  readonly name: string;
  readonly encoders: readonly Encoder[];
  readonly tracks: readonly {
    readonly name: string;
    readonly check: TrackCheck;
    readonly reader: PlaylistReader;
  }[];
  readonly manifest: ManifestReader;
  readonly anchors: Anchors;
  /** Encoders come and go from now until the signal. */
  readonly run: (signal: AbortSignal) => Promise<void>;
  readonly onDisk: () => Promise<number>;
};

export async function openBroadcast(
  plan: BroadcastPlan,
  context: { readonly lectern: Lectern; readonly clock: SenderClock; readonly random: Random },
): Promise<Broadcast> {
  const { lectern, clock, random } = context;
  const { name, video, audio } = plan;
  await using opened = new AsyncDisposableStack();
  const event = await startEvent(lectern, name, plan.create);
  const published = await record(lectern, name, { archiveWindowLength: `PT${WINDOW_SECONDS}S` });
  const [first, ...rest] = plan.encoders.map((encoder) =>
    opened.use(
      createEncoder({ name: `${name}, ${encoder.name}`, clock, open: (from) => encoder.open(event, from) }),
    ),
  );
  if (first === undefined) {
    throw new Error(`${name} has no encoder`);
  }
  const encoders = [first, ...rest] as const;
  await Promise.all(encoders.map((encoder) => encoder.start()));

  const anchors: Anchors = { all: [] };
  const tracks = (await namedPlaylists(published, video, audio)).map(({ track, url, label }) => {
    const check = createTrackCheck({ track, anchors, clock });
    return { name: label, check, reader: opened.use(followPlaylist(url, check, clock)) };
  });
  const manifest = opened.use(followManifest(published.dash, anchors));
  const owned = opened.move();
  return {
    name,
    encoders,
    tracks,
    manifest,
    anchors,
    run: async (signal) => await flap(encoders, { random, habits: plan.habits, signal }),
    onDisk: async () => await secondsOnDisk(lectern, published.asset),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Waits until every quality is there, and says which playlist is of which track: by the bitrate in its address. */
async function namedPlaylists(
  { hls }: Published,
  video: readonly LoopedTrack[],
  audio: LoopedTrack,
): Promise<readonly { readonly track: LoopedTrack; readonly url: string; readonly label: string }[]> {
  await segmentsAt(hls, 1);
  const urls = await playlistsOf(hls);
  const found = urls.map((url) => {
    const [, bitrate, kind] = /QualityLevels\((\d+)\)\/Manifest\((\w+)/.exec(decodeURIComponent(url)) ?? [];
    const among = kind === 'video' ? video : [audio];
    const [track] = among.toSorted(
      (a, b) => Math.abs(a.bitrate - Number(bitrate)) - Math.abs(b.bitrate - Number(bitrate)),
    );
    return track === undefined ? [] : [{ track, url, label: `${kind ?? ''} ${bitrate ?? ''}` }];
  });
  if (found.flat().length !== video.length + 1) {
    throw new Error(`${urls.length} playlists at ${hls}`);
  }
  return found.flat();
}

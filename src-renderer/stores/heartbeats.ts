import type { IngestHeartbeat, TrackIngestHeartbeat } from '../../src-main/shared/api/telemetry.ts';

/** One track's figures at one time, for a chart. */
export type TrackPoint = {
  readonly atMs: number;
  /** Bits per second that the encoder declared. */
  readonly declared: number;
  readonly incoming: number;
  /** Seconds lost per minute; undefined without data. */
  readonly drift: number | undefined;
  readonly isHealthy: boolean;
};

export type TrackHistory = {
  readonly name: string;
  readonly type: IngestHeartbeat['trackType'];
  /** Oldest first, one a time, of the last hour. */
  readonly points: readonly TrackPoint[];
};

const HISTORY_MS = 3_600_000;

/** Adds heartbeats in any order, also those that are known already: what was loaded and what was pushed overlap. */
export function withHeartbeats(
  tracks: readonly TrackHistory[],
  added: readonly TrackIngestHeartbeat[],
): readonly TrackHistory[] {
  const byName = new Map(tracks.map((track) => [track.name, track]));
  for (const beat of added) {
    const { trackName: name, trackType: type } = beat.heartbeat;
    const point = pointOf(beat);
    const others = (byName.get(name)?.points ?? []).filter(({ atMs }) => atMs !== point.atMs);
    byName.set(name, { name, type, points: [...others, point] });
  }
  const whole = [...byName.values()].map((track) => ({ ...track, points: recent(track.points) }));
  return whole.sort(pictureFirst);
}

function pointOf({ eventTime, heartbeat }: TrackIngestHeartbeat): TrackPoint {
  const drift = Number.parseFloat(heartbeat.ingestDriftValue);
  return {
    atMs: Date.parse(eventTime),
    declared: heartbeat.bitrate,
    incoming: heartbeat.incomingBitrate,
    drift: Number.isFinite(drift) ? drift : undefined,
    isHealthy: heartbeat.healthy,
  };
}

function recent(points: readonly TrackPoint[]): readonly TrackPoint[] {
  const sorted = [...points].sort((one, other) => one.atMs - other.atMs);
  const newest = sorted.at(-1)?.atMs ?? 0;
  return sorted.filter(({ atMs }) => atMs > newest - HISTORY_MS);
}

/** The picture before the sound, and the best quality of each first. */
function pictureFirst(one: TrackHistory, other: TrackHistory): number {
  return (
    other.type.localeCompare(one.type) ||
    (other.points.at(-1)?.declared ?? 0) - (one.points.at(-1)?.declared ?? 0) ||
    one.name.localeCompare(other.name)
  );
}

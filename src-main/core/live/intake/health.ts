import type { LiveEventStatus } from '../../../shared/api/telemetry.ts';
import { PERIOD_SECONDS, type TrackMonitor } from './track-monitor.ts';

/** Something that went wrong of late, as the status of a live event weighs it (spec 2.16). */
export type Incident = {
  readonly level: 'warning' | 'error';
  /** Of a discontinuity: its length. */
  readonly gapSeconds: number | undefined;
  readonly text: string;
};

/** Incidents of the last 20 s. */
export type IncidentLog = {
  add(nowMs: number, incident: Incident): void;
  recent(nowMs: number): readonly Incident[];
};

export function createIncidentLog(): IncidentLog {
  /** One a kind and wording would do, but the newest of each is what counts: bounded, because a broken encoder makes thousands. */
  const newest = new Map<string, { readonly atMs: number; readonly incident: Incident }>();
  return {
    add(nowMs, incident) {
      newest.delete(incident.text);
      newest.set(incident.text, { atMs: nowMs, incident });
      for (const text of newest.keys()) {
        if (newest.size <= MAX_INCIDENTS) {
          break;
        }
        newest.delete(text);
      }
    },
    recent(nowMs) {
      for (const [text, { atMs }] of newest) {
        if (nowMs - atMs >= PERIOD_SECONDS * 1000) {
          newest.delete(text);
        }
      }
      return [...newest.values()].map(({ incident }) => incident);
    },
  };
}

const MAX_INCIDENTS = 50;
const EXCELLENT_SHARE = 0.75;
const GOOD_SHARE = 0.2;
const GOOD_GAP_SECONDS = 10;

/**
 * `Excellent`: at least 75 % of what every track should bring, no warning, no error, no drift. `Good`: at least 20 %, no error, and of warnings
 * only discontinuities of less than 10 s. `Poor`: the rest.
 */
export function judgeHealth(
  monitors: readonly TrackMonitor[],
  incidents: readonly Incident[],
): Pick<LiveEventStatus, 'healthStatus' | 'healthDescriptions'> {
  const shares = monitors.map((monitor) => monitor.incomingBitrate() / monitor.track.bitrate);
  const least = shares.length === 0 ? 0 : Math.min(...shares);
  const drifting = monitors.filter((monitor) => !['0', 'n/a'].includes(monitor.drift()));
  const descriptions = [
    ...(monitors.length === 0 ? ['Nothing has come in yet.'] : []),
    ...monitors.flatMap((monitor, index) => {
      const share = shares[index] ?? 0;
      return share >= EXCELLENT_SHARE
        ? []
        : [`${monitor.track.id} brings ${Math.round(share * 100)} % of its ${monitor.track.bitrate} bit/s.`];
    }),
    ...drifting.map(
      (monitor) => `${monitor.track.id} loses ${monitor.drift()} s a minute against this computer's clock.`,
    ),
    ...incidents.map(({ text }) => text),
  ];
  if (descriptions.length === 0) {
    return { healthStatus: 'Excellent', healthDescriptions: [] };
  }
  const isGood =
    least >= GOOD_SHARE &&
    incidents.every(
      ({ level, gapSeconds }) => level === 'warning' && gapSeconds !== undefined && gapSeconds < GOOD_GAP_SECONDS,
    );
  return { healthStatus: isGood ? 'Good' : 'Poor', healthDescriptions: descriptions };
}

import type { Broadcast } from './broadcast.ts';
import type { Encoder } from './encoders.ts';
import type { Hole } from './track-check.ts';
import type { Growth } from './vitals.ts';

export type EventCounts = {
  readonly connected: number;
  readonly disconnected: number;
  /** Numbers that were left out in the stream of events. */
  readonly missed: number;
};

/** Everything that a run is judged by. */
export type Findings = {
  readonly seconds: number;
  readonly broadcasts: readonly BroadcastFindings[];
  readonly growth: readonly Growth[];
  readonly restarts: number;
  /** Seconds at a stretch for which the computer stood still, by this process. */
  readonly standstill: number;
  readonly events: { readonly expected: Omit<EventCounts, 'missed'>; readonly seen: EventCounts };
};

export type BroadcastFindings = {
  readonly name: string;
  readonly gapsExpected: number;
  readonly tracks: readonly TrackFindings[];
  /** Seconds that an MPD left out although an encoder was there. */
  readonly lostInDash: number;
  readonly dashGaps: number;
  readonly failures: readonly string[];
  readonly cutOffs: readonly string[];
  /** Seconds that the media time moved against the clock of the senders, which is that of the wall. */
  readonly drift: number;
  /** The most seconds of a track in the files, and what the window allows. */
  readonly onDisk: number;
};

export type TrackFindings = {
  readonly name: string;
  readonly samples: number;
  readonly gaps: number;
  /** Seconds that are missing although an encoder was there. */
  readonly lost: number;
  readonly duplicates: number;
  readonly wrong: number;
  readonly unseen: number;
  readonly mistold: number;
  readonly latest: number;
};

/** What had been sent this short a time before an encoder was switched off may still have been on its way. */
const IN_FLIGHT_SECONDS = 0.5;
/** Less than this is no loss but the rounding of milliseconds. */
const NOTHING_SECONDS = 0.02;
/** Of the media time against the wall's; RTMP counts milliseconds. */
const DRIFT_SECONDS = 0.05;
/** The window, two segments, and what is open while files are looked at. */
const ON_DISK_SECONDS = 60 + 2 * 2 + 2;
const LONG_RUN_SECONDS = 3600;
const DESCRIPTORS = 10;
/** Encoders that do not send for so long, and readers that do not read, are no encoders and no readers. */
const STANDSTILL_SECONDS = 5;

/** Seconds of a hole during which at least one encoder was sending. */
function lostIn(hole: Hole, encoders: readonly Pick<Encoder, 'spans'>[]): number {
  const covered = encoders
    .flatMap((encoder) => encoder.spans())
    .map(({ from, until }) => ({
      from: Math.max(hole.from, from),
      to: Math.min(hole.to, until === undefined ? Number.POSITIVE_INFINITY : until - IN_FLIGHT_SECONDS),
    }))
    .filter(({ from, to }) => to > from)
    .toSorted((a, b) => a.from - b.from);
  let lost = 0;
  let at = hole.from;
  for (const { from, to } of covered) {
    lost += Math.max(0, to - Math.max(at, from));
    at = Math.max(at, to);
  }
  return lost > NOTHING_SECONDS ? lost : 0;
}

/** How often there was nobody, between the first who came and the last. */
function gapsBetween(encoders: readonly Encoder[]): number {
  const spans = encoders.flatMap((encoder) => encoder.spans()).toSorted((a, b) => a.from - b.from);
  let gaps = 0;
  let end = spans[0]?.from ?? 0;
  for (const { from, until } of spans) {
    gaps += from > end ? 1 : 0;
    end = Math.max(end, until ?? Number.POSITIVE_INFINITY);
  }
  return gaps;
}

export async function judge(broadcast: Broadcast): Promise<BroadcastFindings> {
  const { name, encoders, tracks, manifest, anchors } = broadcast;
  const [newest = 0] = anchors.all;
  return {
    name,
    gapsExpected: gapsBetween(encoders),
    tracks: tracks.map(({ name: track, check, reader }) => ({
      name: track,
      ...check.counts(),
      gaps: check.holes().length,
      lost: sum(check.holes().map((hole) => lostIn(hole, encoders))),
      unseen: reader.unseen(),
      mistold: reader.mistold(),
      latest: reader.latest(),
    })),
    lostInDash: sum(manifest.holes().map((hole) => lostIn(hole, encoders))),
    dashGaps: manifest.holes().filter(({ kind }) => kind === 'video').length,
    failures: [...tracks.flatMap(({ reader }) => reader.failures()), ...manifest.failures()],
    cutOffs: encoders.flatMap((encoder) => encoder.faults()),
    drift:
      Math.max(...anchors.all.map((anchor) => Math.abs(anchor - newest)), 0) +
      Math.max(...tracks.map(({ check }) => check.deviation())),
    onDisk: await broadcast.onDisk(),
  };
}

/** Why a run has failed; empty when it has not. */
export function faultsOf({
  seconds,
  broadcasts,
  growth,
  restarts,
  standstill,
  events,
}: Findings): readonly string[] {
  const mostGrowth = seconds > LONG_RUN_SECONDS ? 1.1 : 1.25;
  return [
    ...when(
      standstill > STANDSTILL_SECONDS,
      `this computer stood still for ${standstill.toFixed(1)} s: run it again, what is said below is worth nothing`,
    ),
    ...broadcasts.flatMap(faultsOfBroadcast),
    ...growth.flatMap(({ process, earlyBytes, lateBytes, earlyDescriptors, lateDescriptors }) => [
      ...when(
        lateBytes > mostGrowth * earlyBytes,
        `memory of the ${process} grew to ${(lateBytes / earlyBytes).toFixed(2)} × of what it was`,
      ),
      ...when(
        lateDescriptors > earlyDescriptors + DESCRIPTORS,
        `the ${process} holds ${lateDescriptors} descriptors, and held ${earlyDescriptors}`,
      ),
    ]),
    ...when(growth.length < 2, 'the service or its RTMP receiver was not there'),
    ...when(restarts > 0, `the RTMP receiver was started anew ${restarts} times`),
    ...when(events.seen.missed > 0, `${events.seen.missed} events were left out`),
    ...(['connected', 'disconnected'] as const).flatMap((what) =>
      when(
        events.seen[what] !== events.expected[what],
        `${events.expected[what]} connections were ${what}, ${events.seen[what]} events tell of it`,
      ),
    ),
  ];
}

export function faultsOfBroadcast(found: BroadcastFindings): readonly string[] {
  const { name, gapsExpected, dashGaps, lostInDash, failures, cutOffs, drift, onDisk } = found;
  return [
    ...found.tracks.flatMap(({ name: track, samples, gaps, lost, duplicates, wrong, unseen, mistold }) =>
      [
        ...when(samples === 0, 'nothing came of it'),
        ...when(gaps !== gapsExpected, `${gaps} gaps, ${gapsExpected} expected`),
        ...when(lost > 0, `${lost.toFixed(2)} s lost while an encoder was there`),
        ...when(duplicates > 0, `${duplicates} samples twice`),
        ...when(wrong > 0, `${wrong} samples that are not what was sent`),
        ...when(unseen > 0, `${unseen} segments left the playlist within a second`),
        ...when(mistold > 0, `${mistold} discontinuities that are none, or gaps without one`),
      ].map((fault) => `${name}, ${track}: ${fault}`),
    ),
    ...[
      ...when(dashGaps !== gapsExpected, `${dashGaps} gaps in the MPD, ${gapsExpected} expected`),
      ...when(lostInDash > 0, `${lostInDash.toFixed(2)} s lost in the MPD`),
      ...when(drift > DRIFT_SECONDS, `the media time moved by ${drift.toFixed(3)} s`),
      ...when(onDisk > ON_DISK_SECONDS, `${onDisk.toFixed(1)} s in the files of a window of 60 s`),
      ...failures,
    ].map((fault) => `${name}: ${fault}`),
    ...cutOffs,
  ];
}

function when(isSo: boolean, fault: string): readonly string[] {
  return isSo ? [fault] : [];
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

const MIB = 1024 * 1024;

/** The tables of a report. */
export function printFindings({ broadcasts, growth, events }: Findings): string {
  const media = table(
    [
      ...['event', 'track', 'samples', 'gaps expected', 'gaps', 'lost s', 'twice', 'wrong', 'unseen', 'mistold'],
      ...['gaps in DASH', 'failed reads', 'drift ms', 'late s', 'on disk s'],
    ],
    broadcasts.flatMap((found) =>
      found.tracks.map((track) => [
        ...[found.name, track.name, track.samples, found.gapsExpected, track.gaps, track.lost.toFixed(2)],
        ...[track.duplicates, track.wrong, track.unseen, track.mistold, found.dashGaps, found.failures.length],
        ...[(found.drift * 1000).toFixed(1), track.latest.toFixed(1), found.onDisk.toFixed(1)],
      ]),
    ),
  );
  const processes = table(
    ['process', 'RSS early MiB', 'late MiB', '×', 'descriptors early', 'late'],
    growth.map(({ process, earlyBytes, lateBytes, earlyDescriptors, lateDescriptors }) => [
      ...[
        process,
        (earlyBytes / MIB).toFixed(0),
        (lateBytes / MIB).toFixed(0),
        (lateBytes / earlyBytes).toFixed(2),
      ],
      ...[earlyDescriptors, lateDescriptors],
    ]),
  );
  const told = table(
    ['events', 'expected', 'told', 'missed'],
    (['connected', 'disconnected'] as const).map((what) => [
      ...[`encoders ${what}`, events.expected[what], events.seen[what], events.seen.missed],
    ]),
  );
  return [media, processes, told].join('\n\n');
}

function table(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const all = [head, head.map(() => ''), ...rows.map((row) => row.map(String))];
  const widths = head.map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row, index) =>
      index === 1
        ? `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`
        : `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
    )
    .join('\n');
}

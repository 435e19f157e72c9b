import { ticks } from '../../../media/time.ts';
import type { ViolationLog } from '../../violation.ts';
import { endOfRun, type FragmentRun } from '../fragment-runs.ts';
import type { QualityLevel } from '../quality-level.ts';
import type { SmoothManifest } from '../smooth-manifest.ts';
import type { StreamIndex } from '../stream-index.ts';
import { isSparse, runsOf } from './resolved-stream.ts';

const MEDIA = '2.2.2.1';
const STREAM = '2.2.2.3';
const QUALITY = '2.2.2.5';
const FRAGMENT = '2.2.2.6';

/** One manifest by itself. */
export function checkManifest(log: ViolationLog, manifest: SmoothManifest): void {
  const { live, duration, streams } = manifest;
  log.must(manifest.minorVersion === 0 || manifest.minorVersion === 2, MEDIA, 'there are versions 2.0 and 2.2');
  log.must(manifest.timescale > 0, MEDIA, 'TimeScale is 0');
  log.must(live === undefined || duration === 0n, MEDIA, 'what is live has a Duration of 0');
  log.must(live !== undefined || duration > 0n, MEDIA, 'a recording has no Duration');
  log.must(live === undefined || live.lookAheadFragments > 0, MEDIA, 'what is live has no LookAheadFragmentCount');
  log.must(
    streams.some((stream) => stream.type !== 'text'),
    MEDIA,
    'there is neither picture nor sound',
  );
  const names = streams.map(({ name }) => name);
  log.must(new Set(names).size === names.length, STREAM, 'two streams have the same name');
  for (const stream of streams) {
    checkStream(log, manifest, stream);
  }
}

function checkStream(log: ViolationLog, manifest: SmoothManifest, stream: StreamIndex): void {
  const { name, url, qualities, fragmentCount, parentStream } = stream;
  const runs = runsOf(stream);
  log.must(url.includes('{bitrate}'), STREAM, `${name} has no {bitrate} in its address`);
  log.must(url.includes('{start time}'), STREAM, `${name} has no {start time} in its address`);
  log.must(qualities.length > 0, STREAM, `${name} has no quality`);
  log.must(
    qualities.every(({ index }, position) => index === position),
    QUALITY,
    `the qualities of ${name} are not counted from 0`,
  );
  const bitrates = new Set(qualities.map(({ bitrate }) => bitrate));
  log.must(bitrates.size === qualities.length, QUALITY, `two qualities of ${name} have the same bitrate`);
  for (const quality of qualities) {
    checkQuality(log, stream, quality);
  }
  const count = runs.reduce((sum, run) => sum + run.count, 0);
  log.must(
    fragmentCount === count || (manifest.live !== undefined && fragmentCount === 0),
    STREAM,
    `${name} says ${fragmentCount} fragments and lists ${count}`,
  );
  if (isSparse(stream)) {
    const hasParent = manifest.streams.some((other) => other.name === parentStream && other !== stream);
    log.must(hasParent, STREAM, `${name} goes by ${parentStream}, which is not there`);
    log.must(stream.type === 'text', STREAM, `${name} is sparse, but no text`);
    checkOrder(log, name, runs);
  } else {
    log.must(runs.length > 0, STREAM, `${name} has no fragments`);
    checkTimes(log, manifest, stream, runs);
  }
}

const ANNEX_B = /^(?:H264|AVC1|HVC1|HEV1)$/;

function checkQuality(log: ViolationLog, { name, type }: StreamIndex, level: QualityLevel): void {
  const at = `quality ${level.bitrate} of ${name}`;
  const needs = (value: unknown, attribute: string): void =>
    log.must(value !== undefined && value !== 0, QUALITY, `${at} has no ${attribute}`);
  log.must(level.fourCc !== '', QUALITY, `${at} has no FourCC`);
  if (type === 'video') {
    needs(level.maxWidth, 'MaxWidth');
    needs(level.maxHeight, 'MaxHeight');
    const [a = 1, b = 1, c = 1, d = 0] = level.codecPrivateData;
    const isByteStream = a === 0 && b === 0 && c === 0 && d === 1;
    log.must(
      !ANNEX_B.test(level.fourCc) || isByteStream,
      QUALITY,
      `${at} has a CodecPrivateData that is no byte stream`,
    );
  } else if (type === 'audio') {
    needs(level.samplingRate, 'SamplingRate');
    needs(level.channels, 'Channels');
    needs(level.bitsPerSample, 'BitsPerSample');
    needs(level.packetSize, 'PacketSize');
    needs(level.audioTag, 'AudioTag');
  }
}

function checkOrder(log: ViolationLog, name: string, runs: readonly FragmentRun[]): void {
  const isRising = runs.every((run, index) => index === 0 || run.time >= (runs[index - 1]?.time ?? 0n));
  log.must(isRising, FRAGMENT, `the times of ${name} go back`);
}

function checkTimes(
  log: ViolationLog,
  { minorVersion, live, duration, timescale }: SmoothManifest,
  stream: StreamIndex,
  runs: readonly FragmentRun[],
): void {
  const { name } = stream;
  for (const [index, run] of runs.entries()) {
    const next = runs[index + 1];
    log.must(run.duration > 0, FRAGMENT, `${name} has a fragment of no length at ${run.time}`);
    log.must(run.count === 1 || minorVersion >= 2, FRAGMENT, `${name} repeats in version 2.0`);
    log.must(next === undefined || next.time >= endOfRun(run), FRAGMENT, `${name} overlaps at ${next?.time}`);
  }
  const [first] = runs;
  if (first === undefined) {
    return;
  }
  const span = ticks(endOfRun(runs.at(-1)) - first.time);
  const scaled = (span * BigInt(timescale)) / BigInt(stream.timescale ?? timescale);
  log.must(live !== undefined || scaled <= duration, MEDIA, `${name} is longer than Duration`);
  const window = live?.windowDuration ?? 0n;
  // A fragment is there as long as some of it is within the window. What nobody has does not count.
  const longest = BigInt(Math.max(...runs.map((run) => run.duration)));
  const media = runs.reduce((sum, run) => sum + BigInt(run.duration) * BigInt(run.count), 0n);
  log.should(window === 0n || media <= window + 2n * longest, MEDIA, `${name} lists more than DVRWindowLength`);
}

import type { ViolationLog } from '../../violation.ts';
import { expandRuns } from '../fragment-runs.ts';
import type { SmoothManifest } from '../smooth-manifest.ts';
import type { StreamIndex } from '../stream-index.ts';
import { runsOf } from './resolved-stream.ts';

const UPDATE = '2.2.2 (update of a live manifest)';

/** What a newer version of the manifest of something live may change: fragments come at the end and go at the beginning. */
export function checkUpdate(log: ViolationLog, previous: SmoothManifest, next: SmoothManifest): void {
  log.must(previous.live !== undefined, UPDATE, 'a recording was changed');
  log.must(previous.minorVersion === next.minorVersion, UPDATE, 'the version was changed');
  log.must(previous.timescale === next.timescale, UPDATE, 'TimeScale was changed');
  log.must(
    next.live === undefined || next.live.windowDuration === previous.live?.windowDuration,
    UPDATE,
    'DVRWindowLength was changed',
  );
  for (const before of previous.streams.filter(({ type }) => type !== 'text')) {
    const after = next.streams.find(({ name }) => name === before.name);
    log.must(after !== undefined, UPDATE, `${before.name} is gone`);
    if (after !== undefined) {
      checkStream(log, before, after, next.live !== undefined);
    }
  }
}

function checkStream(log: ViolationLog, before: StreamIndex, after: StreamIndex, isLive: boolean): void {
  const { name } = before;
  const fixed = (stream: StreamIndex): string =>
    JSON.stringify([stream.type, stream.url, stream.language, stream.timescale, stream.qualities]);
  log.must(fixed(before) === fixed(after), UPDATE, `what ${name} is was changed`);
  const old = [...expandRuns(runsOf(before))];
  const now = [...expandRuns(runsOf(after))];
  const first = now[0]?.time ?? old.at(-1)?.time ?? 0n;
  // What is a recording now may reach further back.
  const kept = old.filter(({ time }) => time >= first);
  const from = now.findIndex(({ time }) => time === kept[0]?.time);
  const isSame = kept.every(
    ({ time, duration }, index) => now[from + index]?.time === time && now[from + index]?.duration === duration,
  );
  log.must(kept.length === 0 || (from >= 0 && isSame), UPDATE, `fragments of ${name} were changed or taken back`);
  log.must(!isLive || from <= 0, UPDATE, `${name} has fragments before those that it had`);
}

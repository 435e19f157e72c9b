import { FAKE_TRACKS, fakePresentation, fakePublication } from '../support/fake-presentation.ts';
import { manualClock } from '../support/manual-clock.ts';
import { packagedStream, playlistPath } from '../support/packaged-stream.ts';
import { type Bench, median } from './figure.ts';
import { load, startOrigin } from './origin-server.ts';

const SIX_HOURS = 6 * 3600;
const SECONDS = 20;
const SEGMENT_MS = 2000;

/** Playlists of a long window, to many at once, while the broadcast goes on. */
export const playlistBench: Bench = {
  name: 'playlist',
  takes: '30 s',
  async run() {
    await using origin = await startOrigin(SIX_HOURS, 1000);
    const { p99Ms, requestsPerSecond, bytesPerSecond } = await load(origin.playlistUrl, {
      connections: 200,
      seconds: SECONDS,
      headers: ['Accept-Encoding: gzip'],
      pauseMs: SEGMENT_MS,
    });
    const short = costPerSegment(600);
    const long = costPerSegment(SIX_HOURS);
    return [
      {
        figure: 'origin, live playlist of a 6 h window, p99 with 200 clients',
        measured: p99Ms,
        unit: 'ms',
        target: { most: 20 },
        note: `each about every 2 s; gzip, ${requestsPerSecond.toFixed(0)} a second of ${(bytesPerSecond / requestsPerSecond / 1024).toFixed(0)} KiB`,
      },
      {
        figure: 'cost of a new segment to that playlist, 6 h window over 10 min',
        measured: long / short,
        unit: '×',
        target: { most: 1.5 },
        note: `${(long * 1000).toFixed(0)} over ${(short * 1000).toFixed(0)} µs, gzip included`,
      },
    ];
  },
};

/** Milliseconds that one more segment costs the packager, median. */
function costPerSegment(windowSeconds: number): number {
  const fake = fakePresentation({ windowSeconds });
  const stream = packagedStream(fakePublication(fake.presentation), manualClock(fake.edgeMs()));
  const [video] = FAKE_TRACKS;
  if (video === undefined) {
    throw new Error('no track');
  }
  const path = playlistPath(video);
  fake.segments(windowSeconds / 2 + 100);
  stream.manifest(path).gzip();
  const costs: number[] = [];
  for (let index = 0; index < 500; index += 1) {
    fake.segments(1);
    const fromMs = performance.now();
    stream.manifest(path).gzip();
    costs.push(performance.now() - fromMs);
  }
  return median(costs);
}

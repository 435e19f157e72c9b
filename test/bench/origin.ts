import { type Bench, type Figure, median } from './figure.ts';
import { load, startNginx, startOrigin } from './origin-server.ts';

const SEGMENT_BYTES = 1_000_000;
const SECONDS = 6;
const ROUNDS = 3;
const MIB = 1024 * 1024;

/** Live segments from the origin's memory against the same bytes as files in nginx. */
export const originBench: Bench = {
  name: 'origin',
  takes: '2 min',
  async run(tell) {
    const figures: Figure[] = [];
    for (const [connections, least] of [
      [50, 1.0],
      [500, 0.8],
    ] as const) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        // In turns, and the other is gone meanwhile: both have the same noise, and the machine for themselves.
        {
          await using nginx = await startNginx({ 'segment.m4s': Buffer.alloc(SEGMENT_BYTES, 1) });
          theirs.push((await load(`${nginx.url}/segment.m4s`, { connections, seconds: SECONDS })).bytesPerSecond);
        }
        await using origin = await startOrigin(60, SEGMENT_BYTES);
        ours.push((await load(origin.segmentUrl, { connections, seconds: SECONDS })).bytesPerSecond);
      }
      tell(
        `${connections} connections: ${(median(ours) / MIB).toFixed(0)} MiB/s, nginx ${(median(theirs) / MIB).toFixed(0)} MiB/s`,
      );
      figures.push({
        figure: `origin, live 1 MB segments to ${connections} connections, bytes/s over nginx`,
        measured: median(ours.map((bytes, round) => bytes / (theirs[round] ?? 1))),
        unit: '×',
        target: { least },
        note: `${(median(ours) / MIB).toFixed(0)} over ${(median(theirs) / MIB).toFixed(0)} MiB/s, wrk on the same cores`,
      });
    }
    return figures;
  },
};

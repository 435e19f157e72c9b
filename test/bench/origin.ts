import { type Bench, type Figure, median } from './figure.ts';
import { type Load, load, startNginx, startOrigin } from './origin-server.ts';

const SEGMENT_BYTES = 1_000_000;
/** A part of low-latency HLS of a small quality. */
const PART_BYTES = 10_000;
const SECONDS = 6;
const ROUNDS = 3;
const MIB = 1024 * 1024;

/** Live segments from the origin's memory against the same bytes as files in nginx. */
export const originBench: Bench = {
  name: 'origin',
  takes: '3 min',
  async run(tell) {
    const figures: Figure[] = [];
    for (const [connections, least] of [
      [50, 1.0],
      [500, 0.8],
    ] as const) {
      const ours: number[] = [];
      const theirs: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const both = await inTurns(SEGMENT_BYTES, connections);
        theirs.push(both.nginx.bytesPerSecond);
        ours.push(both.origin.bytesPerSecond);
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
    figures.push(await smallBodies(tell));
    return figures;
  },
};

async function smallBodies(tell: (words: string) => void): Promise<Figure> {
  const rounds: { readonly ours: Load; readonly theirs: Load }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const { nginx, origin } = await inTurns(PART_BYTES, 50);
    rounds.push({ ours: origin, theirs: nginx });
  }
  const ours = median(rounds.map((round) => round.ours.requestsPerSecond));
  const theirs = median(rounds.map((round) => round.theirs.requestsPerSecond));
  tell(`10 kB to 50 connections: ${ours.toFixed(0)} requests/s, nginx ${theirs.toFixed(0)}`);
  return {
    figure: 'origin, live 10 kB segments to 50 connections, requests/s over nginx',
    measured: median(rounds.map((round) => round.ours.requestsPerSecond / round.theirs.requestsPerSecond)),
    unit: '×',
    note: `${ours.toFixed(0)} over ${theirs.toFixed(0)} a second; one process against two`,
  };
}

/** In turns, and the other is gone meanwhile: both have the same noise, and the machine for themselves. */
async function inTurns(
  bytes: number,
  connections: number,
): Promise<{ readonly nginx: Load; readonly origin: Load }> {
  const fromNginx = await (async () => {
    await using nginx = await startNginx({ 'segment.m4s': Buffer.alloc(bytes, 1) });
    return await load(`${nginx.url}/segment.m4s`, { connections, seconds: SECONDS });
  })();
  await using origin = await startOrigin(60, bytes);
  return { nginx: fromNginx, origin: await load(origin.segmentUrl, { connections, seconds: SECONDS }) };
}

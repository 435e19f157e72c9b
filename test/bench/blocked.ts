import { type Bench, quantile } from './figure.ts';
import { type OriginServer, startOrigin } from './origin-server.ts';
import { openPlainClient, type PlainClient } from './plain-client.ts';

const PLAYERS = 500;
const ROUNDS = 30;
/** Of the segments of the origin that is measured. */
const PARTS = 10;
/** All players have asked by then, so that all of them wait. */
const AHEAD = 4;

/** From the moment a part is there until each of many that wait for it has the first byte of its answer. */
export const blockedBench: Bench = {
  name: 'blocked',
  takes: '40 s',
  async run(tell) {
    await using origin = await startOrigin(60, 1000, { announce: true });
    const players = await Promise.all(Array.from({ length: PLAYERS }, () => openPlainClient(origin.playlistUrl)));
    const late: number[] = [];
    // The first round is the first time for everything.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const measured = await wakeUps(origin, players);
      late.push(...(round === 0 ? [] : measured));
    }
    players.forEach((player) => player[Symbol.dispose]());
    const [middle, most] = [quantile(late, 0.5), quantile(late, 1)];
    tell(`${late.length} answers, median ${middle.toFixed(1)} ms, most ${most.toFixed(1)} ms`);
    return [
      {
        figure: `low-latency HLS, ${PLAYERS} blocked reloads: part there → answer, p99`,
        measured: quantile(late, 0.99),
        unit: 'ms',
        target: { most: 50 },
        note: `median ${middle.toFixed(1)} ms, most ${most.toFixed(1)} ms, ${ROUNDS} rounds, all players in one process on the same 2 cores`,
      },
    ];
  },
};

/** Milliseconds for each player, once all of them have asked for the same part and it has come. */
async function wakeUps(origin: OriginServer, players: readonly PlainClient[]): Promise<readonly number[]> {
  const text = await (await fetch(origin.playlistUrl)).text();
  const wanted = aheadOf(text);
  const name = `${wanted.sequence}.${wanted.part}`;
  const { pathname } = new URL(origin.playlistUrl);
  const path = `${pathname}?_HLS_msn=${wanted.sequence}&_HLS_part=${wanted.part}`;
  const answers = await Promise.all(players.map((player) => player.ask(path)));
  // It was told of while it came; the line is read behind the answers.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const thereMs = origin.chunkAt(name);
  if (thereMs === undefined) {
    throw new Error(`the origin did not say when ${name} came`);
  }
  return answers.map(({ firstAtMs }) => firstAtMs - thereMs);
}

/** A part that comes in a moment: of the open segment, or of the one behind it. */
function aheadOf(text: string): { readonly sequence: number; readonly part: number } {
  const first = Number(/#EXT-X-MEDIA-SEQUENCE:(\d+)/.exec(text)?.[1] ?? 0);
  const open = first + (text.match(/#EXTINF/g)?.length ?? 0);
  const parts = text.slice(text.lastIndexOf('#EXTINF')).match(/#EXT-X-PART:/g)?.length ?? 0;
  const part = parts + AHEAD;
  return part < PARTS ? { sequence: open, part } : { sequence: open + 1, part: part - PARTS };
}

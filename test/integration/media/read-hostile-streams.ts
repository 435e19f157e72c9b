/**
 * Run as a child process with a small heap: reads everything that was made to do harm, and a good deal of damaged media besides, then prints
 * what it cost as one line of JSON. Dying on the way is the failure.
 */
import { parseChunks, writeChunk } from '../../../src-main/media/cmaf/chunk.ts';
import { createFragmentReader } from '../../../src-main/media/cmaf/fragment-reader.ts';
import { parseInitSegment } from '../../../src-main/media/cmaf/init-segment.ts';
import { parseMovie } from '../../../src-main/media/mp4/parse-movie.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { HEADER, HOSTILE_STREAMS } from '../../unit/media/cmaf/hostile-streams.ts';
import { audioFrames, concat, NO_DEFAULTS, pictures, written } from '../../unit/media/sample-media.ts';

const MEBIBYTE = 1024 * 1024;
const DAMAGED_STREAMS = 4000;

let refused = 0;
let slowestMs = 0;

/** Every way in that takes bytes from outside. Anything but an `AppError` ends the process, and with it the test. */
function readEverywhere(bytes: Uint8Array): void {
  const began = process.cpuUsage();
  for (const read of [
    () => {
      const reader = createFragmentReader();
      for (let at = 0; at < bytes.length; at += 65_536) {
        reader.push(bytes.subarray(at, at + 65_536));
      }
      reader.push(new Uint8Array());
    },
    () => parseChunks(bytes, NO_DEFAULTS),
    () => parseInitSegment(bytes),
    () => parseMovie(bytes),
  ]) {
    try {
      read();
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      refused += 1;
    }
  }
  // Processor time, because how busy the machine is has nothing to do with it.
  const { user, system } = process.cpuUsage(began);
  slowestMs = Math.max(slowestMs, (user + system) / 1000);
}

/** As many boxes as fit into what is taken for one, at the bottom of a row of boxes in each other. */
function swarm(containers: string, size: number, type: string): Uint8Array {
  const count = Math.floor((31 * MEBIBYTE) / size);
  const path = containers.split(' ');
  return written((writer) => {
    const fill = (depth: number): void => {
      const container = path[depth];
      if (container !== undefined) {
        writer.box(container, () => fill(depth + 1));
        return;
      }
      for (let index = 0; index < count; index += 1) {
        writer.u32(size);
        writer.fourCc(type);
        writer.zeros(size - 8);
      }
    };
    fill(0);
  });
}

for (const { bytes } of HOSTILE_STREAMS) {
  readEverywhere(bytes);
}

for (const [containers, size, type] of [
  ['moof', 8, 'traf'],
  ['moof', 8, 'free'],
  ['moof traf', 16, 'trun'],
  ['moof traf', 8, 'uuid'],
  ['moov', 8, 'trak'],
  ['moov', 8, 'free'],
  ['moov mvex', 32, 'trex'],
  ['moov udta', 8, 'meta'],
] as const) {
  readEverywhere(concat(HEADER, swarm(containers, size, type)));
}

// Whoever announces 32 MiB has to send them before they are allocated.
const waiting = Array.from({ length: 500 }, () => {
  const reader = createFragmentReader();
  reader.push(HEADER);
  reader.push(Uint8Array.of(0x01, 0xff, 0xff, 0xff, ...Buffer.from('moof')));
  return reader;
});

const waitingMebibytes = Math.round(process.memoryUsage().arrayBuffers / MEBIBYTE);

const good = concat(
  HEADER,
  ...[0, 1, 2, 3].map(
    (turn) => writeChunk(pictures(30, { start: turn * 90_000 }), { sequenceNumber: turn, kind: 'video' }).bytes,
  ),
  writeChunk(audioFrames(40), { sequenceNumber: 9, kind: 'audio' }).bytes,
);
// A linear congruential generator: the same damage in every run.
let state = 20_261_121;
const next = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
for (let run = 0; run < DAMAGED_STREAMS; run += 1) {
  const damaged = good.slice(0, 1 + next(good.length));
  for (let change = next(6); change >= 0; change -= 1) {
    damaged[next(Math.min(damaged.length, 1200))] = next(256);
  }
  readEverywhere(damaged);
}

const peakMebibytes = Math.round(process.resourceUsage().maxRSS / 1024);
const cost = {
  refused,
  slowestMs: Math.round(slowestMs),
  peakMebibytes,
  waitingMebibytes,
  waiting: waiting.length,
};
process.stdout.write(JSON.stringify(cost));

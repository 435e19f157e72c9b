import { createAacReader } from '../../../../src-main/media/mpegts/aac-reader.ts';
import { AVC_FORMAT } from '../../../../src-main/media/mpegts/avc-format.ts';
import { crc32Mpeg2 } from '../../../../src-main/media/mpegts/crc32-mpeg2.ts';
import type { ElementaryReader } from '../../../../src-main/media/mpegts/elementary.ts';
import { HEVC_FORMAT } from '../../../../src-main/media/mpegts/hevc-format.ts';
import { createStreamClock } from '../../../../src-main/media/mpegts/stream-clock.ts';
import { createTransportReader } from '../../../../src-main/media/mpegts/transport-reader.ts';
import { createVideoReader } from '../../../../src-main/media/mpegts/video-reader.ts';
import { parseSpliceInfo } from '../../../../src-main/media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../../../src-main/media/scte35/splice-signals.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { transportWriter, writePacket, writePat, writePmt } from '../../../support/transport-stream.ts';
import { concat } from '../sample-media.ts';
import { SPLICE_INSERT_OUT, TIME_SIGNAL_PLACEMENT_START } from '../scte35/sample-sections.ts';

/** Run with a small heap: reads what was made to do harm, and a great deal that was damaged by chance, and says what it cost. */
const MEBIBYTE = 1024 * 1024;
const DAMAGED_STREAMS = 3000;
const DAMAGED_SECTIONS = 30_000;

let samples = 0;
let refused = 0;
let slowestMs = 0;
let peakBytes = 0;

// A linear congruential generator: the same damage in every run.
let state = 20_261_121;
const next = (below: number): number => {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return Math.floor((state / 2 ** 32) * below);
};
const noise = (length: number): Uint8Array => Uint8Array.from({ length }, () => next(256));

function readAll(stream: Uint8Array): void {
  readParts(cut(stream));
}

function* cut(stream: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < stream.length; at += 64 * 1024) {
    yield stream.subarray(at, at + 64 * 1024);
  }
}

function readParts(parts: Iterable<Uint8Array>): void {
  const startMs = cpuMs();
  const clock = createStreamClock();
  const readers = new Map<number, ElementaryReader>();
  const reader = createTransportReader({
    isWanted: () => true,
    onEvent(event) {
      if (event.kind === 'program') {
        for (const { pid, type } of event.chosen) {
          const common = { language: 'und', clock };
          const format = type === 0x1b ? AVC_FORMAT : HEVC_FORMAT;
          readers.set(pid, type === 0x0f ? createAacReader(common) : createVideoReader({ ...common, format }));
        }
      } else if (event.kind === 'pes') {
        try {
          for (const one of readers.get(event.pid)?.push(event.packet) ?? []) {
            samples += one.kind === 'samples' ? one.samples.length : 0;
          }
        } catch (error) {
          count(error);
        }
      } else {
        readSection(event.section);
      }
    },
  });
  for (const part of parts) {
    reader.push(part);
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss);
  }
  reader.flush();
  slowestMs = Math.max(slowestMs, cpuMs() - startMs);
}

/** Of this process: others may be busy. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function readSection(section: Uint8Array): void {
  try {
    const info = parseSpliceInfo(section);
    spliceSignals(info);
    spliceInstant(info);
    samples += 1;
  } catch (error) {
    count(error);
  }
}

function count(error: unknown): void {
  if (!(error instanceof AppError)) {
    throw error;
  }
  refused += 1;
}

const VIDEO = { type: 0x1b, pid: 256 };
const SOUND = { type: 0x0f, pid: 257 };

function begun(streams = [VIDEO, SOUND, { type: 0x24, pid: 258 }, { type: 0x86, pid: 500 }]) {
  const writer = transportWriter();
  writer.section(0, writePat([[1, 4096]]));
  writer.section(4096, writePmt(streams));
  return writer;
}

/** More pictures than are read, all at once, each larger than is taken: 120 MiB. */
function* flood(): Generator<Uint8Array> {
  const pids = Array.from({ length: 14 }, (_, index) => 300 + index);
  yield begun(pids.map((pid) => ({ type: 0x1b, pid }))).bytes();
  const first = Uint8Array.of(0, 0, 1, 0xe0, 0, 0, 0x80, 0, 0);
  for (let turn = 0; turn < 46_000; turn += 1) {
    const payload = turn === 0 ? first : new Uint8Array(184);
    yield concat(...pids.map((pid) => writePacket(pid, turn === 0, turn & 15, payload)));
  }
}

// What grows, what repeats, and what announces more than it has.
readParts(flood());
const many = transportWriter();
many.section(0, writePat(Array.from({ length: 250 }, (_, index) => [index + 1, 1000 + index] as const)));
const nals = begun();
nals.pes(
  256,
  { pts: 1, unbounded: true },
  Uint8Array.from({ length: 7 * MEBIBYTE }, (_, at) => [0, 0, 1, 0x67][at & 3]!),
);
const sync = begun();
sync.pes(257, { pts: 1, unbounded: true }, new Uint8Array(7 * MEBIBYTE).fill(0xff));
for (const stream of [many, nals, sync].map((writer) => writer.bytes())) {
  readAll(stream);
}
readAll(new Uint8Array(20 * MEBIBYTE).fill(0x47));
readAll(noise(4 * MEBIBYTE));

const good = begun();
for (let index = 0; index < 12; index += 1) {
  const head = [
    0,
    0,
    1,
    9,
    0xf0,
    0,
    0,
    1,
    0x67,
    0x64,
    0,
    0x1e,
    0xac,
    0,
    0,
    1,
    0x68,
    0xef,
    0,
    0,
    1,
    0x65,
    0x88,
    index,
  ];
  good.pes(256, { pts: index * 3000, dts: index * 3000 }, Uint8Array.from([...head, ...noise(300)]));
  good.pes(
    258,
    { pts: index * 3000 },
    Uint8Array.from([0, 0, 1, 0x42, 1, ...noise(60), 0, 0, 1, 0x26, 1, 0xaf, index]),
  );
  good.pes(257, { pts: index * 1920 }, Uint8Array.from([0xff, 0xf1, 0x4c, 0x80, 4, 0x1f, 0xfc, ...noise(25)]));
  good.section(500, index % 2 === 0 ? SPLICE_INSERT_OUT : TIME_SIGNAL_PLACEMENT_START);
}
const whole = good.bytes();
for (let run = 0; run < DAMAGED_STREAMS; run += 1) {
  const damaged = whole.slice(0, 1 + next(whole.length));
  for (let change = 1 + next(20); change > 0; change -= 1) {
    damaged[next(damaged.length)] = next(256);
  }
  readAll(damaged);
}
for (let run = 0; run < DAMAGED_SECTIONS; run += 1) {
  const section = (run % 2 === 0 ? SPLICE_INSERT_OUT : TIME_SIGNAL_PLACEMENT_START).slice();
  for (let change = 1 + next(4); change > 0; change -= 1) {
    section[3 + next(section.length - 7)] = next(256);
  }
  // With a right checksum, or nothing behind it would ever be read.
  new DataView(section.buffer).setUint32(section.length - 4, crc32Mpeg2(section.subarray(0, -4)));
  readSection(section);
}

const peakMebibytes = Math.round(peakBytes / MEBIBYTE);
process.stdout.write(JSON.stringify({ samples, refused, slowestMs: Math.round(slowestMs), peakMebibytes }));

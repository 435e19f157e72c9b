import { systemClock } from '../../src-main/base/clock.ts';
import { openOrigin } from '../../src-main/core/origin/origin.ts';
import { createPackager } from '../../src-main/core/packaging/packager.ts';
import { letHeapGrow, SERVICE_HEAP_GROWTH } from '../../src-main/core/platform/heap-growth.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { Presentation } from '../../src-main/core/ports/presentation.ts';
import { FAKE_TRACKS, fakePresentation, fakePublication } from '../support/fake-presentation.ts';
import { playlistPath } from '../support/packaged-stream.ts';

// The real origin and packager in a process of their own, in front of a broadcast whose media is made up: arguments are the length of the
// window in seconds, the size of a segment in bytes, and `announce` if each part is to be told of on stdout when it comes. Prints where its newest
// segment and its playlist are, then goes on live.

letHeapGrow(SERVICE_HEAP_GROWTH);
const [windowSeconds = 60, segmentBytes = 1_000_000] = process.argv.slice(2, 4).map(Number);
const announces = process.argv[4] === 'announce';
const CHUNKS = 10;
const CHUNK_MS = 200;

const clock = systemClock();
const fake = fakePresentation({
  windowSeconds,
  startMs: Math.floor(clock.wallMs() / 1000) * 1000 - (windowSeconds + 10) * 1000,
});
// Kept apart, as the newest segments of a broadcast are.
const segments = new Map<number, Uint8Array>();
const presentation: Presentation = {
  ...fake.presentation,
  readSegment(_window, sequence) {
    const known = segments.get(sequence) ?? Buffer.alloc(segmentBytes, sequence & 0xff);
    segments.set(sequence, known);
    return Promise.resolve(known);
  },
};
fake.segments(Math.ceil(windowSeconds / 2) + 5, CHUNKS);
fake.chunk();

const origin = await openOrigin({
  port: 0,
  host: '127.0.0.1',
  packager: createPackager({ clock }),
  findPublication: () => Promise.resolve(fakePublication(presentation)),
  watchFolder: undefined,
  clock,
  logger: silentLogger,
  version: 'bench',
});
const [video] = FAKE_TRACKS;
if (video === undefined) {
  throw new Error('no track');
}
const { manifestName } = fakePublication(presentation);
const base = `${origin.url()}/00000000-0000-4000-8000-000000000000/${manifestName}.ism/`;
const playlistUrl = `${base}${playlistPath(video)}`;
const playlist = await (await fetch(playlistUrl)).text();
const newest = playlist.split('\n').findLast((line) => line !== '' && !line.startsWith('#')) ?? '';
process.stdout.write(`${JSON.stringify({ playlistUrl, segmentUrl: new URL(newest, playlistUrl).href })}\n`);

let chunks = 1;
/** Of the segment before the open one. */
let lastParts = 0;
setInterval(() => {
  // Before it comes: whoever waits for it is answered while it does.
  const atMs = performance.timeOrigin + performance.now();
  fake.chunk();
  if (announces) {
    const open = presentation.tracks()[0]?.open;
    const sequence = open?.sequence ?? 0;
    const part = (open?.parts.length ?? 0) - 1;
    // The first part of a segment is also the one behind the last of the segment before.
    const names = part === 0 ? [`${sequence}.0`, `${sequence - 1}.${lastParts}`] : [`${sequence}.${part}`];
    process.stdout.write(`${JSON.stringify({ names, atMs })}\n`);
  }
  chunks += 1;
  if (chunks % CHUNKS === 0) {
    lastParts = presentation.tracks()[0]?.open?.parts.length ?? 0;
    fake.cut();
  }
}, CHUNK_MS);
process.once('SIGTERM', () => process.exit(0));

import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock } from '../../src-main/base/clock.ts';
import { openOrigin } from '../../src-main/core/origin/origin.ts';
import { createPackager } from '../../src-main/core/packaging/packager.ts';
import { letHeapGrow, SERVICE_HEAP_GROWTH } from '../../src-main/core/platform/heap-growth.ts';
import { silentLogger } from '../../src-main/core/ports/logger.ts';
import type { EncryptionTag } from '../../src-main/core/ports/streaming-format.ts';
import { openFolder } from '../integration/media/ffmpeg-media.ts';
import { encode, openBroadcast } from '../integration/packaging/packaged-media.ts';
import { fakePublication } from '../support/fake-presentation.ts';
import { fakeProtection } from '../support/fake-protection.ts';

// The real origin and packager in a process of their own, in front of a recording of a real encoder. Arguments are its length in seconds and
// names: each gets an origin of its own. Prints where they are; for each line that it is given, closes them, opens others, and prints where those
// are, until it is told to end.

letHeapGrow(SERVICE_HEAP_GROWTH);
const [length = '60', ...names] = process.argv.slice(2);
const seconds = Number(length);
const folder = openFolder();
const place = openFolder();
const encoded = encode(folder, seconds, [{ height: 720, kbps: 4000 }]);
const broadcast = await openBroadcast(place, encoded);
// What waits to be written is bounded, and what is beyond that is lost.
for (let until = 20; until < seconds + 20; until += 20) {
  broadcast.pushUntil(until);
  await wait(300);
}
await broadcast.end();

const protections = new Map(
  (['cbc', 'cenc', 'cbcs-aapl'] as const satisfies readonly EncryptionTag[]).map((tag) => [
    tag,
    fakeProtection(tag),
  ]),
);
// What is asked for is to be the same in all formats, so a transport stream segment is no longer than the others.
const presentation = { ...broadcast.presentation, fragmentsPerTsSegment: 1 };
const publication = {
  ...fakePublication(presentation),
  protect: (_: unknown, tag: EncryptionTag | undefined) =>
    tag === undefined || tag === 'piff' ? undefined : protections.get(tag),
};
const clock = systemClock();
process.once('SIGTERM', () => {
  folder[Symbol.dispose]();
  place[Symbol.dispose]();
  process.exit(0);
});

let opened = await openAll();
for await (const _ of createInterface({ input: process.stdin })) {
  await opened.disposeAsync();
  // What they had kept is memory that those to come are given, as in a service whose caches are full.
  globalThis.gc?.();
  opened = await openAll();
}

async function openAll(): Promise<AsyncDisposableStack> {
  const origins = new AsyncDisposableStack();
  const bases: Record<string, string> = {};
  for (const name of names) {
    const origin = origins.use(
      await openOrigin({
        port: 0,
        host: '127.0.0.1',
        packager: createPackager({ clock }),
        findPublication: () => Promise.resolve(publication),
        watchFolder: undefined,
        clock,
        logger: silentLogger,
        version: 'bench',
      }),
    );
    bases[name] = `${origin.url()}/00000000-0000-4000-8000-000000000000/stream.ism/`;
  }
  process.stdout.write(`${JSON.stringify({ bases })}\n`);
  return origins;
}

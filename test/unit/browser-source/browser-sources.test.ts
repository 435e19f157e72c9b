import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBrowserSources } from '../../../src-main/core/browser-source/browser-sources.ts';
import type { DecoderFeeds } from '../../../src-main/core/ports/decoder-feed.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { type CaptureStart, captureStart } from '../../../src-main/shared/api/browser-source.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { type PieceSample, writePiece } from '../../../src-main/shared/capture-piece.ts';
import { createFakeServices } from '../../support/fake-services.ts';
import { manualClock } from '../../support/manual-clock.ts';

const START: CaptureStart = captureStart.parse({
  what: 'camera',
  video: { codec: 'vp8', width: 640, height: 360 },
  audio: { codec: 'opus', sampleRate: 48_000, channels: 2 },
});

/** Places that note what was opened, pushed and closed. */
function noteFeeds() {
  const log: string[] = [];
  let places = 0;
  const feeds: DecoderFeeds = {
    place() {
      places += 1;
      const name = `place-${places}`;
      return Promise.resolve({
        url: new URL(`http://127.0.0.1:1/${name}`),
        open() {
          log.push(`${name} open`);
          return {
            push: (kind, samples) =>
              void log.push(`${name} ${kind} ${samples.map(({ decodeTime }) => String(decodeTime)).join(' ')}`),
            [Symbol.dispose]: () => void log.push(`${name} over`),
          };
        },
        [Symbol.dispose]: () => void log.push(`${name} gone`),
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return { feeds, log };
}

async function rig() {
  const clock = manualClock();
  const kept = new Map<string, string>();
  const { feeds, log } = noteFeeds();
  const services = createFakeServices({ clock });
  const told: unknown[] = [];
  services.events.published.on((event) => void told.push(event));
  let present: readonly string[] = ['guest'];
  const sources = createBrowserSources({
    clock,
    feeds,
    events: services.events,
    logger: silentLogger,
    secrets: {
      get: (name) => Promise.resolve(kept.get(name)),
      set: (name, value) => Promise.resolve(void kept.set(name, value)),
      delete: (name) => Promise.resolve(void kept.delete(name)),
    },
    inStudio: () => present,
    stateOf: () => undefined,
  });
  await sources.feedOf('guest');
  sources.follow();
  sources.setDoors({ local: 'http://127.0.0.1:8400' });
  return {
    clock,
    kept,
    log,
    told,
    sources,
    desk: sources.desk,
    token: () => new URL(sources.get('guest').links[0]?.url ?? '').hash.slice(1),
    setPresent: (next: readonly string[]): void => {
      present = next;
      sources.follow();
    },
  };
}

function piece(samples: readonly PieceSample[], number: number): Uint8Array {
  return writePiece({ number, dropped: 0, samples });
}
const picture = (atMs: number, isKey = false): PieceSample => ({
  kind: 'video',
  isKey,
  atMs,
  data: new Uint8Array([1]),
});
const sound = (atMs: number): PieceSample => ({ kind: 'audio', isKey: false, atMs, data: new Uint8Array([1]) });
const codeOf =
  (code: string) =>
  (error: unknown): boolean =>
    error instanceof AppError && error.code === code;

test('the secret of a link lets a page in, until the links are renewed', async () => {
  const { sources, desk, token, kept } = await rig();
  const before = token();
  const { stream } = desk.start('guest', START, '10.0.0.2');

  assert.equal(desk.authenticate(before), 'guest');
  assert.equal(desk.authenticate('guessed'), undefined);
  await sources.renew('guest');

  assert.equal(desk.authenticate(before), undefined);
  assert.equal(desk.authenticate(token()), 'guest');
  assert.equal(kept.get('browser-source/guest'), token());
  assert.throws(() => desk.take('guest', stream, piece([], 0)), codeOf('browser/no-stream'));
});

test('events tell who sends, and never the links', async () => {
  const { desk, told, token } = await rig();
  desk.start('guest', { ...START, name: 'Firefox' }, '10.0.0.2');

  const text = JSON.stringify(told);
  assert.ok(text.includes('Firefox'));
  assert.ok(!text.includes(token()));
});

test('the first picture is a key frame, and so is the one behind a piece that got lost', async () => {
  const { desk, log } = await rig();
  const { stream } = desk.start('guest', START, '10.0.0.2');

  assert.equal(desk.take('guest', stream, piece([picture(1), sound(2)], 0)).needsKey, true);
  assert.equal(desk.take('guest', stream, piece([picture(3, true), picture(4)], 1)).needsKey, false);
  assert.equal(desk.take('guest', stream, piece([picture(6)], 3)).needsKey, true);
  assert.equal(desk.take('guest', stream, piece([picture(7), picture(8, true)], 4)).needsKey, false);

  assert.deepEqual(log, [
    'place-1 open',
    'place-1 audio 2000',
    'place-1 video 3000',
    'place-1 video 4001',
    'place-1 video 8000',
  ]);
});

test('a picture long after the one before needs a key frame', async () => {
  const { desk } = await rig();
  const { stream } = desk.start('guest', START, '10.0.0.2');
  desk.take('guest', stream, piece([picture(0, true)], 0));

  assert.equal(desk.take('guest', stream, piece([picture(800)], 1)).needsKey, false);
  assert.equal(desk.take('guest', stream, piece([picture(2000)], 2)).needsKey, true);
});

test('times that step back do not lose a picture', async () => {
  const { desk, log } = await rig();
  const { stream } = desk.start('guest', START, '10.0.0.2');

  desk.take('guest', stream, piece([picture(50, true), picture(20), picture(20)], 0));

  assert.deepEqual(log.slice(1), ['place-1 video 50000', 'place-1 video 51001', 'place-1 video 52002']);
});

test('the newest page wins; the older is told so, and one that goes on does not take its place', async () => {
  const { desk, log, sources } = await rig();
  const first = desk.start('guest', START, '10.0.0.2');
  const second = desk.start('guest', { ...START, name: 'Other' }, '10.0.0.3');

  assert.throws(() => desk.take('guest', first.stream, piece([], 0)), codeOf('browser/replaced'));
  assert.throws(() => desk.start('guest', { ...START, isResumed: true }, '10.0.0.2'), codeOf('browser/replaced'));
  assert.equal(desk.take('guest', second.stream, piece([], 0)).needsKey, true);
  assert.equal(sources.get('guest').page?.from, '10.0.0.3');
  assert.deepEqual(log, ['place-1 open', 'place-1 open', 'place-1 over']);
});

test('a stream that is described wrongly leaves the one that runs alone', async () => {
  const { desk, log } = await rig();
  const { stream } = desk.start('guest', START, '10.0.0.2');
  const strange = { ...START, video: { ...START.video, codec: 'avc1.42e01f', config: 'AAAA' } };

  assert.throws(() => desk.start('guest', strange, '10.0.0.3'), codeOf('browser/bad-stream'));

  assert.equal(desk.take('guest', stream, piece([picture(0, true)], 0)).needsKey, false);
  assert.deepEqual(log, ['place-1 open', 'place-1 video 0']);
});

test('a page that says nothing for five seconds is gone; it may come back', async () => {
  const { clock, desk, sources } = await rig();
  const { stream } = desk.start('guest', START, '10.0.0.2');
  clock.advance(4000);
  desk.take('guest', stream, piece([sound(1)], 0));
  clock.advance(4000);
  assert.ok(sources.get('guest').page !== undefined);

  clock.advance(3000);

  assert.equal(sources.get('guest').page, undefined);
  assert.throws(() => desk.take('guest', stream, piece([], 1)), codeOf('browser/no-stream'));
  desk.start('guest', { ...START, isResumed: true }, '10.0.0.2');
});

test('a source that is removed lets nobody in, and its secret is forgotten', async () => {
  const { desk, kept, log, setPresent, sources, token } = await rig();
  const before = token();
  desk.start('guest', START, '10.0.0.2');

  setPresent([]);
  await sources[Symbol.asyncDispose]();

  assert.equal(desk.authenticate(before), undefined);
  assert.equal(kept.size, 0);
  assert.deepEqual(log, ['place-1 open', 'place-1 over', 'place-1 gone']);
  assert.throws(() => sources.get('guest'), codeOf('resource/not-found'));
});

test('computers of the network are given links while there is a way in, which say whether browsers take them', async () => {
  const { sources } = await rig();

  sources.setDoors({ network: { urls: ['https://192.168.1.5:8490'], tls: true } });
  assert.deepEqual(
    sources.get('guest').links.map(({ reach, isSecure }) => `${reach} ${isSecure}`),
    ['this-computer true', 'network true'],
  );

  sources.setDoors({ network: { error: new AppError('service/port-taken', 'It is taken.') } });
  assert.equal(sources.get('guest').links.length, 1);
  assert.equal(sources.get('guest').error?.code, 'service/port-taken');
});

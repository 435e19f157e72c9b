import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { openFeedServer } from '../../../src-main/core/live-encoding/feed-server.ts';

/** A reader that is given what the test puts into `bytes`. */
function offerOf(bytes: Buffer[]) {
  return {
    header: Buffer.from('header '),
    join: () => ({ next: () => bytes.shift(), pictures: { add: () => undefined, at: () => undefined } }),
  };
}

async function ask(url: URL): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get(url, resolve).on('error', reject);
  return await promise;
}

async function readUntil(answer: IncomingMessage, length: number): Promise<string> {
  let text = '';
  for await (const bytes of answer.iterator({ destroyOnReturn: false })) {
    text += String(bytes);
    if (text.length >= length) {
      break;
    }
  }
  return text;
}

test('a decoder is given the header and then what there is, as it comes', async () => {
  await using server = await openFeedServer();
  const bytes = [Buffer.from('one ')];
  using offered = server.offer(offerOf(bytes));

  const answer = await ask(offered.url);
  assert.equal(await readUntil(answer, 11), 'header one ');
  bytes.push(Buffer.from('two'));
  offered.moved();

  assert.equal(await readUntil(answer, 3), 'two');
  answer.destroy();
});

test('nobody who does not know the path is given anything, and the path is not to be guessed', async () => {
  await using server = await openFeedServer();
  using offered = server.offer(offerOf([]));

  const wrong = await ask(new URL('/', offered.url));
  wrong.resume();

  assert.equal(wrong.statusCode, 404);
  assert.match(offered.url.pathname, /^\/[0-9a-f]{48}$/);
  assert.equal(offered.url.hostname, '127.0.0.1');
});

test('a second reader takes the place of the first: one that was given up may linger', async () => {
  await using server = await openFeedServer();
  using offered = server.offer(offerOf([]));
  const first = await ask(offered.url);
  const closed = new Promise((resolve) => first.once('close', resolve));
  first.on('error', () => undefined).resume();

  const second = await ask(offered.url);

  assert.equal(second.statusCode, 200);
  await closed;
  second.destroy();
});

test('breaking off ends the answer in order and lets the next reader in at once', async () => {
  await using server = await openFeedServer();
  using offered = server.offer(offerOf([]));
  const first = await ask(offered.url);
  offered.breakOff();

  assert.equal(await readUntil(first, Infinity), 'header ');
  assert(first.complete);
  const second = await ask(offered.url);
  assert.equal(second.statusCode, 200);
  second.destroy();
});

test('what is not offered any more is gone, for the one who reads it too', async () => {
  await using server = await openFeedServer();
  const offered = server.offer(offerOf([]));
  const answer = await ask(offered.url);
  const closed = new Promise((resolve) => answer.once('close', resolve));
  answer.on('error', () => undefined).resume();

  offered[Symbol.dispose]();

  await closed;
  const again = await ask(offered.url);
  again.resume();
  assert.equal(again.statusCode, 404);
});

test('a reader that does not read is not given everything: what it does not take stays behind', async () => {
  await using server = await openFeedServer();
  const bytes = Array.from({ length: 500 }, () => Buffer.alloc(100_000));
  using offered = server.offer(offerOf(bytes));

  const answer = await ask(offered.url);
  answer.pause();
  await new Promise((resolve) => setTimeout(resolve, 100));
  offered.moved();

  assert(bytes.length > 300, `${bytes.length} of 500 wait`);
  answer.destroy();
});

test('a decoder that comes to a place before there is a feed waits for it, and goes on with the next under the same address', async () => {
  await using server = await openFeedServer();
  using place = server.place();
  const asking = ask(place.url);

  const first = place.show(offerOf([Buffer.from('one')]));
  const answer = await asking;
  assert.equal(await readUntil(answer, 10), 'header one');
  first[Symbol.dispose]();
  for await (const _rest of answer) {
    // It ends in an orderly way: the decoder is to give what it holds.
  }
  const again = ask(place.url);
  using _second = place.show(offerOf([Buffer.from('two')]));

  const next = await again;
  assert.equal(await readUntil(next, 10), 'header two');
  next.destroy();
});

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import { type ServiceEvent, serviceEvent } from '../../../src-main/shared/api/events.ts';
import { studioState } from '../../../src-main/shared/api/studio.ts';
import { PREVIEW_HEADER_BYTES, readPreviewHeader } from '../../../src-main/shared/preview-stream.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { type Fixture, openFixture, TOKEN } from './control-fixture.ts';

type Message = {
  readonly id?: string;
  readonly event?: string;
  readonly data?: string;
  readonly comment?: string;
};

/** Reads server-sent events one by one. */
async function* messagesOf(response: Response): AsyncGenerator<Message, undefined> {
  let text = '';
  for await (const part of response.body!.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const lines = text.slice(0, end).split('\n');
      text = text.slice(end + 2);
      yield Object.fromEntries(
        lines.map((line) => [
          line.slice(0, line.indexOf(':')) || 'comment',
          line.slice(line.indexOf(':') + 1).trim(),
        ]),
      );
    }
  }
}

async function nextEvent(
  messages: AsyncGenerator<Message, undefined>,
): Promise<Message & { readonly envelope: ServiceEvent }> {
  for await (const message of { [Symbol.asyncIterator]: () => ({ next: () => messages.next() }) }) {
    if (message.data !== undefined) {
      return { ...message, envelope: serviceEvent.parse(JSON.parse(message.data)) };
    }
  }
  throw new Error('the stream ended');
}

function titleOf({ data }: ServiceEvent): string {
  return studioState.parse(data).title;
}

async function openEvents(server: Fixture, lastEventId?: string): Promise<AsyncGenerator<Message, undefined>> {
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId };
  const response = await server.call('GET', '/events', { headers });
  assert.equal(response.headers.get('content-type'), 'text/event-stream');
  return messagesOf(response);
}

test('events come with id, name and the whole envelope', async () => {
  await using server = await openFixture();
  const messages = await openEvents(server);

  await server.json('PATCH', '/studio', { title: 'New\ntitle' });
  const { id, event, envelope } = await nextEvent(messages);

  assert.equal(event, 'Lectern.StudioChanged');
  assert.equal(envelope.id, id);
  assert.deepEqual(envelope.data, server.services.studio.state());
});

test('Last-Event-ID resumes where the caller left', async () => {
  await using server = await openFixture();
  const first = await openEvents(server);
  await server.json('PATCH', '/studio', { title: '1' });
  const seen = await nextEvent(first);
  await first.return(undefined);
  await server.json('PATCH', '/studio', { title: '2' });
  await server.json('PATCH', '/studio', { title: '3' });

  const again = await openEvents(server, seen.id);
  const titles = [await nextEvent(again), await nextEvent(again)].map(({ envelope }) => titleOf(envelope));

  assert.deepEqual(titles, ['2', '3']);
});

test('who connects and sees nothing can still resume from there', async () => {
  await using server = await openFixture();
  const first = await openEvents(server);
  await first.next();
  const { value: greeting } = await first.next();
  await first.return(undefined);
  await server.json('PATCH', '/studio', { title: 'missed' });

  const again = await openEvents(server, greeting?.id);

  assert.equal(titleOf((await nextEvent(again)).envelope), 'missed');
});

test('an id that is too old or of another run is answered with a call to read everything again', async () => {
  await using server = await openFixture();

  for (const id of ['1', 'nonsense', '99999999999999999999']) {
    const messages = await openEvents(server, id);
    const { event, envelope } = await nextEvent(messages);
    assert.equal(event, 'Lectern.Resync');
    assert.equal(envelope.id, server.services.events.lastId());
    await messages.return(undefined);
  }
});

test('a quiet stream shows every 15 s that it is alive', async () => {
  const clock = manualClock();
  await using server = await openFixture({ clock });
  const messages = await openEvents(server);
  await messages.next();
  await messages.next();

  clock.advance(15_000);
  clock.advance(15_000);

  assert.deepEqual(await messages.next(), { done: false, value: { comment: 'still here' } });
  assert.deepEqual(await messages.next(), { done: false, value: { comment: 'still here' } });
});

test('a caller that does not read is cut off instead of being remembered for', async () => {
  await using server = await openFixture();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  const closed = once(socket, 'close');

  const large = 'x'.repeat(1024 * 1024);
  for (let index = 0; index < 40; index += 1) {
    server.services.events.publish('Lectern.Problem', 'studio', large);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.on('error', () => undefined).resume();
  await closed;

  assert(socket.bytesRead < 30 * 1024 * 1024, `${socket.bytesRead} bytes were kept for it`);
});

test('preview pictures and meters come framed, and the subscription ends with the connection', async () => {
  await using server = await openFixture();
  const abort = new AbortController();
  const response = await server.call('GET', '/studio/preview?width=64&frameRate=10', { signal: abort.signal });
  const [sink] = server.services.previews;
  const reader = response.body!.getReader();

  sink!.picture({ width: 64, wallMs: 1000, bytes: new Uint8Array(64 * 36 * 1.5).fill(7) });
  const picture = await readMessage(reader);
  sink!.meters(1100, [{ id: 'mic', peakDb: -6, rmsDb: -Infinity }]);
  const meters = await readMessage(reader);
  abort.abort();
  while (server.services.previews.size > 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }

  assert.deepEqual(picture.header, { length: 3456, kind: 1, width: 64, wallMs: 1000 });
  assert(picture.payload.every((byte) => byte === 7));
  assert.deepEqual(meters.header.kind, 2);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(meters.payload)), [{ id: 'mic', peakDb: -6, rmsDb: -120 }]);
});

let rest = new Uint8Array();

async function readMessage(reader: ReadableStreamDefaultReader<Uint8Array>) {
  const fill = async (size: number): Promise<void> => {
    while (rest.length < size) {
      const { value } = await reader.read();
      rest = Uint8Array.of(...rest, ...(value ?? []));
    }
  };
  await fill(PREVIEW_HEADER_BYTES);
  const header = readPreviewHeader(rest);
  await fill(PREVIEW_HEADER_BYTES + header.length);
  const payload = rest.slice(PREVIEW_HEADER_BYTES, PREVIEW_HEADER_BYTES + header.length);
  rest = rest.slice(PREVIEW_HEADER_BYTES + header.length);
  return { header, payload };
}

test('a slow reader of the preview loses pictures, not memory', async () => {
  await using server = await openFixture();
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  socket.write(`GET /api/v1/studio/preview HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${TOKEN}\r\n\r\n`);
  await once(socket, 'data');
  socket.pause();
  const [sink] = server.services.previews;
  const bytes = new Uint8Array(640 * 360 * 1.5);
  for (let index = 0; index < 300; index += 1) {
    sink!.picture({ width: 640, wallMs: index, bytes });
    await new Promise((resolve) => setImmediate(resolve));
  }

  const arrived = new Set<string>();
  socket.on('data', (part) => {
    if (part.includes('the-last')) {
      arrived.add('the-last');
    }
  });
  socket.resume();
  while (!arrived.has('the-last')) {
    sink!.meters(0, [{ id: 'the-last', peakDb: 0, rmsDb: 0 }]);
    await new Promise((resolve) => setImmediate(resolve));
  }
  socket.destroy();

  assert(socket.bytesRead > bytes.length, 'some pictures came');
  assert(socket.bytesRead < 60 * bytes.length, `${socket.bytesRead} bytes were kept for it`);
});

test('a preview that is only asked about by HEAD starts nothing', async () => {
  await using server = await openFixture();

  const preview = await server.call('HEAD', '/studio/preview');
  const events = await server.call('HEAD', '/events');

  assert.deepEqual([preview.status, events.status], [200, 200]);
  assert.equal(server.services.previews.size, 0);
});

test('a preview of an impossible size is refused', async () => {
  await using server = await openFixture();

  const { status, body } = await server.json('GET', '/studio/preview?width=10');

  assert.deepEqual([status, body.errors], [400, [{ field: 'width', message: 'must be at least 64' }]]);
});

async function exported(server: Fixture, content: string, name = 'talk') {
  server.services.addAsset(name);
  const job = await server.services.exports.create(name, { format: 'mp4', quality: 'top' });
  while (server.services.exports.get(name, job.id).state !== 'done') {
    // Each look moves it on.
  }
  await writeFile(job.path ?? '', content);
  return {
    path: `/assets/${encodeURIComponent(name)}/exports/${job.id}/file`,
    [Symbol.asyncDispose]: () => rm(job.path ?? '', { force: true }),
  };
}

test('an export is downloaded under its name, whole or in ranges', async () => {
  await using server = await openFixture();
  await using file = await exported(server, '0123456789', 'Über Käse');

  const whole = await server.call('GET', file.path);
  const entityTag = whole.headers.get('etag') ?? '';
  const part = await server.call('GET', file.path, { headers: { Range: 'bytes=2-4', 'If-Range': entityTag } });
  const changed = await server.call('GET', file.path, { headers: { Range: 'bytes=2-4', 'If-Range': '"other"' } });
  const beyond = await server.call('GET', file.path, { headers: { Range: 'bytes=10-' } });
  const head = await server.call('HEAD', file.path);

  assert.equal(await whole.text(), '0123456789');
  assert.equal(whole.headers.get('content-type'), 'video/mp4');
  assert.equal(
    whole.headers.get('content-disposition'),
    `attachment; filename="_ber K_se.mp4"; filename*=UTF-8''%C3%9Cber%20K%C3%A4se.mp4`,
  );
  assert.deepEqual(
    [part.status, await part.text(), part.headers.get('content-range')],
    [206, '234', 'bytes 2-4/10'],
  );
  assert.deepEqual([changed.status, await changed.text()], [200, '0123456789']);
  assert.deepEqual([beyond.status, beyond.headers.get('content-range')], [416, 'bytes */10']);
  assert.deepEqual([head.status, head.headers.get('content-length'), await head.text()], [200, '10', '']);
});

test('an export that has not ended, or whose file is gone, has no download', async () => {
  await using server = await openFixture();
  server.services.addAsset('talk');
  server.services.stallExports = true;
  const job = await server.services.exports.create('talk', { format: 'mp4', quality: 'top' });
  const path = `/assets/talk/exports/${job.id}/file`;

  const early = await server.json('GET', path);
  server.services.stallExports = false;
  await using gone = await exported(server, 'x', 'other');
  await gone[Symbol.asyncDispose]();
  const late = await server.json('GET', gone.path);

  assert.deepEqual([early.status, early.body.code], [409, 'resource/wrong-state']);
  assert.deepEqual([late.status, late.body.code], [404, 'resource/not-found']);
});

test('an export that is a folder is downloaded as a ZIP archive of it', async () => {
  await using server = await openFixture();
  server.services.addAsset('talk');
  const job = await server.services.exports.create('talk', { format: 'hls', quality: 'all' });
  while (server.services.exports.get('talk', job.id).state !== 'done') {
    // Each look moves it on.
  }
  const folder = job.path ?? '';
  await rm(folder, { force: true });
  await mkdir(join(folder, 'video-1'), { recursive: true });
  await writeFile(join(folder, 'index.m3u8'), '#EXTM3U');
  await writeFile(join(folder, 'video-1', 'init.mp4'), 'ftyp');
  const path = `/assets/talk/exports/${job.id}/file`;

  const head = await server.call('HEAD', path);
  const whole = await server.call('GET', path, { headers: { Range: 'bytes=2-4' } });
  const bytes = Buffer.from(await whole.arrayBuffer());
  await rm(folder, { recursive: true });
  const gone = await server.json('GET', path);

  assert.deepEqual([whole.status, whole.headers.get('content-type')], [200, 'application/zip']);
  assert.equal(head.headers.get('content-length'), String(bytes.length));
  // APPNOTE 4.3.16: the end of the central directory, with the number of its entries.
  const end = bytes.subarray(-22);
  assert.deepEqual([end.readUInt32LE(0), end.readUInt16LE(10)], [0x0605_4b50, 2]);
  // Names and, as nothing is compressed, contents.
  const text = bytes.toString('latin1');
  assert(
    ['index.m3u8#EXTM3U', 'video-1/init.mp4ftyp'].every((part) => text.includes(part)),
    text,
  );
  assert.deepEqual([gone.status, gone.body.code], [404, 'resource/not-found']);
});

test('a caller that goes away in the middle of a download leaves no error and no open file behind', async () => {
  const logged: unknown[] = [];
  await using server = await openFixture({
    logger: { ...silentLogger, error: (fields) => void logged.push(fields) },
  });
  await using file = await exported(server, 'x'.repeat(64 * 1024 * 1024));
  const abort = new AbortController();

  const response = await server.call('GET', file.path, { signal: abort.signal });
  await response.body!.getReader().read();
  abort.abort();
  await server[Symbol.asyncDispose]();

  assert.deepEqual(logged, []);
});

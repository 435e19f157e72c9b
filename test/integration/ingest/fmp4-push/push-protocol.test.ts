import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { listen } from '../../../support/free-port.ts';
import { AUDIO, concat } from '../../../unit/media/sample-media.ts';
import { header, SPARSE_STREAM, VIDEO_HEADER, videoFragment } from '../../../unit/media/smooth/ingest-streams.ts';
import { codeOf, openRig, type RecordedConnection, type Rig, send, TOKEN } from './rig.ts';

const VIDEO_STREAM = concat(VIDEO_HEADER, videoFragment(3), videoFragment(3, 9000));

/** A stream that goes on until the test says otherwise. */
function openStream(url: string): { readonly outgoing: ClientRequest; readonly answer: Promise<IncomingMessage> } {
  const outgoing = request(url, { method: 'POST', agent: false });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  outgoing.on('response', resolve).on('error', reject);
  promise.catch(() => undefined);
  return { outgoing, answer: promise };
}

function only({ door }: Rig): RecordedConnection {
  const [connection, ...others] = door.connections;
  assert.ok(connection !== undefined && others.length === 0, `${door.connections.length} connections`);
  return connection;
}

test('a POST of nothing asks whether the address is right, and nobody hears of it', async () => {
  await using rig = await openRig();

  const chunked = await send('POST', `${rig.url}/streams(x)`);
  const counted = await send('POST', `${rig.url}/streams(x)`, undefined, { headers: { 'Content-Length': '0' } });

  assert.deepEqual([chunked.status, counted.status], [200, 200]);
  assert.deepEqual([rig.door.connections.length, rig.door.rejected.length], [0, 0]);
});

test('a wrong token is refused before the body is read, and the door hears of who wanted to send', async () => {
  await using rig = await openRig();
  const wrong = rig.url.replace(TOKEN, 'ffffffffffffffffffffffffffffffff');

  const probe = await send('POST', `${wrong}/streams(x)`, undefined, { headers: { 'Content-Length': '0' } });
  const { outgoing, answer } = openStream(`${wrong}/streams(x)`);
  outgoing.write(VIDEO_HEADER);
  const { statusCode } = await answer;
  outgoing.destroy();

  assert.equal(probe.status, 403);
  assert.equal(codeOf(probe), 'MPE_RTMP_APPID_AUTH_FAILURE');
  assert.equal(statusCode, 403);
  assert.equal(rig.door.rejected.length, 1);
  assert.ok(!/f{32}/.test(`${probe.body}${rig.logger.lines.join('\n')}`));
});

test('who wants to send to what is no address is told of, without what it asked for; who only asks or reads is not', async () => {
  await using rig = await openRig();
  const [origin] = rig.url.split(`/${TOKEN}`);

  const sent = await send('POST', `${rig.url}/streams(a%20b)`, VIDEO_STREAM);
  const probe = await send('POST', `${rig.url}/streams(a%20b)`, undefined, { headers: { 'Content-Length': '0' } });
  const read = await send('GET', `${origin}/favicon.ico`);

  assert.deepEqual([sent, probe].map(codeOf), ['MPE_BAD_URL_SYNTAX', 'MPE_BAD_URL_SYNTAX']);
  assert.equal(read.status, 400);
  assert.deepEqual(rig.door.astray, [`${origin}/ingest.isml`]);
});

test('an encoder that asks before it sends is told no at once, and yes when it may', async () => {
  await using rig = await openRig();
  const expect = { headers: { Expect: '100-continue' } };

  const refused = await send('POST', `${rig.url.replace(TOKEN, 'nobody')}/streams(x)`, VIDEO_STREAM, expect);
  const taken = await send('POST', `${rig.url}/streams(x)`, VIDEO_STREAM, expect);

  assert.deepEqual([refused.status, taken.status], [403, 200]);
  assert.equal(only(rig).tracks[0]?.samples.length, 6);
});

test('fragments go on as they come', async () => {
  await using rig = await openRig();
  const { outgoing, answer } = openStream(`${rig.url}/streams(x)`);

  outgoing.write(concat(VIDEO_HEADER, videoFragment(3)));
  await rig.door.until(() => rig.door.connections[0]?.tracks[0]?.samples.length === 3);
  outgoing.write(videoFragment(3, 9000));
  await rig.door.until(() => rig.door.connections[0]?.tracks[0]?.samples.length === 6);
  outgoing.end();

  assert.equal((await answer).statusCode, 200);
  assert.equal(only(rig).ended, 'S_OK');
});

test('fragments that are sent again after a new connection are pushed again: the door knows them', async () => {
  await using rig = await openRig();

  await send('POST', `${rig.url}/streams(x)`, VIDEO_STREAM);
  await send(
    'PUT',
    `${rig.url}/streams(x)`,
    concat(VIDEO_HEADER, videoFragment(3, 9000), videoFragment(3, 18_000)),
  );

  assert.deepEqual(
    rig.door.connections.map(({ tracks }) => tracks[0]?.samples.map(({ decodeTime }) => Number(decodeTime))),
    [
      [0, 3000, 6000, 9000, 12_000, 15_000],
      [9000, 12_000, 15_000, 18_000, 21_000, 24_000],
    ],
  );
});

test('a sparse track has a short connection of its own', async () => {
  await using rig = await openRig();

  const { status } = await send('POST', `${rig.url}/Streams(ads)`, SPARSE_STREAM);

  const { request: asked, cues, ended } = only(rig);
  assert.deepEqual([status, asked.streamName, ended], [200, 'ads', 'S_OK']);
  assert.deepEqual(
    cues.map(({ value, id, time, duration }) => [value, id, time, duration]),
    [['ads', '7', { ticks: 60_000_000n, timescale: 10_000_000 }, 30]],
  );
});

for (const [what, bytes, status, code] of [
  ['fragments without a header', videoFragment(3), 400, 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED'],
  ['text', Buffer.from('streamkey=12345678901234567890'), 400, 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED'],
  ['half a header', VIDEO_HEADER.subarray(0, 100), 400, 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED'],
  ['a codec that is not taken', vp9(), 415, 'MPE_INGEST_CODEC_NOT_SUPPORTED'],
  ['a damaged fragment', concat(VIDEO_HEADER, videoFragment(3).fill(0, 40, 60)), 400, 'media/malformed'],
] as const) {
  test(`${what} is refused with ${code}`, async () => {
    await using rig = await openRig();

    const answer = await send('POST', `${rig.url}/streams(x)`, bytes);

    assert.deepEqual([answer.status, codeOf(answer)], [status, code]);
    assert.equal(answer.headers['content-type'], 'application/problem+json');
    const { ended } = only(rig);
    assert.ok(ended instanceof AppError && ended.code === code);
  });
}

function vp9(): Uint8Array {
  const stream = Buffer.from(VIDEO_STREAM);
  stream.write('vp09', stream.indexOf('avc1'), 'latin1');
  return stream;
}

test('what the door refuses a track with is the answer', async () => {
  await using rig = await openRig();
  rig.door.refuseTracks = new AppError('MPE_INGEST_MEDIA_QUALITIES_EXCEEDED', 'Ten tracks are enough.');

  const answer = await send('POST', `${rig.url}/streams(x)`, VIDEO_STREAM);

  assert.deepEqual([answer.status, codeOf(answer)], [409, 'MPE_INGEST_MEDIA_QUALITIES_EXCEEDED']);
});

test('a stream that the door ends is answered with the reason, while it is still being sent', async () => {
  await using rig = await openRig({ limits: { drainMs: 50 } });
  const { outgoing, answer } = openStream(`${rig.url}/streams(x)`);
  outgoing.on('error', () => undefined);
  outgoing.write(VIDEO_STREAM);
  await rig.door.until(() => rig.door.connections[0]?.tracks[0]?.samples.length === 6);

  only(rig).request.disconnect('MPI_REST_API_CHANNEL_RESET');
  const response = await answer;
  response.setEncoding('utf8');
  const body = (await response.toArray()).join('');

  assert.equal(response.statusCode, 503);
  assert.match(body, /"code":"MPI_REST_API_CHANNEL_RESET"/);
  assert.equal(only(rig).ended, undefined, 'the door knows already');
});

test('segments of GPAC are one connection for each quality, whatever connections they come over', async () => {
  await using rig = await openRig({ limits: { sessionIdleMs: 500 } });
  const options = { headers: { 'Content-Type': '*' } };

  await send('PUT', `${rig.url}/Streams(1)/init.cmfv`, VIDEO_HEADER, options);
  await send('PUT', `${rig.url}/Streams(2)/init.cmfa`, header([AUDIO]), options);
  for (const number of [1, 2, 3]) {
    const { status } = await send(
      'PUT',
      `${rig.url}/Streams(1)/sequence${number}.cmfv`,
      videoFragment(2, number * 6000),
    );
    assert.equal(status, 200);
  }
  await rig.door.until(() => rig.door.connections.every(({ ended }) => ended !== undefined));

  assert.deepEqual(
    rig.door.connections.map(({ request: { streamName }, tracks, ended }) => [
      streamName,
      tracks.map(({ samples }) => samples.length),
      ended,
    ]),
    [
      ['1-cmfv', [6], 'S_OK'],
      ['2-cmfa', [0], 'S_OK'],
    ],
  );
});

test('segments that come at once are taken one after the other, in the order of their requests', async () => {
  await using rig = await openRig();
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);

  const first = openStream(`${rig.url}/streams(x)/1.m4s`);
  const fragment = videoFragment(2);
  first.outgoing.write(fragment.subarray(0, 50));
  await once(first.outgoing, 'socket');
  const second = send('PUT', `${rig.url}/streams(x)/2.m4s`, videoFragment(2, 6000));
  await new Promise((resolve) => setTimeout(resolve, 50));
  first.outgoing.end(fragment.subarray(50));
  await Promise.all([first.answer, second]);

  assert.deepEqual(
    only(rig).tracks[0]?.samples.map(({ decodeTime }) => Number(decodeTime)),
    [0, 3000, 6000, 9000],
  );
});

test('a segment before its header is answered with 412, so that the header comes again', async () => {
  await using rig = await openRig();

  const answer = await send('PUT', `${rig.url}/streams(x)/chunk-1.m4s`, videoFragment(2));

  assert.deepEqual([answer.status, codeOf(answer)], [412, 'MPE_INGEST_DESCRIPTION_INFO_NOT_RECEIVED']);
  assert.match(answer.body, /"status":412/);
  assert.equal(rig.door.connections.length, 0);
});

test('a quality that was silent goes on without its header being sent again', async () => {
  await using rig = await openRig({ limits: { sessionIdleMs: 20 } });
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);

  const { status } = await send('PUT', `${rig.url}/streams(x)/9.m4s`, videoFragment(2));

  assert.equal(status, 200);
  assert.deepEqual(
    rig.door.connections.map(({ tracks }) => tracks.map(({ samples }) => samples.length)),
    [[0], [2]],
  );
});

test('its header is forgotten after a while', async () => {
  await using rig = await openRig({ limits: { sessionIdleMs: 10, headerKeptMs: 10 } });
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);
  await rig.door.until(() => rig.door.connections[0]?.ended !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 60));

  const { status } = await send('PUT', `${rig.url}/streams(x)/9.m4s`, videoFragment(2));

  assert.equal(status, 412);
});

test('a damaged segment spoils itself and not the ones behind it', async () => {
  await using rig = await openRig();
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);

  const damaged = await send('PUT', `${rig.url}/streams(x)/1.m4s`, videoFragment(2).fill(0, 40, 60));
  const good = await send('PUT', `${rig.url}/streams(x)/2.m4s`, videoFragment(2, 6000));

  assert.deepEqual([damaged.status, codeOf(damaged), good.status], [400, 'media/malformed', 200]);
  assert.equal(only(rig).tracks[0]?.samples.length, 2);
});

test('a quality that the door refuses is refused again, header for header', async () => {
  await using rig = await openRig();
  rig.door.refuseTracks = new AppError('MPE_INGEST_BITRATE_AGGREGATED_EXCEEDED', 'Too much.');

  const first = await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);
  const segment = await send('PUT', `${rig.url}/streams(x)/1.m4s`, videoFragment(2));

  assert.deepEqual([first.status, segment.status], [409, 412]);
  assert.ok(only(rig).ended instanceof AppError);
});

test('a reset ends the qualities that come as segments too', async () => {
  await using rig = await openRig();
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);

  only(rig).request.disconnect('MPI_REST_API_CHANNEL_RESET');
  const { status } = await send('PUT', `${rig.url}/streams(x)/1.m4s`, videoFragment(2));

  assert.equal(status, 200);
  assert.deepEqual(
    rig.door.connections.map(({ tracks, ended }) => [tracks[0]?.samples.length, ended]),
    [
      [0, undefined],
      [2, undefined],
    ],
  );
});

test('after a reset only the new header of a quality counts', async () => {
  await using rig = await openRig();
  await send('PUT', `${rig.url}/streams(x)/init.mp4`, VIDEO_HEADER);
  only(rig).request.disconnect('MPI_REST_API_CHANNEL_RESET');

  await send('PUT', `${rig.url}/streams(x)/init.mp4`, header([AUDIO]));

  assert.deepEqual(
    rig.door.connections.map(({ tracks }) => tracks.map(({ description }) => description.kind)),
    [['video'], ['audio']],
  );
});

test('manifests are taken and forgotten, and what leaves an encoder’s window stays here', async () => {
  await using rig = await openRig({ limits: { ignoredBytes: 1000 } });

  const manifest = await send('PUT', `${rig.url}/streams(x)/live.mpd`, '<MPD/>');
  const huge = await send('PUT', `${rig.url}/streams(x)/live.mpd`, 'x'.repeat(2000));
  const deleted = await send('DELETE', `${rig.url}/streams(x)/chunk-1.m4s`);
  const deletedByNobody = await send('DELETE', `${rig.url.replace(TOKEN, 'nobody')}/streams(x)/chunk-1.m4s`);

  assert.deepEqual(
    [manifest, huge, deleted, deletedByNobody].map(({ status }) => status),
    [200, 413, 200, 403],
  );
  assert.equal(rig.door.connections.length, 0);
});

test('other methods and addresses are refused', async () => {
  await using rig = await openRig();
  const root = `http://127.0.0.1:${rig.ingest.port}`;

  const read = await send('GET', `${rig.url}/streams(x)`);
  const deleted = await send('DELETE', `${rig.url}/streams(x)`);
  const elsewhere = await send('POST', `${root}/live/x`);
  const transport = await send('PUT', `${rig.url}/streams(x)/1.ts`);

  assert.deepEqual(
    [read, deleted, elsewhere, transport].map((answer) => [answer.status, codeOf(answer)]),
    [
      [405, 'request/method-not-allowed'],
      [405, 'request/method-not-allowed'],
      [400, 'MPE_BAD_URL_SYNTAX'],
      [415, 'media/unsupported'],
    ],
  );
  assert.equal(read.headers['allow'], 'POST, PUT, DELETE');
});

const JSON_TYPE = { headers: { 'Content-Type': 'application/json; charset=utf-8' } };

test('timed metadata is taken twice a second for each event, and the third time refused', async () => {
  await using rig = await openRig();

  const answers = [];
  for (const name of ['one', 'two', 'three']) {
    answers.push(await send('POST', `${rig.url}/eventdata`, JSON.stringify({ name }), JSON_TYPE));
  }

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 429],
  );
  assert.equal(answers[2]?.headers['retry-after'], '1');
  assert.deepEqual(rig.metadata, ['{"name":"one"}', '{"name":"two"}']);
});

test('timed metadata that is refused does not count', async () => {
  await using rig = await openRig();

  const refused = [];
  for (const body of ['[]', 'null', '{', '{"a":"\xff']) {
    refused.push(await send('POST', `${rig.url}/eventdata`, Buffer.from(body, 'latin1'), JSON_TYPE));
  }
  refused.push(await send('POST', `${rig.url}/eventdata`, '{}', { headers: { 'Content-Type': 'text/plain' } }));
  refused.push(
    await send('POST', `${rig.url}/eventdata`, '{}', {
      headers: { ...JSON_TYPE.headers, 'Content-Encoding': 'gzip' },
    }),
  );
  refused.push(
    await send('POST', `${rig.url}/eventdata`, JSON.stringify({ x: 'x'.repeat(256 * 1024) }), JSON_TYPE),
  );
  const wrong = await send('POST', `${rig.url.replace(TOKEN, 'nobody')}/eventdata`, '{}', JSON_TYPE);
  const good = await send('POST', `${rig.url}/eventdata`, '{}', JSON_TYPE);

  assert.deepEqual(
    refused.map((answer) => [answer.status, codeOf(answer)]),
    refused.map(() => [400, 'ingest/timed-metadata-invalid']),
  );
  assert.deepEqual([wrong.status, codeOf(wrong), good.status], [403, 'MPE_RTMP_APPID_AUTH_FAILURE', 200]);
});

test('256 KB of timed metadata are taken', async () => {
  await using rig = await openRig();
  const json = JSON.stringify({ x: 'x'.repeat(256 * 1024 - '{"x":""}'.length) });

  const { status } = await send('POST', `${rig.url}/eventdata`, json, JSON_TYPE);

  assert.equal(status, 200);
  assert.equal(rig.metadata[0]?.length, 256 * 1024);
});

test('a busy port is named with its setting, and nothing stays open', async () => {
  const other = createServer();
  const port = await listen(other);
  try {
    await assert.rejects(openRig({ port }), (error) => {
      assert.ok(error instanceof AppError);
      assert.deepEqual(
        [error.code, error.details],
        ['service/port-taken', { port, setting: 'network.ingestPort' }],
      );
      return true;
    });
  } finally {
    other.close();
  }
});

test('a certificate that is none is named', async () => {
  await assert.rejects(openRig({ tls: { cert: 'no', key: 'no' } }), (error) => {
    assert.ok(error instanceof AppError);
    assert.equal(error.code, 'ingest/certificate');
    return true;
  });
});

test('it moves to another address on the same port, and streams go on', async () => {
  await using rig = await openRig();
  const { outgoing, answer } = openStream(`${rig.url}/streams(x)`);
  outgoing.write(VIDEO_HEADER);
  await rig.door.until(() => rig.door.connections[0]?.tracks.length === 1);

  await rig.ingest.setHost('0.0.0.0');
  const probe = await send('POST', `${rig.url}/streams(x)`);
  await rig.ingest.setHost('127.0.0.1');
  outgoing.end(videoFragment(2));

  assert.equal(probe.status, 200);
  assert.equal((await answer).statusCode, 200);
  assert.equal(rig.door.connections[0]?.tracks[0]?.samples.length, 2);
});

test('closing ends streams with the reason, frees the port and can be done twice', async () => {
  const rig = await openRig({ limits: { drainMs: 20 } });
  const { outgoing, answer } = openStream(`${rig.url}/streams(x)`);
  outgoing.on('error', () => undefined);
  outgoing.write(VIDEO_STREAM);
  await rig.door.until(() => rig.door.connections[0]?.tracks[0]?.samples.length === 6);
  await send('PUT', `${rig.url}/streams(y)/init.mp4`, VIDEO_HEADER);

  await Promise.all([rig[Symbol.asyncDispose](), rig[Symbol.asyncDispose]()]);

  assert.equal((await answer).statusCode, 503);
  for (const { ended } of rig.door.connections) {
    assert.ok(ended instanceof AppError && ended.code === 'service/closing');
  }
  await using again = await openRig({ port: rig.ingest.port });
  assert.equal(again.ingest.port, rig.ingest.port);
});

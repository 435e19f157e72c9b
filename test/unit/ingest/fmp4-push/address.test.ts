import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePushAddress } from '../../../../src-main/core/ingest/fmp4-push/address.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const POINT = `/${TOKEN}/ingest.isml`;

function streamOf(path: string): string {
  const address = parsePushAddress(`${POINT}${path}`);
  assert.equal(address.kind, 'object');
  return address.streamName;
}

test('the address of a stream is understood in all the ways it is written', () => {
  for (const path of [
    `${POINT}/streams(720p)`,
    `${POINT}/Streams(720p)`,
    `/${TOKEN}/Ingest.ISML/STREAMS(720p)`,
    `${POINT}/Streams%28720p%29`,
    `${POINT}/streams(720p)/`,
    `${POINT}/streams(720p)?key=value`,
    `http://live.example:8485${POINT}/streams(720p)`,
  ]) {
    assert.deepEqual(parsePushAddress(path), { kind: 'stream', accessToken: TOKEN, streamName: '720p' }, path);
  }
});

test('timed metadata has an address of its own', () => {
  assert.deepEqual(parsePushAddress(`${POINT}/eventdata`), { kind: 'event-data', accessToken: TOKEN });
  assert.deepEqual(parsePushAddress(`${POINT}/EventData/`), { kind: 'event-data', accessToken: TOKEN });
});

test('header and segments of a quality are of the same stream, whatever the encoder calls them', () => {
  const names: readonly (readonly [stream: string, ...paths: readonly string[]])[] = [
    ['x-stream0', '/streams(x)/init-stream0.m4s', '/streams(x)/chunk-stream0-00001.m4s'],
    ['x-0', '/streams(x)/init-0.mp4', '/streams(x)/chunk-0-00012.m4s'],
    ['1-cmfv', '/Streams(1)/init.cmfv', '/Streams(1)/sequence1.cmfv', '/Streams(1)/sequence99.cmfv'],
    ['1-cmfa', '/Streams(1)/init.cmfa', '/Streams(1)/sequence1.cmfa'],
    ['stream0', '/init-stream0.m4s', '/chunk-stream0-00001.m4s'],
    ['x-video1', '/streams(x)/video1/init.mp4', '/streams(x)/video1/17.m4s', '/streams(x)/video1/seg_17.m4s'],
    ['x-video', '/streams(x)/video_init.mp4', '/streams(x)/video_17.m4s', '/streams(x)/video-seg-17.m4s'],
    ['x-v-720', '/streams(x)/v-720.header', '/streams(x)/v-720-17.m4s'],
    ['x', '/streams(x)/init.mp4', '/streams(x)/17.m4s', '/streams(x)/segment17.m4s'],
    ['stream', '/init.mp4', '/17.m4s'],
  ];

  for (const [stream, ...paths] of names) {
    for (const path of paths) {
      assert.equal(streamOf(path), stream, path);
    }
  }
});

test('manifests are told from media', () => {
  const manifest = parsePushAddress(`${POINT}/streams(x)/live.mpd`);
  const media = parsePushAddress(`${POINT}/streams(x)/init.mp4`);

  assert.ok(manifest.kind === 'object' && manifest.content === 'manifest');
  assert.ok(media.kind === 'object' && media.content === 'media');
  assert.equal(media.path, '/ingest.isml/streams(x)/init.mp4');
});

test('what is no address is refused, and its token is never repeated', () => {
  for (const path of [
    '',
    '/',
    'ingest',
    `/${TOKEN}`,
    POINT,
    `${POINT}/`,
    '/ingest.isml/streams(720p)',
    `${POINT}/streams()`,
    `${POINT}/streams(two words)`,
    `${POINT}/streams(a%2Fb)`,
    `${POINT}/streams(..)`,
    `${POINT}/streams(x)/../../y.mp4`,
    `${POINT}/streams(x)/%2e%2e/y.mp4`,
    `${POINT}/streams(x)/a/b/c/d/e/f.mp4`,
    `${POINT}/streams(%zz)`,
    `/${TOKEN}%00/ingest.isml/streams(x)`,
    `${POINT}/streams(${'x'.repeat(3000)})`,
  ]) {
    assert.throws(
      () => parsePushAddress(path),
      (error) =>
        error instanceof AppError && error.code === 'MPE_BAD_URL_SYNTAX' && !error.message.includes(TOKEN),
      path,
    );
  }
});

test('files of other kinds are refused by their ending', () => {
  for (const file of ['segment1.ts', 'key.bin', 'picture.jpg', 'noending', '.mp4']) {
    assert.throws(
      () => parsePushAddress(`${POINT}/streams(x)/${file}`),
      (error) => error instanceof AppError && error.code === 'media/unsupported',
      file,
    );
  }
});

test('any text is an address or a refusal', () => {
  const part = fc.oneof(
    fc.string(),
    fc.constantFrom('streams(x)', 'ingest.isml', TOKEN, 'eventdata', 'init.mp4', '%', '..', 'chunk-1-2.m4s'),
  );
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      try {
        parsePushAddress(`/${parts.join('/')}`);
      } catch (error) {
        assert.ok(error instanceof AppError);
      }
    }),
    { numRuns: 1000 },
  );
});

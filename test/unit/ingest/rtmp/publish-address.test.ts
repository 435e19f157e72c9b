import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePublishAddress, serverOf } from '../../../../src-main/core/ingest/rtmp/publish-address.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

const TOKEN = '0f9a3c5e77b14d0e9a552f6d8c1b4e70';
const SERVER = 'rtmp://studio.local:1935';

const badSyntax = (error: unknown): boolean =>
  error instanceof AppError && error.code === 'MPE_BAD_URL_SYNTAX' && !error.message.includes(TOKEN);

test('the address is the same wherever an encoder cuts it in two', () => {
  const expected = {
    accessToken: TOKEN,
    streamName: '720p',
    ingestUrl: 'rtmp://studio.local:1935/live/720p',
    bitrates: { video: undefined, audio: undefined },
  };

  assert.deepEqual(parsePublishAddress(SERVER, `live/${TOKEN}`, '720p'), expected);
  assert.deepEqual(parsePublishAddress(SERVER, 'live', `${TOKEN}/720p`), expected);
  assert.deepEqual(parsePublishAddress(SERVER, `/live/${TOKEN}/`, '/720p'), expected);
  assert.deepEqual(parsePublishAddress(SERVER, `live/${TOKEN}/720p`, ''), expected);
});

test('the query states bitrates in kilobits, on either part', () => {
  const ofName = parsePublishAddress(SERVER, `live/${TOKEN}`, 'a?videodatarate=2025&audiodatarate=128');
  const ofApp = parsePublishAddress(SERVER, `live/${TOKEN}?videodatarate=2025`, 'a?audiodatarate=128');
  const nonsense = parsePublishAddress(SERVER, `live/${TOKEN}`, 'a?videodatarate=fast&audiodatarate=-1&x=y');

  assert.deepEqual(ofName.bitrates, { video: 2_025_000, audio: 128_000 });
  assert.deepEqual(ofApp.bitrates, { video: 2_025_000, audio: 128_000 });
  assert.deepEqual(nonsense.bitrates, { video: undefined, audio: undefined });
  assert.equal(ofName.ingestUrl, 'rtmp://studio.local:1935/live/a');
});

test('a stream name with blanks or special characters is refused, and so is none', () => {
  for (const name of [
    '',
    '?a=b',
    'my stream',
    'ä',
    'a/b',
    'a%20b',
    '..',
    '-a',
    'a;b',
    'x'.repeat(129),
    '<a>',
    'mp4:a',
  ]) {
    assert.throws(() => parsePublishAddress(SERVER, `live/${TOKEN}`, name), badSyntax, name);
  }
});

test('what is not live/{token} is refused without repeating it', () => {
  for (const app of [
    '',
    'live',
    'other',
    `LIVE/${TOKEN}`,
    `live/a b/${TOKEN}`,
    `live/${'a'.repeat(65)}`,
    `vod/${TOKEN}`,
  ]) {
    assert.throws(() => parsePublishAddress(SERVER, app, 'a'), badSyntax, app);
  }
});

test('of the server only scheme, name and port are kept', () => {
  assert.equal(serverOf(`rtmps://studio.local/live/${TOKEN}?a=b`), 'rtmps://studio.local');
  assert.equal(serverOf(`rtmp://me:secret@[fd00::1]:1936/live/${TOKEN}`), 'rtmp://[fd00::1]:1936');
});

test('what is no address of RTMP is refused', () => {
  for (const tcUrl of [
    '',
    'nonsense',
    '//host',
    'http://host/live',
    'rtmp:',
    'rtmp:///live',
    `rtmp://${'h'.repeat(300)}/live`,
  ]) {
    assert.throws(() => serverOf(tcUrl), badSyntax, tcUrl);
  }
});

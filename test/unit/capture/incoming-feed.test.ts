import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type IncomingFeed, incomingFeedCommand } from '../../../src-main/core/capture/incoming-feed.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';
import { assertGoldenArgs } from '../../support/golden.ts';

const CANVAS = { width: 1280, height: 720, frameRate: { numerator: 30_000, denominator: 1001 } };
const FEED: IncomingFeed = {
  url: new URL('http://127.0.0.1:40123/0123456789abcdef'),
  width: 1920,
  height: 1080,
  frameRate: 59.94,
  hasAudio: true,
  shape: 'stretch',
};

function command(over: Partial<IncomingFeed> = {}) {
  return incomingFeedCommand({ binary: paperBinary(), canvas: CANVAS }, { ...FEED, ...over });
}

test('the command line for a feed of twice the rate that fills the canvas is the one on file', () => {
  assertGoldenArgs('capture/incoming-feed', command().args);
});

test('the command line for a small feed without sound that keeps its shape is the one on file', () => {
  const small = command({ width: 720, height: 576, frameRate: 25, hasAudio: false, shape: 'fit' });

  assertGoldenArgs('capture/incoming-feed-small', small.args);
  assert.deepEqual([small.videoFd, small.audioFd], [3, undefined]);
});

test('its address is on standard input only, and a secret', () => {
  const { args, stdin, secrets } = command();

  assert(!args.join(' ').includes('40123'));
  assert.match(
    stdin ?? '',
    /^ffconcat version 1\.0\nfile 'http:\/\/127\.0\.0\.1:40123\/0123456789abcdef'\noption probesize 32\n/,
  );
  assert.deepEqual(secrets, ['http://127.0.0.1:40123/0123456789abcdef', '0123456789abcdef']);
});

test('it is decoded by one thread, which holds no frame back, but for 1080p60', () => {
  const threadsOf = ({ args }: ReturnType<typeof command>): string | undefined =>
    args[args.indexOf('-threads') + 1];

  assert.deepEqual([threadsOf(command({ frameRate: 30 })), threadsOf(command())], ['1', '2']);
});

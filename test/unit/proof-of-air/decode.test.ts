import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerOf, peakArgs, picturesArgs } from '../../../src-main/core/proof-of-air/decode.ts';

const box = (name: string): Uint8Array => Buffer.concat([Buffer.from([0, 0, 0, 24]), Buffer.from(name)]);

test('what a segment is kept in is told by its first bytes', () => {
  assert.equal(containerOf(Buffer.from([0x47, 0x40, 0, 0x10])), 'mpegts');
  assert.equal(containerOf(box('styp')), 'mp4');
  assert.equal(containerOf(box('moof')), 'mp4');
  assert.equal(containerOf(Buffer.from('ID3\u0004')), 'aac');
  assert.equal(containerOf(Buffer.from([0xff, 0xf1, 0x50, 0x80])), 'aac');
  assert.equal(containerOf(Buffer.from([0xff, 0xfb, 0x90, 0])), 'mp3');
});

test('a list of addresses is no container, so that ffmpeg is never given one', () => {
  for (const text of ['#EXTM3U\n', 'ffconcat version 1.0', '<?xml version="1.0"?>', '', 'WEBVTT']) {
    assert.equal(containerOf(Buffer.from(text)), undefined, text);
  }
});

test('ffmpeg is told what it gets, may open nothing but its pipes, and takes one thread', () => {
  for (const args of [picturesArgs('mpegts'), peakArgs('mpegts')]) {
    const line = args.join(' ');
    assert.match(line, /-threads 1 -protocol_whitelist pipe -f mpegts -i pipe:0/);
    assert.equal(args.at(-1), 'pipe:1');
  }
});

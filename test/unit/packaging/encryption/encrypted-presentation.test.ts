import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createByteCache } from '../../../../src-main/core/packaging/encryption/byte-cache.ts';
import {
  encryptedPresentation,
  initOf,
} from '../../../../src-main/core/packaging/encryption/encrypted-presentation.ts';
import { createSegmentProtection } from '../../../../src-main/core/packaging/encryption/segment-protection.ts';
import { silenceOf } from '../../../../src-main/core/packaging/silence.ts';
import type { Presentation, Track } from '../../../../src-main/core/ports/presentation.ts';
import type { Protection } from '../../../../src-main/core/ports/protection.ts';
import { periodKey } from '../../../../src-main/core/protect/period-keys.ts';
import { parsePssh } from '../../../../src-main/media/cenc/pssh.ts';
import { writeChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import { writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { fakePresentation } from '../../../support/fake-presentation.ts';
import { FAKE_KEY, fakeProtection } from '../../../support/fake-protection.ts';
import { AUDIO, audioFrames } from '../../media/sample-media.ts';

function soundTrack(bitrate: number): Track {
  const description = { ...AUDIO, bitrate };
  return { ...description, id: `audio_${bitrate}`, name: 'audio', init: writeInitSegment(description) };
}

const [GOOD, POOR] = [soundTrack(128_000), soundTrack(64_000)];

/** The same sound in all parts of all segments, told apart by their times only. */
function soundBytes(sequence: number, part: number): Uint8Array {
  const samples = audioFrames(3, 100_000 * sequence + 3072 * part);
  return writeChunk(samples, { sequenceNumber: sequence * 10 + part, kind: 'audio' }).bytes;
}

function encrypted(protection: Protection) {
  let reads = 0;
  const fake = fakePresentation({ tracks: [GOOD, POOR] });
  fake.segments(2);
  const presentation: Presentation = {
    ...fake.presentation,
    async readSegment(_, sequence) {
      reads += 1;
      await Promise.resolve();
      return Buffer.concat([0, 1, 2].map((part) => soundBytes(sequence, part)));
    },
    readPart: (_, sequence, part) => soundBytes(sequence, part),
    fileOf: () => ({ path: '/clear', offset: 0, size: 1 }),
  };
  const made = encryptedPresentation(
    presentation,
    createSegmentProtection(presentation, protection),
    createByteCache(1_000_000).scope(),
  );
  return { made, reads: () => reads, clear: presentation };
}

/** The IV of the first sample of a chunk. */
function ivOf(chunk: Uint8Array): string {
  const senc = readBoxes(chunk).require('moof').require('traf').require('senc');
  senc.skip(8);
  return Buffer.from(senc.bytes(8)).toString('hex');
}

test('everybody is given the same bytes of a segment, read and encrypted once, and they are those of its parts', async () => {
  const { made, reads } = encrypted(fakeProtection('cenc'));
  const [window] = made.tracks();

  const [one, two] = await Promise.all([made.readSegment(window!, 1), made.readSegment(window!, 1)]);
  const three = await made.readSegment(window!, 1);
  const parts = [0, 1, 2].map((part) => made.readPart(window!, 1, part)!);

  assert.equal(one, two);
  assert.equal(one, three);
  assert.equal(reads(), 1);
  assert.deepEqual(Buffer.concat(parts), Buffer.from(one));
  assert.equal(made.readPart(window!, 1, 2), parts[2]);
});

test('after a restart a segment is encrypted to the same bytes', async () => {
  const [first, second] = [encrypted(fakeProtection('cenc')), encrypted(fakeProtection('cenc'))];

  assert.deepEqual(
    await first.made.readSegment(first.made.tracks()[0]!, 1),
    await second.made.readSegment(second.made.tracks()[0]!, 1),
  );
});

test('no IV is used twice under one key, though qualities have the same times', () => {
  const { made } = encrypted(fakeProtection('cenc'));
  const ivs = made
    .tracks()
    .flatMap((window) =>
      [1, 2].flatMap((sequence) => [0, 1, 2].map((part) => ivOf(made.readPart(window, sequence, part)!))),
    );

  assert.equal(new Set(ivs).size, 12);
});

test('a failed read is not kept', async () => {
  const { made, clear } = encrypted(fakeProtection('cenc'));
  let fails = true;
  const shaky = encryptedPresentation(
    {
      ...clear,
      readSegment: (track, sequence) =>
        fails ? Promise.reject(new Error('disk')) : clear.readSegment(track, sequence),
    },
    createSegmentProtection(clear, fakeProtection('cenc')),
    createByteCache(1000).scope(),
  );
  const [window] = shaky.tracks();

  await assert.rejects(shaky.readSegment(window!, 1), /disk/);
  fails = false;
  assert.deepEqual(await shaky.readSegment(window!, 1), await made.readSegment(made.tracks()[0]!, 1));
});

test('tracks are the same objects every time, and where their files lie is not told', () => {
  const { made } = encrypted(fakeProtection('cenc'));

  assert.deepEqual(made.tracks(), made.tracks());
  assert.equal(made.tracks()[0], made.tracks()[0]);
  assert.equal(made.fileOf?.(made.tracks()[0]!, 1), undefined);
});

test('silence that is made up for an encrypted track is encrypted like its sound', () => {
  const { made } = encrypted(fakeProtection('cenc'));
  const { track } = made.tracks()[0]!;
  const stretch = { sequence: 5, before: 0, from: ticks(0), to: ticks(9600) };
  const bytesOf = (of: Track): Uint8Array => {
    const silence = silenceOf(of, 0.2)!;
    return silence.bytesOf(5, silence.partsOf(stretch)[0]!);
  };

  const sealed = bytesOf(track);

  assert.equal(ivOf(sealed).length, 16);
  assert.equal(readBoxes(bytesOf(GOOD)).require('moof').require('traf').find('senc'), undefined);
});

test('a track that stays clear is passed on as it is', async () => {
  const { made, clear } = encrypted(fakeProtection('cenc', { clear: ['mp4a'] }));
  const [window] = made.tracks();

  assert.equal(window, clear.tracks()[0]);
  assert.deepEqual(made.readPart(window!, 1, 0), clear.readPart(window!, 1, 0));
  assert.deepEqual(await made.readSegment(window!, 1), await clear.readSegment(window!, 1));
});

test('the header for a crypto period has the id of its key, in its track and for who asks for a licence', () => {
  const protection = fakeProtection('cenc', {
    cryptoPeriodMs: 6000,
    systems: [{ kind: 'clear-key', licenseUrl: 'https://keys.example/clearkey' }],
  });
  const { track } = encrypted(protection).made.tracks()[0]!;

  for (const period of [5, 6]) {
    const moov = readBoxes(initOf(track, period)).require('moov');
    const id = Buffer.from(periodKey(FAKE_KEY, period).id.replaceAll('-', ''), 'hex');
    assert.deepEqual(
      parsePssh(moov.require('pssh')).keyIds.map((one) => Buffer.from(one)),
      [id],
    );
    assert.equal(Buffer.from(initOf(track, period)).includes(id), true);
  }
  assert.notDeepEqual(initOf(track, 5), initOf(track, 6));
  assert.equal(initOf(track, 5), initOf(track, 5));
});

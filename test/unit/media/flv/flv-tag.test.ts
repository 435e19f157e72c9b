import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseAudioMessage } from '../../../../src-main/media/flv/audio-message.ts';
import { type FlvPayload, flvTagBytes, writeFlvTag } from '../../../../src-main/media/flv/flv-tag.ts';
import { parseVideoMessage } from '../../../../src-main/media/flv/video-message.ts';
import { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';

const HEADER = 11;

function tagOf(payload: FlvPayload, timestampMs: number): Uint8Array {
  const writer = new BoxWriter();
  writeFlvTag(writer, payload, timestampMs);
  assert.equal(flvTagBytes(payload), writer.length);
  return writer.finish();
}

function bodyOf(tag: Uint8Array): Uint8Array {
  return tag.subarray(HEADER, tag.length - 4);
}

test('what a tag holds is read back by the reader of messages', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 1, maxLength: 40 }),
      fc.boolean(),
      fc.integer({ min: -(2 ** 23), max: 2 ** 23 - 1 }),
      (data, isKeyFrame, compositionMs) => {
        const video = parseVideoMessage(bodyOf(tagOf({ kind: 'avc', data, isKeyFrame, compositionMs }, 0)));
        const audio = parseAudioMessage(bodyOf(tagOf({ kind: 'aac', data }, 0)));

        assert.deepEqual(video, { kind: 'frame', isKey: isKeyFrame, compositionMs, bytes: data });
        assert.deepEqual(audio, { kind: 'frame', bytes: data });
      },
    ),
  );
});

test('size, time and the size behind it stand where FLV has them, and times wrap after 2^32', () => {
  const tag = tagOf({ kind: 'aac-config', config: Uint8Array.of(0x11, 0x90) }, 0x1_0203_0405);

  assert.deepEqual([...tag], [8, 0, 0, 4, 0x03, 0x04, 0x05, 0x02, 0, 0, 0, 0xaf, 0, 0x11, 0x90, 0, 0, 0, 15]);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkLiveEncoding } from '../../../../src-main/core/encode/live-encoding/chosen-layers.ts';
import type { LiveEvent } from '../../../../src-main/shared/api/live-events.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';

type Encoding = LiveEvent['encoding'];

const LAYER = { width: 640, height: 360, bitrate: 900_000 };

function refusal(encoding: Encoding): readonly unknown[] {
  try {
    checkLiveEncoding(encoding);
  } catch (error) {
    assert(error instanceof AppError);
    return [error.code, error.details['field']];
  }
  return [];
}

function own(layers: readonly (typeof LAYER)[], audioBitrates: readonly (96 | 128)[] = [128]): Encoding {
  return { encodingType: 'Standard', customPreset: { layers: [...layers], audioBitrates: [...audioBitrates] } };
}

test('the preset of the other type of event is refused by the name of its field', () => {
  const wrong = ['request/invalid', 'encoding.presetName'];

  assert.deepEqual(refusal({ encodingType: 'Standard', presetName: 'Default1080p' }), wrong);
  assert.deepEqual(refusal({ encodingType: 'Premium1080p', presetName: 'Default720p' }), wrong);
  assert.deepEqual(refusal({ encodingType: 'Premium1080p', presetName: '720p-3-Layer' }), wrong);
  assert.deepEqual(refusal({ encodingType: 'Standard', presetName: '480p-2-Layer' }), wrong);
});

test('an event that does not encode has no preset, and needs none', () => {
  assert.deepEqual(refusal({ encodingType: 'PassthroughStandard', presetName: 'Default720p' }), [
    'request/invalid',
    'encoding.presetName',
  ]);
  assert.deepEqual(refusal({ ...own([LAYER]), encodingType: 'PassthroughBasic' }), [
    'request/invalid',
    'encoding.customPreset',
  ]);
  assert.deepEqual(refusal({ encodingType: 'PassthroughStandard' }), []);
});

test('a preset by name and an own one cannot both be given', () => {
  assert.deepEqual(refusal({ ...own([LAYER]), presetName: 'Default720p' }), [
    'request/invalid',
    'encoding.customPreset',
  ]);
});

test('a bitrate names a quality: no two layers, and no two sounds, have the same', () => {
  const smaller = { ...LAYER, width: 320, height: 180 };

  assert.deepEqual(refusal(own([LAYER, smaller])), [
    'encode/ladder-invalid',
    'encoding.customPreset.layers[1].bitrate',
  ]);
  assert.deepEqual(refusal(own([LAYER], [128, 96, 128])), [
    'encode/ladder-invalid',
    'encoding.customPreset.audioBitrates[2]',
  ]);
});

test('layers of an own preset have one shape', () => {
  const square = { width: 360, height: 360, bitrate: 500_000 };

  assert.deepEqual(refusal(own([LAYER, square])), ['encode/ladder-invalid', 'encoding.customPreset.layers[1]']);
  assert.deepEqual(refusal(own([LAYER, { width: 320, height: 180, bitrate: 200_000 }])), []);
});

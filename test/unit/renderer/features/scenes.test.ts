import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sceneSpec } from '../../../../src-main/shared/api/scenes.ts';
import {
  imageName,
  keyOf,
  moved,
  newSpec,
  shotsOf,
} from '../../../../src-renderer/features/studio/scenes/scene-model.ts';
import { fakeScenes } from '../../../support/fake-scenes.ts';
import { emptyWorld, withSources } from '../../../support/fake-service/scenarios.ts';

const scenes = fakeScenes().state();

test('sources come first, then the scenes of which everything is there', () => {
  const { studio } = withSources(emptyWorld('http://origin'));
  const alone = { ...studio, sources: studio.sources.filter(({ spec }) => spec.id !== 'camera') };

  assert.deepEqual(
    shotsOf(studio, scenes).map(({ key }) => key),
    [
      'screen',
      'camera',
      'scene:picture-in-picture',
      'scene:side-by-side',
      'scene:starting-soon',
      'scene:back-soon',
      'scene:ended',
    ],
  );
  assert.deepEqual(
    shotsOf(alone, scenes).map(({ key }) => key),
    ['screen', 'scene:starting-soon', 'scene:back-soon', 'scene:ended'],
  );
  assert.deepEqual(shotsOf(undefined, undefined), []);
});

test('what is on air has the key of its button', () => {
  assert.equal(keyOf({ kind: 'single', source: 'screen' }), 'screen');
  assert.equal(keyOf({ kind: 'scene', scene: 'ended' }), 'scene:ended');
  assert.equal(keyOf({ kind: 'slate' }), 'slate:');
});

test('a new scene of any kind is one that the service takes', () => {
  for (const kind of ['picture-in-picture', 'side-by-side', 'slate', 'custom'] as const) {
    const spec = newSpec(kind, 'New');
    assert.deepEqual(sceneSpec.parse(spec), spec);
  }
});

test('an image is named after its file, and differently from all others', () => {
  assert.equal(imageName('Unser Logo (neu).PNG', new Set()), 'unser-logo-neu');
  assert.equal(imageName('logo.png', new Set(['logo', 'logo-2'])), 'logo-3');
  assert.equal(imageName('休憩.jpg', new Set()), 'picture');
});

test('one of a list moves by a place, and not beyond its ends', () => {
  assert.deepEqual(moved(['a', 'b', 'c'], 1, -1), ['b', 'a', 'c']);
  assert.deepEqual(moved(['a', 'b', 'c'], 0, -1), ['a', 'b', 'c']);
  assert.deepEqual(moved(['a', 'b', 'c'], 1, 1), ['a', 'c', 'b']);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assetNameFor, liveEventNameFor } from '../../../src-main/core/studio/names.ts';
import { resourceName } from '../../../src-main/shared/api/common.ts';

const START_MS = Date.UTC(2030, 1, 3, 4, 5, 6, 7);

test('an asset is named after its title and its start', () => {
  assert.equal(assetNameFor('Weekly talk: Größe & Maß!', START_MS), 'weekly-talk-gro-e-ma-20300203-040506-007');
  assert.equal(assetNameFor('', START_MS), 'recording-20300203-040506-007');
  assert.equal(assetNameFor('講演', START_MS), 'recording-20300203-040506-007');
});

test('whatever the title is, the name is one that the API takes', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (title) => {
      assert.doesNotThrow(() => resourceName.parse(assetNameFor(title, START_MS)));
    }),
  );
});

test('names of live events keep to their 32 characters', () => {
  assert.ok(liveEventNameFor('rehearsal', START_MS).length <= 32);
  assert.notEqual(liveEventNameFor('live', START_MS), liveEventNameFor('live', START_MS + 1));
});

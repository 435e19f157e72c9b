import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fitted } from '../../../../src-renderer/capture/video-coder.ts';
import { standingOf } from '../../../../src-renderer/capture/view.ts';

test('a picture keeps its shape, has even sides and is no larger than 1080p', () => {
  assert.deepEqual(fitted({ width: 1280, height: 720 }), { width: 1280, height: 720 });
  assert.deepEqual(fitted({ width: 3840, height: 2160 }), { width: 1920, height: 1080 });
  assert.deepEqual(fitted({ width: 1365, height: 767 }), { width: 1366, height: 768 });
  assert.deepEqual(fitted({ width: 1080, height: 1920 }), { width: 608, height: 1080 });
  assert.deepEqual(fitted({ width: 5, height: 5 }), { width: 16, height: 16 });
});

test('what stands there is what viewers see', () => {
  const studio = { label: 'Anna', title: '', phase: 'live', isOnAir: true, isSeen: true } as const;

  assert.equal(standingOf({ kind: 'lost' }), 'lost');
  assert.equal(standingOf({ kind: 'sending', studio: { ...studio, isSeen: false } }), 'connecting');
  assert.equal(standingOf({ kind: 'sending', studio: { ...studio, phase: 'off-air' } }), 'connected');
  assert.equal(standingOf({ kind: 'sending', studio: { ...studio, phase: 'rehearsing' } }), 'rehearsing');
  assert.equal(standingOf({ kind: 'sending', studio }), 'on-air');
  assert.equal(standingOf({ kind: 'sending', studio: { ...studio, isOnAir: false } }), 'off-programme');
});

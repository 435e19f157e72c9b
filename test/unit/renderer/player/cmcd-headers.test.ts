import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cmcdHeaders, type PlayerFacts } from '../../../../src-renderer/player/cmcd-headers.ts';

const FACTS: PlayerFacts = {
  session: '0f0e',
  isLive: true,
  bufferSeconds: 4.26,
  measuredBitrate: 8_149_000,
  bitrate: 2_500_400,
  hasStarved: false,
  isStarting: false,
  playbackRate: 1,
};

test('what is known is said in the units of the standard, rounded as it wants', () => {
  assert.deepEqual(cmcdHeaders(FACTS), {
    'CMCD-Object': 'br=2500',
    'CMCD-Request': 'bl=4300,mtp=8100',
    'CMCD-Session': 'sf=h,sid="0f0e",st=l',
  });
});

test('who waits says so, and a speed of its own', () => {
  const headers = cmcdHeaders({ ...FACTS, isLive: false, hasStarved: true, isStarting: true, playbackRate: 1.5 });

  assert.equal(headers['CMCD-Status'], 'bs');
  assert.equal(headers['CMCD-Request'], 'bl=4300,mtp=8100,su');
  assert.equal(headers['CMCD-Session'], 'pr=1.5,sf=h,sid="0f0e",st=v');
});

test('what is not known is left out', () => {
  const headers = cmcdHeaders({
    ...FACTS,
    bufferSeconds: undefined,
    measuredBitrate: Number.NaN,
    bitrate: undefined,
  });

  assert.deepEqual(headers, { 'CMCD-Session': 'sf=h,sid="0f0e",st=l' });
});

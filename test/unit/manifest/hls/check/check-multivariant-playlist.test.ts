import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkMultivariantPlaylist } from '../../../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import type { MultivariantPlaylist } from '../../../../../src-main/manifest/hls/multivariant-playlist.ts';
import type { AudioRendition } from '../../../../../src-main/manifest/hls/tags/media.ts';
import type { Variant } from '../../../../../src-main/manifest/hls/tags/stream-inf.ts';

const english: AudioRendition = {
  type: 'AUDIO',
  groupId: 'a',
  name: 'English',
  language: 'en',
  isDefault: true,
  autoSelect: true,
  channels: '2',
  uri: 'en.m3u8',
};
const german: AudioRendition = { ...english, name: 'Deutsch', language: 'de', isDefault: false, uri: 'de.m3u8' };
const variant: Variant = {
  bandwidth: 2_000_000,
  averageBandwidth: 1_500_000,
  codecs: ['avc1.64001f', 'mp4a.40.2'],
  resolution: { width: 1280, height: 720 },
  frameRate: 30,
  audio: 'a',
  uri: 'v.m3u8',
};
const good: MultivariantPlaylist = { renditions: [english, german], variants: [variant], iFrameVariants: [] };

function assertBroken(playlist: MultivariantPlaylist, ...expected: readonly string[]): void {
  assert.deepEqual(
    checkMultivariantPlaylist(playlist).map(({ level, clause }) => `${level} ${clause.replace('8216bis ', '')}`),
    expected,
  );
}

test('a good multivariant playlist breaks no rule', () => {
  assertBroken(good);
});

test('members of a group are told apart, one is the default, and the default is selected', () => {
  assertBroken({ ...good, renditions: [english, { ...german, name: 'English' }] }, 'must 4.4.6.1.1');
  assertBroken({ ...good, renditions: [english, { ...german, isDefault: true }] }, 'must 4.4.6.1.1');
  assertBroken({ ...good, renditions: [english, { ...german, language: 'en' }] }, 'should 4.4.6.1.1');
  assertBroken({ ...good, renditions: [{ ...english, autoSelect: false }] }, 'must 4.4.6.1');
  assertBroken({ ...good, renditions: [{ ...english, channels: undefined }] }, 'should 4.4.6.1');
});

test('groups of one type have the same members', () => {
  const surround = { ...english, groupId: 'b', channels: '6', uri: 'en-6.m3u8' };

  assertBroken({ ...good, renditions: [english, german, surround] }, 'must 4.4.6.1.1');
  assertBroken({ ...good, renditions: [english, german, surround, { ...german, groupId: 'b', channels: '6' }] });
});

test('a variant names groups that exist, its codecs, and a frame rate', () => {
  assertBroken({ ...good, variants: [{ ...variant, audio: 'x' }] }, 'must 4.4.6.2');
  assertBroken({ ...good, variants: [{ ...variant, subtitles: 'a' }] }, 'must 4.4.6.2');
  assertBroken({ ...good, variants: [{ ...variant, closedCaptions: { groupId: 'cc' } }] }, 'must 4.4.6.2');
  assertBroken({ ...good, variants: [{ ...variant, codecs: undefined }] }, 'should 4.4.6.2');
  assertBroken({ ...good, variants: [{ ...variant, frameRate: undefined }] }, 'should 4.4.6.2');
  assertBroken({ ...good, variants: [{ ...variant, averageBandwidth: 2_000_001 }] }, 'must 4.4.6.2');
  assertBroken({ ...good, variants: [] }, 'must 4.4.6.2');
});

test('scores and the absence of captions are for all variants or none', () => {
  assertBroken({ ...good, variants: [variant, { ...variant, score: 1 }] }, 'should 4.4.6.2');
  assertBroken({ ...good, variants: [variant, { ...variant, closedCaptions: 'none' }] }, 'must 4.4.6.2');
});

test('session data and keys are there once, variables are not imported, and the version is high enough', () => {
  const data = { dataId: 'd', value: 'v' };
  const key = { method: 'SAMPLE-AES', uri: 'k' } as const;

  assertBroken({ ...good, sessionData: [data, data] }, 'must 4.4.6.4');
  assertBroken({ ...good, sessionData: [data, { ...data, language: 'en' }] });
  assertBroken({ ...good, sessionKeys: [key, key] }, 'must 4.4.6.5');
  assertBroken({ ...good, version: 8, defines: [{ kind: 'import', name: 'a' }] }, 'must 4.4.2.3');
  assertBroken({ ...good, defines: [{ kind: 'value', name: 'a', value: 'b' }] }, 'must 8');
});

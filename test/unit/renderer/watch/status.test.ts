import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readStatus } from '../../../../src-renderer/watch/status.ts';
import { wordsFor } from '../../../../src-renderer/watch/words.ts';

test('what the origin says is read', () => {
  assert.deepEqual(
    readStatus({ title: 'A talk', state: 'live', hls: '/m', downloads: [{ name: 'a.mp4', url: '/x/a.mp4' }] }),
    { kind: 'stream', title: 'A talk', state: 'live', hls: '/m', downloads: [{ name: 'a.mp4', url: '/x/a.mp4' }] },
  );
  assert.deepEqual(readStatus({ title: '', state: 'empty', hls: null, downloads: [] }), {
    kind: 'stream',
    title: '',
    state: 'empty',
    hls: undefined,
    downloads: [],
  });
});

test('whether it is protected, and needs the Clear Key of the browser, is known when it is said', () => {
  const hls = '/m(encryption=cbcs-aapl)';
  const protectedOne = { title: 'x', state: 'live', hls, isProtected: true, needsClearKey: true, downloads: [] };

  assert.deepEqual(readStatus(protectedOne), { kind: 'stream', ...protectedOne });
  assert.deepEqual(readStatus({ ...protectedOne, isProtected: 1, needsClearKey: 'yes' }), {
    kind: 'stream',
    title: 'x',
    state: 'live',
    hls,
    downloads: [],
  });
});

test('an answer of somebody else, as of the login page of a network, counts as none', () => {
  for (const value of [
    undefined,
    null,
    'html',
    {},
    { title: 'x' },
    { title: 1, state: 'live' },
    { title: 'x', state: 'on' },
  ]) {
    assert.deepEqual(readStatus(value), { kind: 'unreachable' });
  }
});

test('downloads are paths of the origin and nothing else', () => {
  const urls = ['javascript:alert(1)', '//evil.example/x', 'https://evil.example/x', '/fine'];
  const status = readStatus({
    title: 'x',
    state: 'ended',
    hls: '/m',
    downloads: urls.map((url) => ({ name: 'n', url })),
  });

  assert.ok(status.kind === 'stream');
  assert.deepEqual(status.downloads, [{ name: 'n', url: '/fine' }]);
});

test('pictures for seeking are at a path of the origin, or there are none', () => {
  const storyboardOf = (storyboard: unknown): unknown => {
    const status = readStatus({ title: 'x', state: 'live', hls: '/m', downloads: [], storyboard });
    return status.kind === 'stream' ? status.storyboard : status;
  };

  assert.equal(storyboardOf('/x/a.ism/Storyboard.vtt'), '/x/a.ism/Storyboard.vtt');
  for (const other of [undefined, null, 7, '//evil.example/x', 'https://evil.example/x']) {
    assert.equal(storyboardOf(other), undefined);
  }
});

test('the page speaks the first of its languages that the viewer knows', () => {
  assert.equal(wordsFor(['de-AT', 'en']).language, 'de');
  assert.equal(wordsFor(['en-GB', 'de']).language, 'en');
  assert.equal(wordsFor(['fr', 'de']).language, 'de');
  assert.equal(wordsFor(['fr']).language, 'en');
  assert.equal(wordsFor([]).language, 'en');
});

test('both languages say everything', () => {
  const [en, de] = [wordsFor(['en']).words, wordsFor(['de']).words];

  assert.deepEqual(Object.keys(de).sort(), Object.keys(en).sort());
  assert.notEqual(de.waiting.title, en.waiting.title);
});

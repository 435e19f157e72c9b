import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  applicationOf,
  pathParts,
  serverUrlOf,
  splitPushAddress,
} from '../../../src-main/core/publish/push-address.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';

const takenApart: readonly (readonly [
  what: string,
  text: string,
  givenKey: string | undefined,
  url: string,
  key: string | undefined,
])[] = [
  ['server and key', 'rtmp://a.example/live2', 'k-1', 'rtmp://a.example/live2', 'k-1'],
  ['the key inside', 'rtmp://a.example/live2/k-1', undefined, 'rtmp://a.example/live2', 'k-1'],
  ['with its query', 'rtmp://a.example/live/k?auth=1&t=/2/', undefined, 'rtmp://a.example/live', 'k?auth=1&t=/2/'],
  ['with a hash', 'rtmp://a.example/live/k#1', undefined, 'rtmp://a.example/live', 'k#1'],
  ['an instance before the key', 'rtmp://h/app/room/k', undefined, 'rtmp://h/app/room', 'k'],
  ['two names and a key apart', 'rtmp://h/app/room', 'k', 'rtmp://h/app/room', 'k'],
  ['two names and expressly no key', 'rtmp://h/app/room', '', 'rtmp://h/app/room', undefined],
  ['no key at all', 'rtmp://h/app', undefined, 'rtmp://h/app', undefined],
  ['slashes at the end', 'rtmps://h:443/rtmp/', 'k', 'rtmps://h:443/rtmp', 'k'],
  ['capitals', 'RTMPS://h/app', 'k', 'rtmps://h/app', 'k'],
  ['IPv6 and a port', 'rtmp://[::1]:1936/app/k', undefined, 'rtmp://[::1]:1936/app', 'k'],
  // YouTube tells its backup server by it.
  ['a query of the server', 'rtmp://b.example/live2?backup=1', 'k', 'rtmp://b.example/live2?backup=1', 'k'],
  ['a key that an address would encode', 'rtmp://h/app/{k}"<ü>^`', undefined, 'rtmp://h/app', '{k}"<ü>^`'],
  ['a key that is encoded already', 'rtmp://h/app/a%2Fb%20c', undefined, 'rtmp://h/app', 'a%2Fb%20c'],
  ['a key apart with all that is odd', 'rtmp://h/app', '?a=b c#%/\\"', 'rtmp://h/app', '?a=b c#%/\\"'],
];

for (const [what, text, givenKey, url, key] of takenApart) {
  test(`an address is taken apart: ${what}`, () => {
    assert.deepEqual(splitPushAddress(text, givenKey), { url, key });
  });
}

const SECRET = 'S3CRET';
const refused: readonly (readonly [what: string, text: string, givenKey: string | undefined, words: RegExp])[] = [
  ['no address', SECRET, undefined, /is not an address/],
  ['a space', `rtmp://h/app/a ${SECRET}`, undefined, /is not an address/],
  ['a line end', `rtmp://h/app/a\n${SECRET}`, undefined, /is not an address/],
  ['a port that is none', `rtmp://h:99999/app/${SECRET}`, undefined, /is not an address/],
  ['half a character', `rtmp://h/app/\ud800${SECRET}`, undefined, /is not an address/],
  ['another protocol', `https://h/app/${SECRET}`, undefined, /must begin with rtmp/],
  ['no server', `rtmp:///app/${SECRET}`, undefined, /names no server/],
  ['no application', 'rtmp://h/', SECRET, /names no application/],
  ['only a query', `rtmp://h?k=${SECRET}`, undefined, /names no application/],
  ['a user and a password', `rtmp://u:${SECRET}@h/app/k`, undefined, /user name and a password/],
  ['a user', `rtmp://${SECRET}@h/app/k`, undefined, /user name and a password/],
  ['a query before any key', `rtmp://h/app?k=${SECRET}`, undefined, /question mark and no stream key/],
  ['an application without end', `rtmp://h/${'a'.repeat(901)}`, SECRET, /longer than 900 bytes/],
  ['a key with a line end', 'rtmp://h/app', `${SECRET}\nrtmp_app=x`, /character that cannot be typed/],
  ['a key with a NUL', 'rtmp://h/app', `${SECRET}\0`, /character that cannot be typed/],
  ['a key with a space at an end', 'rtmp://h/app', ` ${SECRET}`, /space at an end/],
  ['a key of spaces', 'rtmp://h/app', '  ', /space at an end/],
  ['a key with half a character', 'rtmp://h/app', `${SECRET}\ud800`, /character that cannot be typed/],
  ['a key without end', 'rtmp://h/app', `${SECRET}${'ü'.repeat(450)}`, /longer than 900 bytes/],
];

for (const [what, text, givenKey, words] of refused) {
  test(`an address is refused, without its key in the words: ${what}`, () => {
    assert.throws(
      () => splitPushAddress(text, givenKey),
      (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'publish/protocol');
        assert.match(error.message, words);
        assert.match(error.message, /Nothing was changed\.$/);
        assert.doesNotMatch(`${error.message} ${JSON.stringify(error.details)}`, new RegExp(SECRET));
        return true;
      },
    );
  });
}

test('an error names the field that was wrong', () => {
  const fieldOf = (run: () => unknown): unknown => {
    try {
      return run();
    } catch (error) {
      return error instanceof AppError ? error.details['field'] : error;
    }
  };

  assert.equal(
    fieldOf(() => splitPushAddress('x', undefined)),
    'url',
  );
  assert.equal(
    fieldOf(() => splitPushAddress('x', '', 'backupUrl')),
    'backupUrl',
  );
  assert.equal(
    fieldOf(() => splitPushAddress('rtmp://h/app', '\n')),
    'streamKey',
  );
});

test('whatever key a service gives out, written into the address or apart, is the same key', () => {
  const key = fc.stringMatching(/^[\w%=.~+:@!$'()*,;{}^|-]+$/).filter((text) => text.length < 200);
  const query = fc.constantFrom('', '?a=b', '?a=/b/&c', '#x', '?');

  fc.assert(
    fc.property(key, query, (name, rest) => {
      const inside = splitPushAddress(`rtmp://h:1935/app/${name}${rest}`, undefined);

      assert.deepEqual(inside, { url: 'rtmp://h:1935/app', key: `${name}${rest}` });
      assert.deepEqual(splitPushAddress('rtmp://h:1935/app', `${name}${rest}`), inside);
    }),
  );
});

test('server and application of an address, and how many names it has', () => {
  const url = 'rtmps://h:443/app/room?backup=1';

  assert.equal(serverUrlOf(url), 'rtmps://h:443/');
  assert.equal(applicationOf(url), 'app/room?backup=1');
  assert.equal(pathParts(url), 2);
  assert.equal(pathParts('rtmp://h//a//b/?c/d'), 2);
  assert.equal(pathParts('rtmp://h'), 0);
  assert.equal(pathParts('nonsense'), 0);
});

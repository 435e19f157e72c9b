import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { splitPushAddress } from '../../../src-main/core/publish/push-address.ts';
import { pushArgs, secretOptions } from '../../../src-main/core/publish/push-command.ts';
import { srtSecretsIn, withStreamId } from '../../../src-main/core/publish/srt-address.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { assertGoldenArgs } from '../../support/golden.ts';

/** Whatever somebody might type, above all what means something in an address. */
const SIGNS = ['a', 'Z', '0', '#', '!', ':', '=', '/', ',', '&', '%', '+', ' ', '?', '"', '\\', "'", 'ä', '€'];
const PASSPHRASE = 'p4ssphrase-of-SRT';

for (const [what, address, key, url, secrets] of [
  ['only a server', 'srt://h.example:9000', undefined, 'srt://h.example:9000', []],
  ['with a slash', 'SRT://h.example:9000/', undefined, 'srt://h.example:9000', []],
  [
    'with everything',
    `srt://h:9000?streamid=s3cret/main&passphrase=${PASSPHRASE}&latency=200&pbkeylen=32`,
    undefined,
    'srt://h:9000?latency=200&pbkeylen=32',
    ['s3cret/main', PASSPHRASE],
  ],
  [
    'with the stream id apart',
    `srt://h:9000?passphrase=${PASSPHRASE}`,
    's3cret',
    'srt://h:9000',
    ['s3cret', PASSPHRASE],
  ],
  [
    'with the usual form of stream ids',
    'srt://h:9000?streamid=#!::r=live/s3cret,m=publish&latency=80',
    undefined,
    'srt://h:9000?latency=80',
    ['#!::r=live/s3cret,m=publish'],
  ],
  ['with signs in percent', 'srt://h:9000?streamid=%23!::r%3Da%26b', undefined, 'srt://h:9000', ['#!::r=a&b']],
  ['with microseconds, as OBS has them', 'srt://h:9000?latency=200000', undefined, 'srt://h:9000?latency=200', []],
  [
    'with what goes without saying',
    'srt://[2001:db8::1]:9000?mode=caller&transtype=live',
    undefined,
    'srt://[2001:db8::1]:9000',
    [],
  ],
] as const) {
  test(`an SRT address is taken apart: ${what}`, () => {
    const split = splitPushAddress(address, key);

    assert.equal(split.url, url);
    assert.deepEqual(srtSecretsIn(split.key), secrets);
  });
}

for (const [what, address, key, words] of [
  ['no server', 'srt://?streamid=s3cret', undefined, /looks like srt:\/\/server:port/],
  ['no port', 'srt://h.example?streamid=s3cret', undefined, /names no port/],
  ['a port that is none', 'srt://h:70000', undefined, /names no port/],
  ['a path', 'srt://h:9000/live/s3cret', undefined, /is no SRT address/],
  ['a user', 'srt://s3cret:s3cret@h:9000', undefined, /holds a user name/],
  ['a passphrase that is too short', 'srt://h:9000?passphrase=s3cret', undefined, /10 to 79 characters/],
  [
    'a passphrase that is too long',
    `srt://h:9000?passphrase=${'s3cret'.repeat(14)}`,
    undefined,
    /10 to 79 characters/,
  ],
  [
    'a stream id that is too long',
    `srt://h:9000?streamid=${'s3cret'.repeat(90)}`,
    undefined,
    /longer than 512 bytes/,
  ],
  ['two stream ids', 'srt://h:9000?streamid=s3cret', 'other-s3cret', /give one of them/],
  ['a latency that is none', 'srt://h:9000?latency=short', undefined, /number of milliseconds/],
  ['a key length that is none', 'srt://h:9000?pbkeylen=20', undefined, /16, 24 or 32/],
  ['the wrong way round', 'srt://h:9000?mode=listener', undefined, /only mode=caller is possible/],
  ['something unknown', 'srt://h:9000?s3cret_name=1', undefined, /s3cret_name in it, which is not known/],
  ['half a percent sign', 'srt://h:9000?streamid=%s3cret', undefined, /percent sign in its streamid/],
] as const) {
  test(`an SRT address is refused, and nothing secret is in the words: ${what}`, () => {
    assert.throws(
      () => splitPushAddress(address, key),
      (error) => {
        assert.ok(error instanceof AppError);
        assert.equal(error.code, 'publish/protocol');
        assert.match(error.message, words);
        assert.doesNotMatch(error.message.replace('s3cret_name', ''), /s3cret/);
        return true;
      },
    );
  });
}

test('an error names the field that was wrong', () => {
  const fieldOf = (address: string, key?: string): unknown => {
    try {
      return splitPushAddress(address, key, 'backupUrl');
    } catch (error) {
      assert.ok(error instanceof AppError);
      return error.details['field'];
    }
  };

  assert.equal(fieldOf('srt://h'), 'backupUrl');
  assert.equal(fieldOf('srt://h:1', 'x'.repeat(513)), 'streamKey');
});

test('another stream id keeps the passphrase, and a passphrase without stream id takes one', () => {
  const { key } = splitPushAddress(`srt://h:9000?streamid=one&passphrase=${PASSPHRASE}`, undefined);

  assert.deepEqual(srtSecretsIn(withStreamId(key, 'two')), ['two', PASSPHRASE]);
  assert.deepEqual(srtSecretsIn(withStreamId(undefined, 'two')), ['two']);
});

test('whatever stream id and passphrase there are, they arrive in the file of options as they were written, and nowhere else', () => {
  const typed = fc
    .string({ unit: fc.constantFrom(...SIGNS), minLength: 10, maxLength: 30 })
    .filter((text) => text === text.trim());
  fc.assert(
    fc.property(typed, typed, (streamId, passphrase) => {
      const address = `srt://h:9000?streamid=${encodeURIComponent(streamId)}&passphrase=${encodeURIComponent(passphrase)}`;
      const { url, key } = splitPushAddress(address, undefined);

      const lines = secretOptions(url, key).split('\n');
      assert.ok(lines.includes(`srt_streamid=${streamId}`));
      assert.ok(lines.includes(`passphrase=${passphrase}`));
      assert.equal(url, 'srt://h:9000');
    }),
  );
});

test('latency goes to ffmpeg in microseconds', () => {
  const lines = secretOptions('srt://h:9000?latency=120&pbkeylen=16', undefined).split('\n');

  assert.ok(lines.includes('latency=120000'));
  assert.ok(lines.includes('pbkeylen=16'));
});

test('picture and sound go to an SRT server as a transport stream, of which only server and port are to be seen', () => {
  assertGoldenArgs(
    'push-srt',
    pushArgs({
      url: 'srt://a.example:9000?latency=200',
      hasVideo: true,
      hasAudio: true,
      baseSeconds: '1893456000.200000',
      secretsFile: '/tmp/options',
      relayPort: undefined,
    }),
  );
});

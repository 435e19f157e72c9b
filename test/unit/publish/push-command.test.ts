import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pushArgs, secretOptions } from '../../../src-main/core/publish/push-command.ts';
import { assertGoldenArgs } from '../../support/golden.ts';

const BOTH = {
  url: 'rtmp://a.example:1936/live2?backup=1',
  hasVideo: true,
  hasAudio: true,
  baseSeconds: '1893456000.200000',
  secretsFile: '/tmp/options',
  relayPort: undefined,
};

test('picture and sound go to an RTMP server, of which only the name is to be seen', () => {
  assertGoldenArgs('push-rtmp', pushArgs(BOTH));
});

test('sound alone goes to an RTMPS server by way of a relay, which does the TLS', () => {
  assertGoldenArgs(
    'push-rtmps-sound',
    pushArgs({ ...BOTH, url: 'rtmps://a.example/live2', hasVideo: false, relayPort: 40_001 }),
  );
});

test('application and key stand in the file of options as they are', () => {
  assert.equal(
    secretOptions(BOTH.url, 'k?a=b c#%25\\"'),
    'rtmp_app=live2?backup=1\nrtmp_tcurl=rtmp://a.example:1936/live2?backup=1\nrtmp_playpath=k?a=b c#%25\\"\n',
  );
});

test('without a key the stream has no name: the file says so, or ffmpeg would make one up from the address', () => {
  assert.equal(
    secretOptions('rtmp://a.example/live2', undefined),
    'rtmp_app=live2\nrtmp_tcurl=rtmp://a.example/live2\nrtmp_playpath=\n',
  );
});

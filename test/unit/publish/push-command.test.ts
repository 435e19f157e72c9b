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
  certificates: undefined,
};

test('picture and sound go to an RTMP server, of which only the name is to be seen', () => {
  assertGoldenArgs('push-rtmp', pushArgs(BOTH));
});

test('sound alone goes to an RTMPS server, whose certificate must be good', () => {
  assertGoldenArgs(
    'push-rtmps-sound',
    pushArgs({ ...BOTH, url: 'rtmps://a.example/live2', hasVideo: false, certificates: '/data/ca.pem' }),
  );
});

test('without certificates of ours ffmpeg still checks, with those it finds', () => {
  const args = pushArgs({ ...BOTH, url: 'rtmps://a.example/live2' });

  assert.equal(args[args.indexOf('-tls_verify') + 1], '1');
  assert.equal(args.includes('-ca_file'), false);
});

test('application and key stand in the file of options as they are', () => {
  assert.equal(
    secretOptions(BOTH.url, 'k?a=b c#%25\\"'),
    'rtmp_app=live2?backup=1\nrtmp_playpath=k?a=b c#%25\\"\n',
  );
});

test('without a key the stream has no name: the file says so, or ffmpeg would make one up from the address', () => {
  assert.equal(secretOptions('rtmp://a.example/live2', undefined), 'rtmp_app=live2\nrtmp_playpath=\n');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { pushError } from '../../../src-main/core/publish/push-errors.ts';
import type { ErrorCode, Severity } from '../../../src-main/shared/error-codes.ts';

const RTMP = '[rtmp @ 0x55a3124b1100]';

/** What ffmpeg said, before or after it had sent anything, and what the presenter is told. */
const failures: readonly (readonly [
  what: string,
  wasLive: boolean,
  lines: readonly string[],
  code: ErrorCode,
  severity: Severity,
  words: RegExp,
])[] = [
  [
    'the server says no to the name',
    false,
    [`${RTMP} Server error: NetStream.Publish.BadName`, 'rtmp://h/: Operation not permitted'],
    'publish/refused',
    'stop',
    /^h:1935 refuses the stream key\. Copy it again/,
  ],
  [
    'the server asks for a password',
    false,
    [`${RTMP} Server error: Authorization required.`],
    'publish/refused',
    'stop',
    /refuses the stream key/,
  ],
  [
    'somebody streams with the key, often we ourselves a moment ago',
    false,
    [`${RTMP} Server error: Already publishing`],
    'publish/connection-lost',
    'retry',
    /somebody streams with this key already/,
  ],
  [
    'the server hangs up when the stream is announced',
    false,
    ['rtmp://h/: Input/output error'],
    'publish/connection-lost',
    'retry',
    /either the stream key is wrong or the service is not ready\. It is tried again/,
  ],
  [
    'the server hangs up in the middle',
    true,
    ['rtmp://h/: Input/output error'],
    'publish/connection-lost',
    'retry',
    /^h:1935 closed the connection\.$/,
  ],
  [
    'the name is not known',
    false,
    ['[tcp @ 0x1] Failed to resolve hostname h: Name or service not known'],
    'publish/dns',
    'retry',
    /name h:1935 is not known/,
  ],
  ['nobody listens', false, ['rtmp://h/: Connection refused'], 'publish/unreachable', 'retry', /does not answer/],
  [
    'there is no network',
    false,
    ['rtmp://h/: Network is unreachable'],
    'publish/unreachable',
    'retry',
    /does not answer/,
  ],
  [
    'the certificate is not trusted',
    false,
    ['[tls @ 0x56507115a600] Peer certificate failed verification', 'rtmps://h/: Input/output error'],
    'publish/tls',
    'retry',
    /does not prove who it is/,
  ],
  [
    'the connection breaks',
    true,
    ['av_interleaved_write_frame(): Broken pipe'],
    'publish/connection-lost',
    'retry',
    /was lost/,
  ],
  ['it ends without a word', true, [], 'publish/connection-lost', 'retry', /was lost/],
  [
    'an SRT listener has another passphrase',
    false,
    [
      '12:00:00.1/SRT:RcvQ:w1!W:SRT.cn: processAsyncConnectRequest: REJECT reported from HS processing: Incorrect passphrase - not processing further',
      '[srt @ 0x1] Connection to srt://h:9000 failed: Input/output error',
      'srt://h:9000: Input/output error',
    ],
    'publish/refused',
    'stop',
    /^h:1935 refuses the stream key/,
  ],
  [
    'an SRT listener turns the stream away',
    false,
    [
      '12:00:00.1/SRT:RcvQ:w1!W:SRT.cn: processAsyncConnectRequest: REJECT reported from HS processing: Resource failure - not processing further',
      '[srt @ 0x1] Connection to srt://h:9000 failed: Input/output error',
    ],
    'publish/connection-lost',
    'retry',
    /or the service is not ready\. It is tried again/,
  ],
  [
    'no SRT listener is there',
    false,
    ['[srt @ 0x1] Connection to srt://h:9000 failed: Input/output error', 'srt://h:9000: Input/output error'],
    'publish/unreachable',
    'retry',
    /does not answer/,
  ],
  [
    'this ffmpeg cannot do it',
    false,
    ['rtmps://h/: Protocol not found'],
    'publish/protocol',
    'stop',
    /ffmpeg of this computer cannot send to h:1935/,
  ],
];

for (const [what, wasLive, lastLines, code, severity, words] of failures) {
  test(`${what}: ${code}`, () => {
    const exit = { code: 1, signal: null, asked: false, lastLines };

    const error = pushError(exit, { server: 'h:1935', wasLive }, readFfmpegFailure);

    assert.equal(error.code, code);
    assert.equal(error.severity, severity);
    assert.match(error.message, words);
    assert.equal(error.details['server'], 'h:1935');
    assert.deepEqual(error.details['lastLines'], lastLines);
  });
}

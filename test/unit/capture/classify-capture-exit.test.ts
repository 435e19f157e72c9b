import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyCaptureExit } from '../../../src-main/core/capture/classify-capture-exit.ts';
import type { ChildExit } from '../../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import type { SourceKind } from '../../../src-main/shared/api/studio.ts';

function exit(...lastLines: string[]): ChildExit {
  return { code: 1, signal: null, asked: false, lastLines };
}

function classify(kind: SourceKind, platform: NodeJS.Platform, ...lines: string[]) {
  const { code, message } = classifyCaptureExit(
    exit(...lines),
    { kind, label: 'Device' },
    { platform, readFailure: readFfmpegFailure },
  );
  return { code, message };
}

const CASES: readonly (readonly [
  kind: SourceKind,
  platform: NodeJS.Platform,
  line: string,
  code: string,
  cure: RegExp,
])[] = [
  [
    'camera',
    'linux',
    '[video4linux2,v4l2 @ 0x1] Cannot open video device /dev/video0: Permission denied',
    'capture/permission-denied',
    /“video”/,
  ],
  [
    'camera',
    'linux',
    '[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_STREAMON): Device or resource busy',
    'capture/device-busy',
    /Close the call/,
  ],
  [
    'camera',
    'linux',
    '[video4linux2,v4l2 @ 0x1] ioctl(VIDIOC_DQBUF): No such device',
    'capture/device-not-found',
    /Connect it/,
  ],
  ['camera', 'linux', '/dev/video4: No such file or directory', 'capture/device-not-found', /Connect it/],
  ['screen', 'linux', '[x11grab @ 0x1] Cannot open display :9, error 1.', 'capture/no-display', /set DISPLAY/],
  [
    'screen',
    'linux',
    '[x11grab @ 0x1] Capture area 3000x2000 at position 0.0 outside the screen size 1920x1080',
    'capture/unsupported',
    /Choose the region/,
  ],
  [
    'window',
    'linux',
    "[x11grab @ 0x1] Can't find window '0x3a00007', aborting.",
    'capture/device-not-found',
    /not open any more/,
  ],
  ['window', 'linux', '[x11grab @ 0x1] Failed to translate xcb geometry', 'capture/device-not-found', /minimised/],
  ['microphone', 'linux', 'usb-mic: Input/output error', 'capture/device-not-found', /Connect it/],
  ['microphone', 'linux', 'default: No such process', 'capture/unsupported', /PipeWire/],
  [
    'camera',
    'darwin',
    '[AVFoundation indev @ 0x1] Failed to create AV capture input device: Cannot use FaceTime; not authorized',
    'capture/permission-denied',
    /System Settings.*Camera/,
  ],
  [
    'screen',
    'darwin',
    'Capture screen 0: Operation not permitted',
    'capture/permission-denied',
    /Screen & System Audio Recording/,
  ],
  [
    'microphone',
    'darwin',
    '[AVFoundation indev @ 0x1] Audio device not found',
    'capture/device-not-found',
    /choose another/,
  ],
  [
    'camera',
    'win32',
    '[dshow @ 1] Could not run graph (sometimes caused by a device already in use by other application)',
    'capture/device-busy',
    /Close the call/,
  ],
  [
    'camera',
    'win32',
    '[dshow @ 1] Could not find video device with name [x] among source devices of type video.',
    'capture/device-not-found',
    /Connect it/,
  ],
  [
    'microphone',
    'win32',
    'audio=x: Access is denied.',
    'capture/permission-denied',
    /Microphone, and let desktop apps/,
  ],
  ['file', 'linux', 'file:/media/usb/clip.mp4: Input/output error', 'capture/file-unreadable', /Choose it again/],
  [
    'url',
    'linux',
    '[tcp @ 0x1] Connection to tcp://host failed: Connection refused',
    'capture/no-frames',
    /goes on trying/,
  ],
  [
    'url',
    'linux',
    'Server returned 401 Unauthorized (authorization failed)',
    'capture/permission-denied',
    /Correct the address/,
  ],
  ['screen', 'linux', "Unrecognized option 'fancy'.", 'capture/unsupported', /newer one/],
];

for (const [kind, platform, line, code, cure] of CASES) {
  test(`${kind} on ${platform}: ${line}`, () => {
    const error = classify(kind, platform, 'some words before', line);

    assert.equal(error.code, code);
    assert.match(error.message, cure);
  });
}

test('an end that nobody knows is told with its last words and tried again', () => {
  const error = classifyCaptureExit(
    { code: null, signal: 'SIGSEGV', asked: false, lastLines: ['frame=1', 'strange'] },
    { kind: 'camera', label: 'C920' },
    { platform: 'linux', readFailure: readFfmpegFailure },
  );

  assert.equal(error.code, 'process/exited');
  assert.equal(error.severity, 'retry');
  assert.equal(error.message, 'The capture of C920 ended (SIGSEGV): strange');
});

test('whatever ends the pictures of a page, its words are those of a page', () => {
  const cutOff = { code: 1, signal: null, asked: false, lastLines: ['strange'] } as const;
  const source = { kind: 'browser', label: 'Ada' } as const;

  const error = classifyCaptureExit(cutOff, source, { platform: 'linux', readFailure: readFfmpegFailure });

  assert.equal(error.code, 'capture/no-frames');
  assert.equal(
    error.message,
    'What the page of Ada sends cannot be shown (code 1). Stop it there and share again.',
  );
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { captureCommand } from '../../../src-main/core/capture/capture-command.ts';
import type { CaptureContext, CapturedSpec } from '../../../src-main/core/capture/capture-context.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';
import { assertGoldenArgs } from '../../support/golden.ts';
import {
  CLIP,
  LINUX_DEVICES,
  LIVE_STREAM,
  linux,
  MACOS_DEVICES,
  macos,
  NOTHING_CONNECTED,
  WINDOWS_DEVICES,
  windows,
} from './contexts.ts';

const SCREEN = { id: 's', kind: 'screen', cursor: true } as const;
const REGION = { x: 100, y: 50, width: 1280, height: 720 };
const SYSTEM_AUDIO = { id: 'a', kind: 'system-audio' } as const;
const FILE = { id: 'f', kind: 'file', path: '/home/anna/intro clip.mp4', loop: true } as const;

function firstId(devices: readonly { readonly id: string }[]): string {
  return devices[0]?.id ?? '';
}

const GOLDEN: readonly (readonly [name: string, spec: CapturedSpec, context: CaptureContext])[] = [
  ['linux-desktop', SCREEN, linux()],
  ['linux-screen', { ...SCREEN, device: 'HDMI-1', cursor: false }, linux()],
  ['linux-screen-region', { ...SCREEN, device: 'HDMI-1', region: REGION }, linux()],
  ['linux-window', { id: 'w', kind: 'window', device: '0x3a00007', cursor: true }, linux()],
  ['linux-camera', { id: 'c', kind: 'camera', device: firstId(LINUX_DEVICES.cameras) }, linux()],
  ['linux-camera-unknown', { id: 'c', kind: 'camera', device: '/dev/video3' }, linux()],
  ['linux-microphone', { id: 'm', kind: 'microphone', device: 'usb-mic' }, linux()],
  ['linux-microphone-alsa', { id: 'm', kind: 'microphone', device: 'alsa:plughw:CARD=PCH,DEV=0' }, linux()],
  ['linux-system-audio', SYSTEM_AUDIO, linux()],
  ['linux-system-audio-device', { ...SYSTEM_AUDIO, device: 'speakers.monitor' }, linux()],
  ['linux-file', FILE, linux({ media: CLIP })],
  ['linux-file-once', { ...FILE, loop: false }, linux({ media: CLIP })],
  ['linux-url-rtmp', { id: 'u', kind: 'url', url: 'rtmp://cam.example/live/key' }, linux({ media: LIVE_STREAM })],
  ['linux-url-recording', { id: 'u', kind: 'url', url: 'https://host.example/talk.mp4' }, linux({ media: CLIP })],
  ['macos-screen', SCREEN, macos()],
  ['macos-screen-region', { ...SCREEN, region: REGION, cursor: false }, macos()],
  ['macos-camera', { id: 'c', kind: 'camera', device: 'FaceTime HD Camera' }, macos()],
  ['macos-microphone', { id: 'm', kind: 'microphone', device: 'USB Mic (2)' }, macos()],
  ['macos-system-audio', SYSTEM_AUDIO, macos()],
  ['macos-file', FILE, macos({ media: CLIP })],
  ['windows-desktop', SCREEN, windows()],
  ['windows-screen', { ...SCREEN, device: '\\\\.\\DISPLAY2' }, windows()],
  [
    'windows-single-screen',
    { ...SCREEN, region: REGION },
    windows({ devices: { ...WINDOWS_DEVICES, screens: WINDOWS_DEVICES.screens.slice(0, 1) } }),
  ],
  [
    'windows-single-screen-plain',
    SCREEN,
    windows({ devices: { ...WINDOWS_DEVICES, screens: WINDOWS_DEVICES.screens.slice(0, 1) }, plainGrab: true }),
  ],
  ['windows-window', { id: 'w', kind: 'window', device: '131456', cursor: false }, windows()],
  ['windows-camera', { id: 'c', kind: 'camera', device: firstId(WINDOWS_DEVICES.cameras) }, windows()],
  ['windows-microphone', { id: 'm', kind: 'microphone', device: '@device_cm_mic' }, windows()],
  ['windows-system-audio', SYSTEM_AUDIO, windows()],
  ['windows-file', { ...FILE, path: 'C:\\Users\\Anna\\clip.mp4' }, windows({ media: CLIP })],
];

for (const [name, spec, context] of GOLDEN) {
  test(`the command line of ${name} is the one on file`, () => {
    assertGoldenArgs(`capture/${name}`, captureCommand(spec, context).args);
  });
}

test('picture comes on the first pipe and sound on the next; sound alone on the first', () => {
  const fds = [
    captureCommand(SCREEN, linux()),
    captureCommand(FILE, linux({ media: CLIP })),
    captureCommand(SYSTEM_AUDIO, linux()),
  ].map(({ videoFd, audioFd }) => [videoFd, audioFd]);

  assert.deepEqual(fds, [
    [3, undefined],
    [3, 4],
    [undefined, 3],
  ]);
});

function refusal(spec: CapturedSpec, context: CaptureContext): AppError {
  try {
    captureCommand(spec, context);
  } catch (error) {
    assert(error instanceof AppError);
    return error;
  }
  assert.fail('there is a command line');
}

test('what cannot be captured is refused with the reason and the cure', () => {
  const bare = paperBinary();
  const cases: readonly (readonly [AppError, string, RegExp])[] = [
    [
      refusal(SCREEN, linux({ environment: { DISPLAY: ':0', XDG_SESSION_TYPE: 'wayland' } })),
      'capture/wayland',
      /Xorg session/,
    ],
    [refusal(SCREEN, linux({ environment: {} })), 'capture/no-display', /set DISPLAY/],
    [refusal(SCREEN, linux({ binary: bare })), 'capture/unsupported', /without x11grab/],
    [refusal({ ...SCREEN, device: 'DP-9' }, linux()), 'capture/device-not-found', /“DP-9” is not there/],
    [
      refusal({ id: 'w', kind: 'window', device: '-1; rm', cursor: true }, linux()),
      'capture/device-not-found',
      /not open any more/,
    ],
    [refusal({ id: 'c', kind: 'camera', device: 'clip.mp4' }, linux()), 'capture/device-not-found', /Connect it/],
    [refusal(SYSTEM_AUDIO, linux({ binary: bare })), 'capture/unsupported', /without pulse/],
    [refusal(FILE, linux()), 'capture/file-unreadable', /neither picture nor sound/],
    [refusal({ id: 'w', kind: 'window', device: 'x', cursor: true }, macos()), 'capture/unsupported', /region/],
    [
      refusal(SYSTEM_AUDIO, macos({ devices: { ...MACOS_DEVICES, systemAudio: [] } })),
      'capture/unsupported',
      /BlackHole/,
    ],
    [refusal(SYSTEM_AUDIO, windows({ devices: NOTHING_CONNECTED })), 'capture/unsupported', /Stereo Mix/],
    [
      refusal({ id: 'c', kind: 'camera', device: 'gone' }, windows()),
      'capture/device-not-found',
      /choose another/,
    ],
    [refusal(SCREEN, linux({ platform: 'freebsd' })), 'capture/unsupported', /Use a file or a stream/],
  ];

  for (const [error, code, words] of cases) {
    assert.equal(error.code, code);
    assert.match(error.message, words);
  }
});

test('a headset that is gone does not become another microphone', () => {
  const error = refusal({ id: 'm', kind: 'microphone', device: 'Headset' }, macos());

  assert.deepEqual([error.code, error.details['device']], ['capture/device-not-found', 'Headset']);
});

test('an X session may say that it is one although a Wayland display is around', () => {
  const { args } = captureCommand(
    SCREEN,
    linux({ environment: { DISPLAY: ':1', XDG_SESSION_TYPE: 'x11', WAYLAND_DISPLAY: 'wayland-0' } }),
  );

  assert.equal(args[args.indexOf('-i') + 1], ':1');
});

test('without PulseAudio in ffmpeg the default microphone is ALSA’s', () => {
  const binary = paperBinary({ devices: new Set(['alsa']) });
  const { args } = captureCommand({ id: 'm', kind: 'microphone', device: 'default' }, linux({ binary }));

  assert.deepEqual([args[args.indexOf('-f') + 1], args[args.indexOf('-i') + 1]], ['alsa', 'default']);
});

test('a camera at twice the canvas’ rate is thinned out before it is scaled', () => {
  const { args } = captureCommand(
    { id: 'c', kind: 'camera', device: firstId(WINDOWS_DEVICES.cameras) },
    windows(),
  );

  assert.match(args[args.indexOf('-vf') + 1] ?? '', /^select=not\(mod\(n\\,2\)\),scale=/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAvfoundationDevices } from '../../../src-main/core/capture/parse-avfoundation.ts';
import { parseDshowDevices, parseDshowModes } from '../../../src-main/core/capture/parse-dshow.ts';
import { parseSources } from '../../../src-main/core/capture/parse-sources.ts';
import { isNoCamera, parseV4l2Formats } from '../../../src-main/core/capture/parse-v4l2.ts';
import { parseWindowsDesktop } from '../../../src-main/core/capture/windows-desktop.ts';

test('PulseAudio’s sources are read with their descriptions and the default', () => {
  const output = [
    'Auto-detected sources for pulse:',
    '  alsa_output.pci-0000_00_1f.3.analog-stereo.monitor [Monitor of Built-in Audio Analog Stereo] (audio)',
    '* alsa_input.usb-0b0e_Jabra-00.mono-fallback [Jabra EVOLVE 20 [Mono]] (none)',
    '  odd []',
    '',
  ].join('\n');

  assert.deepEqual(parseSources(output), [
    {
      name: 'alsa_output.pci-0000_00_1f.3.analog-stereo.monitor',
      description: 'Monitor of Built-in Audio Analog Stereo',
      isDefault: false,
    },
    { name: 'alsa_input.usb-0b0e_Jabra-00.mono-fallback', description: 'Jabra EVOLVE 20 [Mono]', isDefault: true },
    { name: 'odd', description: '', isDefault: false },
  ]);
});

test('a sound server that does not answer is told apart from one without devices', () => {
  assert.equal(
    parseSources('Auto-detected sources for pulse:\nCannot list sources: Generic error in an external library\n'),
    undefined,
  );
  assert.deepEqual(parseSources('Auto-detected sources for pulse:\n'), []);
});

test('a camera’s formats and sizes are read, without those that ffmpeg does not know', () => {
  const lines = [
    '[video4linux2,v4l2 @ 0x55d0c3] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720',
    '[video4linux2,v4l2 @ 0x55d0c3] Raw       :  Unsupported :           8-bit Bayer : 640x480',
    '[video4linux2,v4l2 @ 0x55d0c3] Compressed:       mjpeg :          Motion-JPEG : 1920x1080',
    '[video4linux2,v4l2 @ 0x55d0c3] Raw       :        nv12 :         Y/CbCr 4:2:0 : {32-2592, 2}x{32-1944, 2}',
    '/dev/video0: Immediate exit requested',
  ];

  assert.deepEqual(parseV4l2Formats(lines), [
    { width: 640, height: 480, format: 'yuyv422', isCompressed: false, frameRate: undefined },
    { width: 1280, height: 720, format: 'yuyv422', isCompressed: false, frameRate: undefined },
    { width: 1920, height: 1080, format: 'mjpeg', isCompressed: true, frameRate: undefined },
  ]);
});

test('the second node of a camera, which has only metadata, is no camera', () => {
  assert.equal(
    isNoCamera(['[video4linux2,v4l2 @ 0x1] Not a video capture device.', '/dev/video1: No such device']),
    true,
  );
  assert.equal(isNoCamera(['/dev/video0: Device or resource busy']), false);
});

test('a Mac’s devices are read: cameras, screens, microphones, loopback devices', () => {
  const lines = [
    '[AVFoundation indev @ 0x7fa] AVFoundation video devices:',
    '[AVFoundation indev @ 0x7fa] [0] FaceTime HD Camera',
    '[AVFoundation indev @ 0x7fa] [1] FaceTime HD Camera',
    '[AVFoundation indev @ 0x7fa] [2] 4K Capture: HDMI',
    '[AVFoundation indev @ 0x7fa] [3] Capture screen 0',
    '[AVFoundation indev @ 0x7fa] [4] Capture screen 1',
    '[AVFoundation indev @ 0x7fa] AVFoundation audio devices:',
    '[AVFoundation indev @ 0x7fa] [0] BlackHole 2ch',
    '[AVFoundation indev @ 0x7fa] [1] MacBook Pro Microphone',
    '[AVFoundation indev @ 0x7fa] [2] MacBook Pro',
    ': Input/output error',
  ];

  const { screens, cameras, microphones, systemAudio } = parseAvfoundationDevices(lines);

  assert.deepEqual(
    screens.map(({ id, label, input, isDefault }) => [id, label, input, isDefault]),
    [
      ['Capture screen 0', 'Main screen', 'Capture screen 0', true],
      ['Capture screen 1', 'Screen 2', 'Capture screen 1', false],
    ],
  );
  // By name where ffmpeg would take the right one: not the second of a name, not one that begins like a number or has a colon.
  assert.deepEqual(
    cameras.map(({ id, input }) => [id, input]),
    [
      ['FaceTime HD Camera', 'FaceTime HD Camera'],
      ['FaceTime HD Camera (2)', '1'],
      ['4K Capture: HDMI', '2'],
    ],
  );
  // `MacBook Pro` is also the beginning of the one before it.
  assert.deepEqual(
    microphones.map(({ id, input }) => [id, input]),
    [
      ['MacBook Pro Microphone', 'MacBook Pro Microphone'],
      ['MacBook Pro', '2'],
    ],
  );
  assert.deepEqual(
    systemAudio.map(({ label }) => label),
    ['BlackHole 2ch'],
  );
});

test('the older spelling of avfoundation’s lines is read as well', () => {
  const { cameras } = parseAvfoundationDevices([
    '[AVFoundation input device @ 0x7fa] AVFoundation video devices:',
    '[AVFoundation input device @ 0x7fa] [0] Webcam',
  ]);

  assert.equal(cameras[0]?.id, 'Webcam');
});

test('DirectShow’s devices are read as ffmpeg 5 and later list them, virtual cameras too', () => {
  const lines = [
    '[dshow @ 000001f2] "HD Pro Webcam C920" (video)',
    '[dshow @ 000001f2]   Alternative name "@device_pnp_\\\\?\\usb#vid_046d&pid_082d#{65e8773d-8f56-11d0-a3b9-00a0c9223196}\\global"',
    '[dshow @ 000001f2] "OBS Virtual Camera" (none)',
    '[dshow @ 000001f2]   Alternative name "@device_sw_{860BB310-5D01-11D0-BD3B-00A0C911CE86}\\{A3FCE0F5}"',
    '[dshow @ 000001f2] "Microphone (Yeti "Nano")" (audio)',
    '[dshow @ 000001f2]   Alternative name "@device_cm_{33D9A762-90C8-11D0-BD43-00A0C911CE86}\\wave_{5A1C}"',
    '[dshow @ 000001f2] "Virtual Mic" (none)',
    '[dshow @ 000001f2]   Alternative name "@device_cm_{33D9A762-90C8-11D0-BD43-00A0C911CE86}\\wave_{77}"',
    'dummy: Immediate exit requested',
  ];

  assert.deepEqual(
    parseDshowDevices(lines).map(({ kind, name, path }) => [kind, name, path?.slice(0, 12)]),
    [
      ['video', 'HD Pro Webcam C920', '@device_pnp_'],
      ['video', 'OBS Virtual Camera', '@device_sw_{'],
      ['audio', 'Microphone (Yeti "Nano")', '@device_cm_{'],
      ['audio', 'Virtual Mic', '@device_cm_{'],
    ],
  );
});

test('DirectShow’s devices are read as ffmpeg 4 listed them, under headings', () => {
  const lines = [
    '[dshow @ 03acf580] DirectShow video devices (some may be both video and audio devices)',
    '[dshow @ 03acf580]  "Integrated Camera"',
    '[dshow @ 03acf580]     Alternative name "@device_pnp_\\\\?\\usb#vid_5986"',
    '[dshow @ 03acf580] DirectShow audio devices',
    '[dshow @ 03acf580]  "Internal Microphone (Conexant)"',
  ];

  assert.deepEqual(parseDshowDevices(lines), [
    { kind: 'video', name: 'Integrated Camera', path: '@device_pnp_\\\\?\\usb#vid_5986' },
    { kind: 'audio', name: 'Internal Microphone (Conexant)', path: undefined },
  ]);
});

test('DirectShow’s modes are read once each, though they are told twice', () => {
  const lines = [
    '[dshow @ 1]  Pin "Capture" (alternative pin name "0")',
    '[dshow @ 1]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30',
    '[dshow @ 1]   pixel_format=yuyv422  min s=640x480 fps=5 max s=640x480 fps=30 (tv, bt470bg/bt709/unknown, topleft)',
    '[dshow @ 1]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=60.0002',
    '[dshow @ 1]   unknown compression type 0x34363248',
  ];

  assert.deepEqual(parseDshowModes(lines), [
    { width: 640, height: 480, format: 'yuyv422', isCompressed: false, frameRate: 30 },
    { width: 1280, height: 720, format: 'mjpeg', isCompressed: true, frameRate: 60.0002 },
  ]);
});

test('what Windows says of screens and windows is read; two windows of a title are told apart', () => {
  const found = parseWindowsDesktop(
    JSON.stringify({
      screens: [
        { name: '\\\\.\\DISPLAY1', primary: true, x: 0, y: 0, width: 1920, height: 1080 },
        { name: '\\\\.\\DISPLAY2', primary: false, x: -1280, y: 56, width: 1280, height: 1024 },
      ],
      windows: [
        { handle: 131456, title: 'Grüße – PowerPoint' },
        { handle: 131458, title: 'Grüße – PowerPoint' },
      ],
    }),
  );

  assert(found !== undefined);
  assert.deepEqual(
    found.screens.map(({ id, label, isDefault, area }) => [id, label, isDefault, area?.x]),
    [
      ['\\\\.\\DISPLAY1', 'Main screen (1920 × 1080)', true, 0],
      ['\\\\.\\DISPLAY2', 'Screen 2 (1280 × 1024)', false, -1280],
    ],
  );
  assert.deepEqual(
    found.windows.map(({ id, label, input }) => [id, label, input]),
    [
      ['131456', 'Grüße – PowerPoint', 'title=Grüße – PowerPoint'],
      ['131458', 'Grüße – PowerPoint (2)', 'title=Grüße – PowerPoint'],
    ],
  );
});

for (const output of ['', 'Add-Type : Cannot…', '{"screens":"none","windows":[]}', '[]']) {
  test(`what is no answer of Windows is taken for none: ${JSON.stringify(output)}`, () => {
    assert.equal(parseWindowsDesktop(output), undefined);
  });
}

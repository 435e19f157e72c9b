import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { findDevices } from '../../../src-main/core/capture/find-devices.ts';
import { findDevice } from '../../../src-main/core/capture/known-device.ts';
import type { FfmpegBinary, RunToEnd } from '../../../src-main/core/ports/process.ts';
import { readFfmpegFailure } from '../../../src-main/core/process/parse-failure.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { paperBinary } from '../../support/ffmpeg-binary.ts';

let root: string;

before(async () => {
  root = await mkdtemp(join(tmpdir(), 'lectern-devices-'));
  const names = [
    'HD Pro Webcam C920',
    'HD Pro Webcam C920',
    'Integrated_Webcam_HD: Integrated_We',
    'Locked',
    'HD Pro Webcam C920',
  ];
  for (const [index, name] of names.entries()) {
    await mkdir(join(root, `sys/class/video4linux/video${index}`), { recursive: true });
    await writeFile(join(root, `sys/class/video4linux/video${index}/name`), `${name}\n`);
  }
  await mkdir(join(root, 'dev/v4l/by-id'), { recursive: true });
  await mkdir(join(root, 'dev/v4l/by-path'), { recursive: true });
  for (const index of [0, 2]) {
    await writeFile(join(root, `dev/video${index}`), '');
  }
  await symlink('../../video0', join(root, 'dev/v4l/by-id/usb-046d_C920-video-index0'));
  await symlink('../../video0', join(root, 'dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0'));
  await symlink('../../video2', join(root, 'dev/v4l/by-path/pci-0000:00:14.0-usb-0:8:1.0-video-index0'));
});
after(async () => {
  await rm(root, { recursive: true });
});

/** Programs that say what the test gives, by the last argument, and end with an error as ffmpeg's listings do. */
function programs(answers: Readonly<Record<string, { lines?: readonly string[]; output?: string }>>): RunToEnd {
  return (spec, options) => {
    const answer = answers[spec.args.at(-1) ?? ''] ?? answers[spec.executable];
    if (answer === undefined) {
      return Promise.reject(new AppError('process/stalled', `${spec.name} did not end within 3 s.`));
    }
    answer.lines?.forEach((line) => options.onLine?.(line));
    return answer.output === undefined
      ? Promise.reject(new AppError('process/exited', `${spec.name} ended with code 1`))
      : Promise.resolve({ stdout: new TextEncoder().encode(answer.output), lastLines: answer.lines ?? [] });
  };
}

async function find(platform: NodeJS.Platform, binary: FfmpegBinary, run: RunToEnd) {
  return await findDevices({ platform, environment: {}, binary, run, readFailure: readFfmpegFailure, root });
}

test('cameras are listed by the path that stays, with their modes; metadata nodes and locked ones are not', async () => {
  const { facts, problems } = await find(
    'linux',
    paperBinary({ devices: new Set(['v4l2', 'x11grab', 'pulse']) }),
    programs({
      '/dev/video0': { lines: ['[v4l2 @ 1] Compressed:       mjpeg :          Motion-JPEG : 1280x720'] },
      '/dev/video1': { lines: ['[v4l2 @ 1] Not a video capture device.'] },
      '/dev/video2': { lines: ['[v4l2 @ 1] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480'] },
      '/dev/video3': { lines: ['[v4l2 @ 1] Cannot open video device /dev/video3: Permission denied'] },
      '/dev/video4': { lines: ['[v4l2 @ 1] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480'] },
      pulse: { output: 'Auto-detected sources for pulse:\n' },
    }),
  );

  assert.deepEqual(
    facts.cameras.map(({ id, label, isDefault, modes }) => [id, label, isDefault, modes[0]?.width]),
    [
      ['/dev/v4l/by-id/usb-046d_C920-video-index0', 'HD Pro Webcam C920', true, 1280],
      ['/dev/v4l/by-path/pci-0000:00:14.0-usb-0:8:1.0-video-index0', 'Integrated_Webcam_HD', false, 640],
      ['/dev/video4', 'HD Pro Webcam C920 (2)', false, 640],
    ],
  );
  assert.deepEqual(
    problems.map(({ code }) => code),
    ['capture/no-display', 'capture/permission-denied'],
  );
  assert.match(problems[1]?.message ?? '', /refused access to Locked.*group/);
});

test('a camera that does not answer in time does not keep the others from being listed', async () => {
  const { facts } = await find(
    'linux',
    paperBinary({ devices: new Set(['v4l2', 'pulse']) }),
    programs({
      '/dev/video2': { lines: ['[v4l2 @ 1] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480'] },
      pulse: { output: '' },
    }),
  );

  assert.equal(facts.cameras.length, 1);
});

test('an ffmpeg without capture devices is told for each kind, with the cure', async () => {
  const { facts, problems } = await find('linux', paperBinary(), programs({}));

  assert.deepEqual(facts.cameras, []);
  assert(problems.length >= 2);
  assert(problems.every(({ message }) => /Install the ffmpeg of your distribution|DISPLAY/.test(message)));
});

test('a Mac without a loopback device is told what to install, and its devices are listed', async () => {
  const { facts, problems } = await find(
    'darwin',
    paperBinary({ devices: new Set(['avfoundation']) }),
    programs({
      '': {
        lines: [
          '[AVFoundation indev @ 0x7fa] AVFoundation video devices:',
          '[AVFoundation indev @ 0x7fa] [0] FaceTime HD Camera',
          '[AVFoundation indev @ 0x7fa] [1] Capture screen 0',
          '[AVFoundation indev @ 0x7fa] AVFoundation audio devices:',
          '[AVFoundation indev @ 0x7fa] [0] MacBook Pro Microphone',
        ],
      },
    }),
  );

  assert.deepEqual(
    [facts.screens, facts.cameras, facts.microphones, facts.systemAudio].map(({ length }) => length),
    [1, 1, 1, 0],
  );
  assert.deepEqual(
    problems.map(({ code, details }) => [code, details['kind']]),
    [['capture/unsupported', 'system-audio']],
  );
});

test('Windows’ cameras get their modes, and without PowerShell the whole desktop is left', async () => {
  const { facts, problems } = await find(
    'win32',
    paperBinary({ devices: new Set(['dshow', 'gdigrab']) }),
    programs({
      dummy: {
        lines: [
          '[dshow @ 1] "Cam" (video)',
          '[dshow @ 1]   Alternative name "@device_pnp_1"',
          '[dshow @ 1] "Stereo Mix (Realtek)" (audio)',
          '[dshow @ 1] "Microphone" (audio)',
        ],
      },
      'video=@device_pnp_1': { lines: ['[dshow @ 1]   vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30'] },
    }),
  );

  assert.deepEqual(
    [
      facts.cameras[0]?.id,
      facts.cameras[0]?.modes[0]?.frameRate,
      facts.microphones[0]?.label,
      facts.systemAudio[0]?.label,
    ],
    ['@device_pnp_1', 30, 'Microphone', 'Stereo Mix (Realtek)'],
  );
  assert.deepEqual(
    problems.map(({ code, details }) => [code, details['kind']]),
    [['capture/unsupported', 'window']],
  );
});

test('on other systems there is nothing to capture', async () => {
  const { facts, problems } = await find('freebsd', paperBinary(), programs({}));

  assert.deepEqual([facts.screens, problems], [[], []]);
});

test('two cameras of one model are told apart by their sockets, and each is found by the name it had when it was alone', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-twins-'));
  for (const index of [0, 2]) {
    await mkdir(join(folder, `sys/class/video4linux/video${index}`), { recursive: true });
    await writeFile(join(folder, `sys/class/video4linux/video${index}/name`), 'HD Pro Webcam C920\n');
    await mkdir(join(folder, 'dev/v4l/by-path'), { recursive: true });
    await writeFile(join(folder, `dev/video${index}`), '');
  }
  await mkdir(join(folder, 'dev/v4l/by-id'), { recursive: true });
  // Without serial numbers they have one name by id, and it leads to the one that came last.
  await symlink('../../video2', join(folder, 'dev/v4l/by-id/usb-046d_C920-video-index0'));
  await symlink('../../video0', join(folder, 'dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0'));
  await symlink('../../video2', join(folder, 'dev/v4l/by-path/pci-0000:00:14.0-usb-0:1.4:1.0-video-index0'));
  const camera = { lines: ['[v4l2 @ 1] Compressed:       mjpeg :          Motion-JPEG : 1280x720'] };

  const { facts } = await findDevices({
    platform: 'linux',
    environment: {},
    binary: paperBinary({ devices: new Set(['v4l2']) }),
    run: programs({ '/dev/video0': camera, '/dev/video2': camera }),
    readFailure: readFfmpegFailure,
    root: folder,
  });
  await rm(folder, { recursive: true });

  assert.deepEqual(
    facts.cameras.map(({ id, label }) => [id, label]),
    [
      ['/dev/v4l/by-path/pci-0000:00:14.0-usb-0:3:1.0-video-index0', 'HD Pro Webcam C920 (USB 3)'],
      ['/dev/v4l/by-path/pci-0000:00:14.0-usb-0:1.4:1.0-video-index0', 'HD Pro Webcam C920 (USB 1.4)'],
    ],
  );
  const found = (id: string) => findDevice('camera', id, facts)?.label;
  assert.equal(found('/dev/v4l/by-id/usb-046d_C920-video-index0'), 'HD Pro Webcam C920 (USB 1.4)');
  assert.equal(found('/dev/video0'), 'HD Pro Webcam C920 (USB 3)');
  assert.equal(found('/dev/video1'), undefined);
});

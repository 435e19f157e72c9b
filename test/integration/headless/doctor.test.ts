import assert from 'node:assert/strict';
import { access, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { z } from 'zod';
import type { FfmpegBinary } from '../../../src-main/core/ports/process.ts';
import type { Probes } from '../../../src-main/core/ports/service.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { openShell } from './shell.ts';

const binary: FfmpegBinary = {
  path: '/usr/bin/ffmpeg',
  version: '7.1',
  major: 7,
  origin: 'path',
  hash: '00',
  encoders: new Set(['libx264']),
  decoders: new Set(),
  filters: new Set(),
  devices: new Set(['x11grab', 'pulse']),
  inputProtocols: new Set(),
  outputProtocols: new Set(),
  muxers: new Set(),
};
const good: Partial<Probes> = {
  tools: () => Promise.resolve({ ffmpeg: binary, capture: binary, ffprobe: '/usr/bin/ffprobe' }),
  encoders: () => Promise.resolve([{ name: 'libx264', works: true, detail: '' }]),
};

const report = z.strictObject({
  ready: z.boolean(),
  version: z.string(),
  findings: z.array(
    z.strictObject({
      check: z.string(),
      status: z.enum(['ok', 'warning', 'failed']),
      detail: z.string(),
      cure: z.string().optional(),
    }),
  ),
});

test('without ffmpeg the main job cannot run, and the words say where to get it', async () => {
  await using shell = await openShell({
    probes: {
      ...good,
      tools: () => Promise.reject(new AppError('process/not-found', 'There is no ffmpeg. Install it with “apt”.')),
    },
  });

  const { code, out } = await shell.run('doctor');

  assert.equal(code, 1);
  assert.match(out, /^FAILED {3}ffmpeg +There is no ffmpeg\. Install it with “apt”\.$/m);
  assert.match(out, /cannot go live here yet/);
});

test('without an encoder that works, or a port, or a data folder, the main job cannot run', async () => {
  await using busy = await openShell();
  await using other = await busy.startElsewhere();
  await using shell = await openShell({
    probes: {
      ...good,
      encoders: () => Promise.resolve([{ name: 'h264_nvenc', works: false, detail: 'no driver' }]),
    },
  });
  await writeFile(join(shell.folder, 'file'), '');

  const { code, out } = await shell.run(
    ...['doctor', '--json', '--control-port', new URL(other.controlUrl).port, '--data-dir', 'file/below'],
  );
  const { ready, findings } = report.parse(JSON.parse(out));

  assert.equal(code, 1);
  assert.equal(ready, false);
  assert.deepEqual(
    findings.filter(({ status }) => status === 'failed').map(({ check }) => check),
    ['H.264 encoder', 'data folder', 'control port'],
  );
  assert.match(findings.find(({ check }) => check === 'H.264 encoder')?.detail ?? '', /h264_nvenc: no driver/);
});

test('what is merely not there is a warning with its cure, and the main job can run', async () => {
  await using shell = await openShell({
    probes: {
      ...good,
      devices: () =>
        Promise.resolve({
          value: [{ kind: 'screen', id: ':0', label: 'Screen 1', isDefault: true }],
          problems: [
            {
              type: 'x',
              title: 'The operating system refused access',
              status: 409,
              code: 'capture/permission-denied',
              detail: 'Allow the camera in the settings of the system.',
            },
          ],
        }),
    },
  });

  const { code, out } = await shell.run('doctor', '--origin-port', '0');

  assert.equal(code, 0);
  assert.match(out, /^ok {7}ffmpeg +7\.1, \/usr\/bin\/ffmpeg$/m);
  assert.match(out, /^ok {7}screen +Screen 1$/m);
  assert.match(out, /^warning {2}camera +none$/m);
  assert.match(
    out,
    /^warning {2}capture +The operating system refused access\n +Allow the camera in the settings/m,
  );
  assert.match(out, /can go live and record here/);
});

test('a Lectern that runs is no reason for its ports to be taken', async () => {
  await using shell = await openShell({ probes: good });
  await using other = await shell.startElsewhere();

  const { code, out } = await shell.run('doctor', '--json', '--control-port', new URL(other.controlUrl).port);

  assert.equal(code, 0);
  assert.deepEqual(report.parse(JSON.parse(out)).findings.at(-1), {
    check: 'service',
    status: 'ok',
    detail: `Lectern is running at ${other.controlUrl}`,
  });
});

test('doctor leaves no trace: it makes no data folder', async () => {
  await using shell = await openShell({ probes: good });

  await shell.run('doctor', '--data-dir', 'not/there/yet');

  await assert.rejects(access(join(shell.folder, 'not')));
});

test('a recogniser of speech that does not start is a warning, with what it said', async () => {
  const detail = '/opt/hear ended at once (code 3): no model';
  await using shell = await openShell({
    probes: { ...good, recogniser: () => Promise.resolve({ works: false, detail }) },
  });

  const { code, out } = await shell.run('doctor', '--json');

  assert.equal(code, 0);
  const { findings } = report.parse(JSON.parse(out));
  const found = findings.find(({ check }) => check === 'live text');
  assert.deepEqual([found?.status, found?.detail], ['warning', detail]);
  assert.match(found?.cure ?? '', /service\.transcription\.command/);
});

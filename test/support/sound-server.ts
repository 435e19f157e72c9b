import { execFile } from 'node:child_process';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Processes } from '../../src-main/core/ports/process.ts';

const run = promisify(execFile);

export type SoundServer = AsyncDisposable & {
  /** What a program needs in its environment to find it. */
  readonly environment: Readonly<Record<string, string>>;
  /** As when its cable is pulled: who listens to it is told that it is gone. */
  readonly unplugMicrophone: () => Promise<void>;
  readonly plugMicrophone: () => Promise<void>;
};

const MICROPHONE = [
  'module-remap-source',
  'source_name=usb-mic',
  'master=headset.monitor',
  'source_properties=device.description=Headset',
];

/** A PulseAudio of its own for one test: two outputs that play nowhere, and a microphone that hears the second. */
export async function startPulseAudio({ spawn }: Processes): Promise<SoundServer> {
  const folder = await mkdtemp(join(tmpdir(), 'lectern-pulse-'));
  await chmod(folder, 0o700);
  const socket = join(folder, 'native');
  const environment = {
    PULSE_SERVER: `unix:${socket}`,
    XDG_RUNTIME_DIR: folder,
    PULSE_RUNTIME_PATH: folder,
    HOME: folder,
  };
  const child = await spawn({
    name: 'pulseaudio',
    executable: 'pulseaudio',
    args: [
      '-n',
      '--daemonize=no',
      '--exit-idle-time=-1',
      '--use-pid-file=no',
      '--disable-shm',
      '-L',
      `module-native-protocol-unix socket=${socket} auth-anonymous=1`,
      '-L',
      'module-null-sink sink_name=speakers rate=48000 sink_properties=device.description=Speakers',
      '-L',
      'module-null-sink sink_name=headset rate=48000 sink_properties=device.description=Speakers',
      '-L',
      MICROPHONE.join(' '),
    ],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env: environment,
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  });
  for (let tries = 0; tries < 100 && !(await exists(socket)); tries += 1) {
    await wait(50);
  }
  const pactl = async (...args: readonly string[]): Promise<string> =>
    (await run('pactl', args, { env: { ...process.env, ...environment } })).stdout;
  return {
    environment,
    async unplugMicrophone() {
      const modules = (await pactl('list', 'short', 'modules')).split('\n');
      const [id = ''] = modules.find((line) => line.includes('source_name=usb-mic'))?.split('\t') ?? [];
      await pactl('unload-module', id);
    },
    async plugMicrophone() {
      await pactl('load-module', ...MICROPHONE);
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** What a microphone or an output hears from now on: 440 Hz, −21 dBFS at its peaks. */
export async function playTone(
  { spawn }: Processes,
  { environment }: SoundServer,
  sink: 'speakers' | 'headset',
): Promise<AsyncDisposable> {
  const child = await spawn({
    name: 'tone',
    executable: 'ffmpeg',
    args: [
      ...['-nostdin', '-v', 'error', '-re', '-f', 'lavfi', '-i', 'sine=440:r=48000', '-ac', '2'],
      ...['-f', 'pulse', '-device', sink, 'tone'],
    ],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env: environment,
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  });
  return {
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  };
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Supervise, Supervised } from '../ports/process.ts';
import type { Environment } from './capture-context.ts';
import { isWaylandSession } from './linux.ts';
import { openDesktop } from './x11/open-desktop.ts';

/** Signs that devices may have come or gone, which cost next to nothing to look at. Undefined: this system has none, and is to be asked itself. */
export type ReadSigns = (() => Promise<string>) | undefined;

/** A kernel lists cameras and sound cards in folders: reading them costs some 20 µs each. */
const FOLDERS = ['sys/class/video4linux', 'dev/v4l/by-id', 'dev/v4l/by-path', 'dev/snd'];

export function hardwareSigns(platform: NodeJS.Platform, root = '/'): ReadSigns {
  return platform === 'linux'
    ? async () => (await Promise.all(FOLDERS.map((folder) => namesIn(join(root, folder))))).map(String).join('\n')
    : undefined;
}

/** Answers in some milliseconds, or hangs. */
const DESKTOP_MS = 1000;

/** Screens and windows as the X server has them. */
export function desktopSigns(platform: NodeJS.Platform, environment: Environment): ReadSigns {
  if (platform !== 'linux' || isWaylandSession({ environment }) || (environment['DISPLAY'] ?? '') === '') {
    return undefined;
  }
  return async () => {
    try {
      return JSON.stringify(await openDesktop(environment, AbortSignal.timeout(DESKTOP_MS)));
    } catch {
      return 'none';
    }
  };
}

/**
 * Bluetooth and network devices are in no folder of the kernel, but the sound server tells of them: `Event 'new' on source #3`. Where there is
 * no `pactl`, or no sound server, it is left alone ever longer.
 */
export function watchSoundServer(options: {
  readonly supervise: Supervise;
  readonly onChange: () => void;
}): Supervised {
  return options.supervise({
    spec: () => ({
      name: 'devices:sound',
      executable: 'pactl',
      args: ['subscribe'],
      stdin: 'none',
      stdout: 'pipe',
      pipes: [],
      env: { LC_ALL: 'C' },
      priority: 'low',
      secrets: [],
      quit: 'term',
      graceMs: 200,
    }),
    policy: {
      delaysMs: [1000, 10_000, 60_000, 300_000],
      jitter: 0.1,
      healthyAfterMs: 10_000,
      maxAttempts: Infinity,
      stallAfterMs: Infinity,
      startWithinMs: Infinity,
    },
    onStart(child) {
      // A server that begins has other devices than the one that ended.
      options.onChange();
      child.stdout?.on('data', (bytes: Buffer) => {
        if (SOUND_CHANGE.test(bytes.toString('latin1'))) {
          options.onChange();
        }
      });
    },
  });
}

/** Not those of streams (`source-output`), and not volumes, which change all the time. An event is written at once, in one piece. */
const SOUND_CHANGE = /'(?:new|remove)' on (?:source|sink|card) #|'change' on server/;

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    return [];
  }
}

import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { createSerial } from '../../base/serial.ts';
import {
  DEFAULT_SETTINGS,
  type Settings,
  type SettingsPatch,
  settings as settingsSchema,
} from '../../shared/api/settings.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { EventLog, SettingsService } from '../ports/services.ts';

export type WriteFile = (path: string, text: string) => Promise<void>;

/** Fields that are read once, when the service opens. */
const READ_AT_START = [
  'network.controlPort',
  'network.originPort',
  'ffmpeg.ffmpegPath',
  'ffmpeg.ffprobePath',
] as const;

/**
 * The settings file: one JSON document, replaced as a whole. A file that cannot be read is set aside under another name and the defaults are
 * used, so that a broken file neither stops the program nor is lost.
 */
export async function openSettings(options: {
  readonly path: string;
  readonly writeFile: WriteFile;
  readonly logger: Logger;
  readonly events: EventLog;
}): Promise<SettingsService & { readonly problem: AppError | undefined }> {
  const { path, logger } = options;
  const serial = createSerial();
  const loaded = await load(path, logger);
  const atStart = loaded.settings;
  let present = loaded.settings;

  return {
    problem: loaded.problem,
    get: () => present,
    restartNeeded: () => READ_AT_START.filter((field) => valueAt(present, field) !== valueAt(atStart, field)),
    patch: (patch) =>
      serial.run(async () => {
        const next = merge(present, patch);
        const { warnFreeBytes, stopFreeBytes } = next.recording;
        if (warnFreeBytes < stopFreeBytes) {
          throw invalid('recording.warnFreeBytes', 'must not be less than recording.stopFreeBytes');
        }
        const { controlPort, originPort } = next.network;
        if (controlPort !== 0 && controlPort === originPort) {
          throw invalid('network.originPort', 'must differ from network.controlPort');
        }
        await mkdir(dirname(path), { recursive: true });
        await options.writeFile(path, `${JSON.stringify(next, undefined, 2)}\n`);
        present = next;
        options.events.publish('Lectern.SettingsChanged', 'settings', present);
        return present;
      }),
  };
}

async function load(
  path: string,
  logger: Logger,
): Promise<{ readonly settings: Settings; readonly problem: AppError | undefined }> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    // None yet.
    return { settings: DEFAULT_SETTINGS, problem: undefined };
  }
  try {
    return { settings: parse(text), problem: undefined };
  } catch (error) {
    const aside = `${path}.unreadable`;
    await rename(path, aside);
    logger.error({ error, aside }, 'the settings file could not be read; it was set aside');
    const problem = new AppError(
      'settings/unreadable',
      `The settings file could not be read, so the settings are the defaults again. The old file is kept as ${aside}.`,
      { details: { path: aside }, cause: error },
    );
    return { settings: DEFAULT_SETTINGS, problem };
  }
}

/** Fields that an older version did not have get their defaults; version 1 is the first, so there is nothing to migrate yet. */
function parse(text: string): Settings {
  const parsed: unknown = JSON.parse(text);
  return settingsSchema.parse(withDefaults(parsed));
}

/** The settings as they would be taken up; changes nothing, also not when the file cannot be read. */
export async function peekSettings(path: string): Promise<Settings> {
  try {
    return parse(await readFile(path, 'utf8'));
  } catch {
    return DEFAULT_SETTINGS;
  }
}

function withDefaults(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return value;
  }
  const filled: Record<string, unknown> = { ...DEFAULT_SETTINGS, ...value };
  for (const [name, known] of Object.entries(DEFAULT_SETTINGS)) {
    const section = filled[name];
    if (typeof known === 'object' && typeof section === 'object' && section !== null) {
      filled[name] = { ...known, ...section };
    }
  }
  return filled;
}

function merge(present: Settings, patch: SettingsPatch): Settings {
  const defined = <T extends object>(part: T | undefined): Partial<T> =>
    // exactOptionalPropertyTypes: an absent field of a patch may be written as undefined by the validator.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;
  return settingsSchema.parse({
    ...present,
    ...defined(patch),
    network: { ...present.network, ...defined(patch.network) },
    ffmpeg: { ...present.ffmpeg, ...defined(patch.ffmpeg) },
    encoding: { ...present.encoding, ...defined(patch.encoding) },
    recording: { ...present.recording, ...defined(patch.recording) },
  });
}

function valueAt(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (at, key) => (typeof at === 'object' && at !== null ? Reflect.get(at, key) : undefined),
      value,
    );
}

function invalid(field: string, words: string): AppError {
  return new AppError('settings/invalid', `The setting ${field} ${words}. Nothing was changed.`, {
    details: { field },
  });
}

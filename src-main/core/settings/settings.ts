import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { z } from 'zod';
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
  'network.rtmpPort',
  'network.rtmpSecondaryPort',
  'network.rtmpsPort',
  'network.rtmpsSecondaryPort',
  'network.ingestPort',
  'network.ingestTlsPort',
  'network.srtPort',
  'network.certificateFile',
  'network.certificateKeyFile',
  'ffmpeg.ffmpegPath',
  'ffmpeg.ffprobePath',
  'service.passphraseFile',
] as const;

/**
 * The settings file: one JSON document, replaced as a whole. Of a file that is not right everything is taken up that can be; the file is set
 * aside under another name, so that it neither stops the program nor is lost, and the problem names what is wrong.
 */
export async function openSettings(options: {
  readonly path: string;
  readonly writeFile: WriteFile;
  readonly logger: Logger;
  readonly events: EventLog;
}): Promise<SettingsService & { readonly problem: AppError | undefined }> {
  const { path, logger } = options;
  const serial = createSerial();
  const loaded = await load(path, options.writeFile, logger);
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
        checkNetwork(next.network, patch.network);
        const { defaultAction, ipAllowList } = next.service.keyDelivery;
        if (defaultAction === 'Allow' && ipAllowList.length > 0) {
          throw invalid('service.keyDelivery.ipAllowList', 'must be empty while defaultAction is Allow');
        }
        await mkdir(dirname(path), { recursive: true });
        await options.writeFile(path, textOf(next));
        present = next;
        options.events.publish('Lectern.SettingsChanged', 'settings', present);
        return present;
      }),
  };
}

type Loaded = { readonly settings: Settings; readonly problem: AppError | undefined };

async function load(path: string, writeFile: WriteFile, logger: Logger): Promise<Loaded> {
  const read = await readSettings(path);
  if (read.faults.length === 0) {
    return { settings: read.settings, problem: undefined };
  }
  const aside = await setAside(path, logger);
  const kept = aside === undefined ? '' : ` The old file is kept as ${aside}.`;
  const problem = new AppError(
    'settings/unreadable',
    `The settings file is not right: ${read.faults.join('; ')}. What could not be understood is the default again.${kept}`,
    { details: { path: aside ?? path, faults: read.faults } },
  );
  logger.error({ faults: read.faults, aside }, 'the settings file is not right; it was set aside');
  try {
    await writeFile(path, textOf(read.settings));
  } catch (error) {
    // The next change writes it.
    logger.warn({ error }, 'the mended settings could not be written');
  }
  return { settings: read.settings, problem };
}

/** Never overwrites a file that was set aside before. */
async function setAside(path: string, logger: Logger): Promise<string | undefined> {
  for (let number = 1; ; number += 1) {
    const aside = number === 1 ? `${path}.unreadable` : `${path}.unreadable-${number}`;
    if (!existsSync(aside)) {
      try {
        await rename(path, aside);
        return aside;
      } catch (error) {
        logger.error({ error, path }, 'the settings file could not be set aside');
        return undefined;
      }
    }
  }
}

/**
 * As much of the file as can be understood, and what cannot, by name. Fields that an older version did not have get their defaults, and so
 * does every field that is wrong; a field that is not known is left out. Version 1 is the first, so there is nothing to migrate yet.
 */
async function readSettings(
  path: string,
): Promise<{ readonly settings: Settings; readonly faults: readonly string[] }> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const isThere = !(error instanceof Error && 'code' in error && error.code === 'ENOENT');
    return { settings: DEFAULT_SETTINGS, faults: isThere ? [wordsOf(error)] : [] };
  }
  const version: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'version') : undefined;
  if (typeof version === 'number' && version > DEFAULT_SETTINGS.version) {
    return { settings: DEFAULT_SETTINGS, faults: [`it was written by a newer Lectern (version ${version})`] };
  }
  const filled = withDefaults(value);
  const result = settingsSchema.safeParse(filled);
  if (result.success) {
    return { settings: result.data, faults: [] };
  }
  const { issues } = result.error;
  const mended = settingsSchema.safeParse(issues.reduce<unknown>(mend, filled));
  return {
    settings: mended.success ? mended.data : DEFAULT_SETTINGS,
    faults: issues.map(({ path: at, message }) => (at.length === 0 ? message : `${at.join('.')}: ${message}`)),
  };
}

/** Puts the default in the place of a field that is wrong, and takes away those that are not known. */
function mend(value: unknown, issue: z.core.$ZodIssue): unknown {
  if (issue.code === 'unrecognized_keys') {
    return edited(value, issue.path, (at) =>
      typeof at === 'object' && at !== null
        ? Object.fromEntries(Object.entries(at).filter(([key]) => !issue.keys.includes(key)))
        : at,
    );
  }
  // A default stands for a whole field: of a ladder that is wrong no part is kept.
  const path = issue.path.slice(0, 2);
  return edited(value, path, () => valueAt(DEFAULT_SETTINGS, path.join('.')));
}

function edited(value: unknown, path: readonly PropertyKey[], change: (at: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) {
    return change(value);
  }
  return typeof value === 'object' && value !== null
    ? { ...value, [key]: edited(Reflect.get(value, key), rest, change) }
    : value;
}

function textOf(settings: Settings): string {
  return `${JSON.stringify(settings, undefined, 2)}\n`;
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The settings as they would be taken up; changes nothing, also not when the file cannot be read. */
export async function peekSettings(path: string): Promise<Settings> {
  return (await readSettings(path)).settings;
}

/** What an older version did not write is the default, to any depth. */
function withDefaults(value: unknown, known: unknown = DEFAULT_SETTINGS): unknown {
  if (!isRecord(value) || !isRecord(known)) {
    return value;
  }
  const filled = Object.entries(known).map(([key, standard]) => [
    key,
    Object.hasOwn(value, key) ? withDefaults(value[key], standard) : standard,
  ]);
  return { ...value, ...Object.fromEntries(filled) };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Ports of TCP, which one process cannot open twice; that of SRT is UDP's. */
const TCP_PORTS = [
  'controlPort',
  'originPort',
  'rtmpPort',
  'rtmpSecondaryPort',
  'rtmpsPort',
  'rtmpsSecondaryPort',
  'ingestPort',
  'ingestTlsPort',
  'remotePort',
] as const;

/** What is wrong with what a patch changes: a file of an older version may have given a port that has become the default of another. */
function checkNetwork(network: Settings['network'], patch: SettingsPatch['network']): void {
  const isGiven = (field: keyof Settings['network']): boolean => patch?.[field] !== undefined;
  const ports = TCP_PORTS.toSorted((a, b) => Number(isGiven(a)) - Number(isGiven(b)));
  const owners = new Map<number, string>();
  for (const name of ports) {
    const port = network[name];
    const owner = port === 0 ? undefined : owners.get(port);
    if (owner !== undefined && isGiven(name)) {
      throw invalid(`network.${name}`, `must differ from network.${owner}`);
    }
    owners.set(port, name);
  }
  const { certificateFile, certificateKeyFile } = network;
  const isCertificateGiven = isGiven('certificateFile') || isGiven('certificateKeyFile');
  if (isCertificateGiven && (certificateFile === '') !== (certificateKeyFile === '')) {
    const missing = certificateFile === '' ? 'certificateFile' : 'certificateKeyFile';
    throw invalid(`network.${missing}`, 'is needed too: a certificate and its key go together');
  }
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
    service: {
      ...present.service,
      ...defined(patch.service),
      quotas: { ...present.service.quotas, ...defined(patch.service?.quotas) },
      keyDelivery: { ...present.service.keyDelivery, ...defined(patch.service?.keyDelivery) },
      transcription: { ...present.service.transcription, ...defined(patch.service?.transcription) },
    },
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

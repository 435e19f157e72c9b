import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChildSpec, RunToEnd } from '../ports/process.ts';

/** How this computer is powered, as its system says. */
export type Power =
  /** Plugged in, or without a battery. */
  | { readonly kind: 'mains' }
  | {
      readonly kind: 'battery';
      /** 0 to 100. */
      readonly percent: number;
      /** Undefined while the system does not know yet how fast it empties. */
      readonly secondsLeft: number | undefined;
    }
  | { readonly kind: 'unknown' };

const SUPPLIES = '/sys/class/power_supply';
const TIMEOUT_MS = 3000;
const MAX_OUTPUT_BYTES = 64 * 1024;

/** Asks the system. Rejects with what its program failed with, and with the signal's reason. */
export async function readPower(options: {
  readonly platform: NodeJS.Platform;
  readonly run: RunToEnd;
  readonly signal?: AbortSignal | undefined;
  /** Where Linux tells of its supplies. */
  readonly folder?: string | undefined;
}): Promise<Power> {
  const { platform, run, signal } = options;
  const ask = async (executable: string, args: readonly string[]): Promise<string> => {
    const { stdout } = await run(query(executable, args), {
      timeoutMs: TIMEOUT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
    return Buffer.from(stdout).toString('utf8');
  };
  switch (platform) {
    case 'linux':
      return parseSupplies(await readSupplies(options.folder ?? SUPPLIES));
    case 'darwin':
      return parsePmset(await ask('/usr/bin/pmset', ['-g', 'batt']));
    case 'win32':
      return parseWindowsBattery(
        await ask('powershell.exe', [
          '-NoProfile',
          '-NonInteractive',
          '-Command',
          'Get-CimInstance Win32_Battery | Select-Object BatteryStatus,EstimatedChargeRemaining,EstimatedRunTime | ConvertTo-Json -Compress',
        ]),
      );
    default:
      return { kind: 'unknown' };
  }
}

function query(executable: string, args: readonly string[]): ChildSpec {
  return {
    name: 'power',
    executable,
    args,
    stdin: 'none',
    stdout: 'pipe',
    pipes: [],
    priority: 'low',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  };
}

/** The files of one supply by name, as the kernel writes them (ABI/testing/sysfs-class-power). */
type Supply = Readonly<Record<string, string>>;

const SUPPLY_FILES = [
  'type',
  'scope',
  'online',
  'status',
  'capacity',
  'energy_now',
  'energy_full',
  'power_now',
  'charge_now',
  'charge_full',
  'current_now',
];

async function readSupplies(folder: string): Promise<readonly Supply[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch {
    // A computer without any, as in a container: it is plugged in somewhere.
    return [];
  }
  return await Promise.all(
    names.map(async (name) => {
      const files = await Promise.all(
        SUPPLY_FILES.map(async (file): Promise<[string, string] | undefined> => {
          try {
            return [file, (await readFile(join(folder, name, file), 'utf8')).trim()];
          } catch {
            // Each driver has some of them only.
            return undefined;
          }
        }),
      );
      return Object.fromEntries(files.filter((entry) => entry !== undefined));
    }),
  );
}

/** Batteries of the computer itself, not those of mice and headphones; several are one. */
export function parseSupplies(supplies: readonly Supply[]): Power {
  const batteries = supplies.filter(({ type, scope }) => type === 'Battery' && scope !== 'Device');
  if (batteries.length === 0 || batteries.every(({ status }) => status !== 'Discharging')) {
    return { kind: 'mains' };
  }
  const each = batteries.map((battery) => {
    const number = (file: string): number => Math.abs(Number(battery[file] ?? Number.NaN));
    // Energy in µWh over µW, or charge in µAh over µA: hours both.
    const isEnergy = battery['energy_now'] !== undefined && battery['power_now'] !== undefined;
    return {
      capacity: number('capacity'),
      now: number(isEnergy ? 'energy_now' : 'charge_now'),
      full: number(isEnergy ? 'energy_full' : 'charge_full'),
      draw: number(isEnergy ? 'power_now' : 'current_now'),
    };
  });
  const sum = (key: 'now' | 'full' | 'draw'): number => each.reduce((total, battery) => total + battery[key], 0);
  const hours = sum('now') / sum('draw');
  const capacity = (100 * sum('now')) / sum('full');
  const percent = Number.isFinite(capacity) ? capacity : Math.min(...each.map((battery) => battery.capacity));
  if (!Number.isFinite(percent)) {
    return { kind: 'unknown' };
  }
  return {
    kind: 'battery',
    percent: Math.min(100, percent),
    secondsLeft: Number.isFinite(hours) ? hours * 3600 : undefined,
  };
}

/** `pmset -g batt` of macOS. */
export function parsePmset(text: string): Power {
  if (text.includes("'AC Power'") || !text.includes('InternalBattery')) {
    return /Now drawing from|InternalBattery/.test(text) ? { kind: 'mains' } : { kind: 'unknown' };
  }
  const percent = /(\d{1,3})%/.exec(text)?.[1];
  const [, hours, minutes] = /(\d+):(\d{2}) remaining/.exec(text) ?? [];
  if (percent === undefined) {
    return { kind: 'unknown' };
  }
  return {
    kind: 'battery',
    percent: Number(percent),
    secondsLeft: hours === undefined ? undefined : Number(hours) * 3600 + Number(minutes) * 60,
  };
}

/** What Windows says for a run time that it does not know, in minutes (Win32_Battery.EstimatedRunTime). */
const UNKNOWN_MINUTES = 71_582_788;

/** `Win32_Battery` as JSON: a `BatteryStatus` of 1 is discharging, 4 and 5 are low and critical while discharging. */
export function parseWindowsBattery(text: string): Power {
  if (text.trim() === '') {
    return { kind: 'mains' };
  }
  const batteries: unknown = JSON.parse(text);
  const fields = (Array.isArray(batteries) ? batteries : [batteries]).map((battery: unknown) => {
    const number = (name: string): number =>
      typeof battery === 'object' && battery !== null ? Number(Reflect.get(battery, name)) : Number.NaN;
    return {
      status: number('BatteryStatus'),
      percent: number('EstimatedChargeRemaining'),
      minutes: number('EstimatedRunTime'),
    };
  });
  const empties = fields.filter(({ status }) => status === 1 || status === 4 || status === 5);
  if (fields.length === 0 || empties.length < fields.length) {
    return { kind: 'mains' };
  }
  const percent = Math.max(...empties.map((battery) => battery.percent));
  if (!Number.isFinite(percent)) {
    return { kind: 'unknown' };
  }
  const minutes = Math.max(...empties.map((battery) => battery.minutes));
  return {
    kind: 'battery',
    percent: Math.min(100, percent),
    secondsLeft: Number.isFinite(minutes) && minutes < UNKNOWN_MINUTES ? minutes * 60 : undefined,
  };
}

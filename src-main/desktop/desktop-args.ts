import { parseArgs } from 'node:util';
import { AppError } from '../shared/app-error.ts';

const PORTS = {
  controlPort: 'control-port',
  originPort: 'origin-port',
  rtmpPort: 'rtmp-port',
  rtmpsPort: 'rtmps-port',
  ingestPort: 'ingest-port',
  srtPort: 'srt-port',
  remotePort: 'remote-port',
} as const;

export type DesktopArgs = {
  readonly dataDir?: string;
  readonly ports: { readonly [K in keyof typeof PORTS]?: number };
};

/**
 * What the desktop app takes on its command line; the same names as `lectern serve`. Options of Chromium and Electron stand among them, so
 * what is not known is left alone. Throws `request/invalid` for a port that is none.
 */
export function parseDesktopArgs(argv: readonly string[]): DesktopArgs {
  const { values } = parseArgs({
    args: [...argv],
    strict: false,
    options: Object.fromEntries(['data-dir', ...Object.values(PORTS)].map((name) => [name, { type: 'string' }])),
  });
  const ports = Object.entries(PORTS).flatMap(([key, name]) => {
    const given = values[name];
    return given === undefined ? [] : [[key, parsePort(name, given)] as const];
  });
  const dataDir = values['data-dir'];
  return {
    ports: Object.fromEntries(ports),
    ...(typeof dataDir === 'string' && dataDir !== '' ? { dataDir } : {}),
  };
}

function parsePort(name: string, given: unknown): number {
  const port = typeof given === 'string' && /^\d{1,5}$/.test(given) ? Number(given) : NaN;
  if (!(port <= 65_535)) {
    throw new AppError(
      'request/invalid',
      `--${name} must be a port from 0 to 65535, and “${String(given)}” is not.`,
    );
  }
  return port;
}

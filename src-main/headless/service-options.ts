import { resolve } from 'node:path';
import type { ServiceOptions } from '../core/ports/service.ts';
import type { Host } from './host.ts';
import { type Option, type OptionValues, text, value } from './options.ts';

function port(help: string): Option<number | undefined> {
  return value('N', help, 'a port from 0 to 65535', (given) =>
    /^\d{1,5}$/.test(given) && Number(given) <= 65_535 ? Number(given) : undefined,
  );
}

export const DATA_DIR_OPTION = {
  'data-dir': text('FOLDER', 'Where everything is kept; default is the data folder of the user.'),
};

/** For commands that open a service of their own, or may have to. */
export const DATA_OPTIONS = {
  ...DATA_DIR_OPTION,
  'passphrase-file': text(
    'FILE',
    'The passphrase that seals the stored keys is the only line of this file; default is LECTERN_PASSPHRASE, then the settings.',
  ),
};

/** The ports of the service, all of them. What is left out is as the settings say. */
export const PORT_OPTIONS = {
  'control-port': port(
    'Port of the control API and the page, 8400 unless the settings say otherwise; 0 is any free one.',
  ),
  'origin-port': port('Port for viewers, 8480 unless the settings say otherwise; 0 is any free one.'),
  'rtmp-port': port(
    'Port for encoders with RTMP, 1935 unless the settings say otherwise, and the next one as its secondary; 0 is any free ones.',
  ),
  'rtmps-port': port(
    'Port for encoders with RTMPS, 2935 unless the settings say otherwise, and the next one as its secondary; 0 is any free ones.',
  ),
  'ingest-port': port(
    'Port for encoders with fragmented MP4, 8485 unless the settings say otherwise, and the next one with TLS; 0 is any free ones.',
  ),
  'srt-port': port('Port for encoders with SRT, 8890 (UDP) unless the settings say otherwise; 0 is any free one.'),
  'remote-port': port(
    'Port for the remote on a phone, where it is switched on; 8490 unless the settings say otherwise; 0 is any free one.',
  ),
};

export const SERVICE_OPTIONS = { ...DATA_OPTIONS, ...PORT_OPTIONS };

export function dataFolder(host: Host, options: OptionValues<typeof DATA_DIR_OPTION>): string {
  return resolve(host.workingFolder, options['data-dir'] ?? host.defaultDataFolder);
}

/** Whether a port was asked for at all. `options` may hold more than ports. */
export function portsGiven(options: OptionValues<typeof PORT_OPTIONS>): boolean {
  const names: ReadonlySet<string> = new Set(Object.keys(PORT_OPTIONS));
  return Object.entries(options).some(([name, port]) => names.has(name) && port !== undefined);
}

/** What `openService` is asked for. Without port options: any free ports, because nobody was told which. */
export function serviceOptions(
  host: Host,
  options: OptionValues<typeof DATA_OPTIONS>,
  ports: OptionValues<typeof PORT_OPTIONS> | 'any',
): ServiceOptions {
  const file = options['passphrase-file'];
  return {
    host: 'headless',
    dataDir: dataFolder(host, options),
    passphrase: {
      ...host.passphrase,
      ...(file === undefined ? {} : { file: resolve(host.workingFolder, file) }),
    },
    version: host.version,
    pagesFolder: host.pagesFolder,
    helpFolder: host.helpFolder,
    lock: true,
    ...(ports === 'any'
      ? { controlPort: 0, originPort: 0, rtmpPort: 0, rtmpsPort: 0, ingestPort: 0, srtPort: 0, remotePort: 0 }
      : {
          controlPort: ports['control-port'],
          originPort: ports['origin-port'],
          rtmpPort: ports['rtmp-port'],
          rtmpsPort: ports['rtmps-port'],
          ingestPort: ports['ingest-port'],
          srtPort: ports['srt-port'],
          remotePort: ports['remote-port'],
        }),
  };
}

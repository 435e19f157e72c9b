import { statfs } from 'node:fs/promises';
import { findRunningService } from '../../core/control/client/control-client.ts';
import type { Probes } from '../../core/ports/service.ts';
import { DEVICE_KINDS } from '../../shared/api/studio.ts';
import { toAppError } from '../../shared/app-error.ts';
import { defineCommand } from '../command.ts';
import { EXIT, type Host, type Output } from '../host.ts';
import { flag, type OptionValues } from '../options.ts';
import { checkPort } from '../port-check.ts';
import { DATA_DIR_OPTION, dataFolder, PORT_OPTIONS } from '../service-options.ts';
import { printable, sizeWords } from '../words.ts';
import { checkWritable, nearestThere } from '../writable-check.ts';

const OPTIONS = { json: flag('Prints one JSON document.'), ...DATA_DIR_OPTION, ...PORT_OPTIONS };

/** `failed` keeps Lectern from going live and recording; `warning` keeps it from something else. */
type Finding = {
  readonly check: string;
  readonly status: 'ok' | 'warning' | 'failed';
  readonly detail: string;
  /** How to get what is missing. */
  readonly cure?: string;
};

export const doctorCommand = defineCommand({
  name: 'doctor',
  usage: '[options]',
  summary: 'Looks what this computer has and lacks: ffmpeg, encoders, devices, disk, ports, permissions.',
  options: OPTIONS,
  notes: ['Exit code 1 means that going live and recording cannot work here as it is.'],
  async run(host, { options }) {
    const findings = await examine(host, options);
    const ready = findings.every(({ status }) => status !== 'failed');
    if (options.json) {
      host.out.write(`${JSON.stringify({ ready, version: host.version, findings }, undefined, 2)}\n`);
    } else {
      print(host.out, findings, ready);
    }
    return ready ? EXIT.ok : EXIT.failed;
  },
});

async function examine(host: Host, options: OptionValues<typeof OPTIONS>): Promise<readonly Finding[]> {
  const dataDir = dataFolder(host, options);
  await using probes = await host.openProbes({ dataDir });
  const writable = await checkWritable(dataDir);
  return [
    ...(await examineFfmpeg(probes)),
    ...(await examineDevices(probes)),
    writable === undefined
      ? { check: 'data folder', status: 'ok', detail: dataDir }
      : { check: 'data folder', status: 'failed', detail: writable, cure: 'Choose another with --data-dir.' },
    await examineRecogniser(probes),
    await examineDisk(dataDir, probes),
    ...(await examinePorts(dataDir, options, probes)),
  ];
}

async function examineFfmpeg(probes: Probes): Promise<readonly Finding[]> {
  try {
    const { ffmpeg, capture, ffprobe } = await probes.tools();
    const trials = await probes.encoders();
    const working = trials.filter(({ works }) => works);
    return [
      { check: 'ffmpeg', status: 'ok', detail: `${ffmpeg.version}, ${ffmpeg.path}` },
      {
        check: 'ffmpeg for capture',
        status: 'ok',
        detail: `${capture.version}, ${capture.path}; input devices: ${[...capture.devices].join(', ')}`,
      },
      ffprobe === undefined
        ? { check: 'ffprobe', status: 'ok', detail: 'not there; ffmpeg does its work' }
        : { check: 'ffprobe', status: 'ok', detail: ffprobe },
      working.length > 0
        ? { check: 'H.264 encoder', status: 'ok', detail: working.map(({ name }) => name).join(', ') }
        : {
            check: 'H.264 encoder',
            status: 'failed',
            detail: trials.map(({ name, detail }) => `${name}: ${detail}`).join('; ') || 'this ffmpeg has none',
            cure: 'Install an ffmpeg with libx264.',
          },
    ];
  } catch (error) {
    return [{ check: 'ffmpeg', status: 'failed', detail: toAppError(error).message }];
  }
}

async function examineDevices(probes: Probes): Promise<readonly Finding[]> {
  try {
    const { value, problems } = await probes.devices();
    return [
      ...DEVICE_KINDS.map((kind): Finding => {
        const labels = value.filter((device) => device.kind === kind).map(({ label }) => label);
        const detail = labels.length === 0 ? 'none' : labels.join(', ');
        return { check: kind, status: labels.length === 0 ? 'warning' : 'ok', detail };
      }),
      ...problems.map(
        ({ title, detail }): Finding => ({ check: 'capture', status: 'warning', detail: title, cure: detail }),
      ),
    ];
  } catch (error) {
    return [{ check: 'devices', status: 'warning', detail: toAppError(error).message }];
  }
}

async function examineRecogniser(probes: Probes): Promise<Finding> {
  const check = 'live text';
  const trial = await probes.recogniser();
  if (trial === undefined) {
    return { check, status: 'ok', detail: 'no recogniser of speech is set (service.transcription.command)' };
  }
  return trial.works
    ? { check, status: 'ok', detail: trial.detail }
    : {
        check,
        status: 'warning',
        detail: trial.detail,
        cure: 'Set service.transcription.command to a program that starts.',
      };
}

async function examineDisk(dataDir: string, { settings }: Probes): Promise<Finding> {
  const { warnFreeBytes, stopFreeBytes } = settings.recording;
  try {
    const { bavail, bsize } = await statfs(await nearestThere(dataDir));
    const free = bavail * bsize;
    const detail = `${sizeWords(free)} free`;
    const cure = `Recording ends by itself below ${sizeWords(stopFreeBytes)}.`;
    if (free < stopFreeBytes) {
      return { check: 'disk', status: 'failed', detail, cure };
    }
    return free < warnFreeBytes
      ? { check: 'disk', status: 'warning', detail, cure }
      : { check: 'disk', status: 'ok', detail };
  } catch (error) {
    return { check: 'disk', status: 'warning', detail: toAppError(error).message };
  }
}

async function examinePorts(
  dataDir: string,
  options: OptionValues<typeof OPTIONS>,
  { settings }: Probes,
): Promise<readonly Finding[]> {
  const running = await findRunningService(dataDir);
  if (running !== undefined) {
    return [{ check: 'service', status: 'ok', detail: `Lectern is running at ${running.controlUrl}` }];
  }
  const ports = [
    ['control', options['control-port'] ?? settings.network.controlPort],
    ['origin', options['origin-port'] ?? settings.network.originPort],
  ] as const;
  return await Promise.all(
    ports.map(async ([what, port]): Promise<Finding> => {
      const problem = await checkPort(port);
      const check = `${what} port`;
      return problem === undefined
        ? { check, status: 'ok', detail: port === 0 ? 'any free one' : `${port} is free` }
        : {
            check,
            status: 'failed',
            detail: problem,
            cure: `Choose another with --${what}-port or network.${what}Port.`,
          };
    }),
  );
}

const MARKS = { ok: 'ok     ', warning: 'warning', failed: 'FAILED ' } as const;

function print(out: Output, findings: readonly Finding[], ready: boolean): void {
  const width = Math.max(...findings.map(({ check }) => check.length));
  for (const { check, status, detail, cure } of findings) {
    out.write(`${MARKS[status]}  ${check.padEnd(width)}  ${printable(detail)}\n`);
    if (cure !== undefined) {
      out.write(`${' '.repeat(11 + width)}${printable(cure)}\n`);
    }
  }
  out.write(
    ready ? '\nLectern can go live and record here.\n' : '\nLectern cannot go live here yet: see what FAILED.\n',
  );
}

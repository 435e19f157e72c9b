import { randomUUID } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { sleep } from '../../base/clock.ts';
import type { ControlClient } from '../../core/control/client/control-client.ts';
import { EXPORT_FORMATS, type ExportFormat, type ExportJob, mediaTime } from '../../shared/api/assets.ts';
import { AppError } from '../../shared/app-error.ts';
import { defineCommand } from '../command.ts';
import { connect } from '../connect.ts';
import { EXIT, type ExitCode, type Host } from '../host.ts';
import { choice, flag, type Option, text, UsageError, value } from '../options.ts';
import { DATA_OPTIONS } from '../service-options.ts';
import { createStatusLine } from '../status-line.ts';
import { aboutWords, clockWords, printable, sizeWords } from '../words.ts';

const POLL_MS = 200;
const BAR_CELLS = 30;
const FORMAT_OF: Readonly<Record<string, ExportFormat>> = { '.mp4': 'mp4', '.mkv': 'mkv', '.m4a': 'm4a' };

function timeOption(help: string): Option<string | undefined> {
  return value('T', help, 'seconds or [[hh:]mm:]ss[.fff]', (given) =>
    mediaTime.safeParse(given).success ? given : undefined,
  );
}

export const exportCommand = defineCommand({
  name: 'export',
  usage: 'ASSET --out PATH [options]',
  summary:
    'Writes a recording, or a part of one, into a file or a folder. Works with and without a running service.',
  positionals: ['ASSET'],
  options: {
    out: text('PATH', 'The file to write; with --format hls the folder.'),
    format: choice(
      EXPORT_FORMATS,
      'mp4 or mkv with picture and sound, m4a with sound alone, hls as a folder for a web server; default by the name of the file, else mp4.',
    ),
    quality: value(
      'top|KBPS|all',
      'Which quality: the best, the video bitrate of one, or every one as a track of its own.',
      'top, all or a number of kbit/s',
      parseQuality,
    ),
    start: timeOption('Where to begin: seconds or [[hh:]mm:]ss[.fff] from the start of the recording.'),
    end: timeOption('Where to end.'),
    exact: flag('Begins and ends with the very pictures of the range; mp4 and m4a.'),
    force: flag('Replaces the file if it is there, once the new one has passed its check.'),
    ...DATA_OPTIONS,
  },
  notes: [
    'Ranges are widened to the key frames around them, those of folders to segments. With --exact they are not: what has to be decoded before the first picture is in the file, hidden. Nothing is encoded again either way.',
    'Exit code 0 means that the file is there and has passed its check. Ctrl-C cancels and leaves nothing behind.',
  ],
  async run(host, { options, positionals: [asset = ''] }) {
    if (options.out === undefined) {
      throw new UsageError('export needs --out PATH.');
    }
    const path = resolve(host.workingFolder, options.out);
    const format = options.format ?? FORMAT_OF[extname(path).toLowerCase()] ?? 'mp4';
    await checkTarget(path, format, options.force);
    // The old file stays until the new one is whole and checked.
    const target = options.force ? besides(path) : path;
    await using connection = await connect(host, options, 'any');
    const { client } = connection;
    const job = await client.call('createExport', {
      params: { name: asset },
      body: {
        format,
        quality: options.quality ?? 'top',
        start: options.start,
        end: options.end,
        ...(options.exact ? { exact: true } : {}),
        out: target,
      },
    });
    const ended = await follow(host, client, job);
    if (ended?.state === 'done' && target !== path) {
      await replace(target, path);
    }
    return report(host, ended, path, options);
  },
});

function parseQuality(given: string): 'top' | 'all' | number | undefined {
  return given === 'top' || given === 'all' ? given : /^[1-9]\d{0,6}$/.test(given) ? Number(given) : undefined;
}

async function checkTarget(path: string, format: ExportFormat, force: boolean): Promise<void> {
  const details = { path };
  const there = await kindOf(path);
  if (there === 'folder' && format !== 'hls') {
    throw new AppError('export/target-exists', `${path} is a folder; --out must name a file.`, { details });
  }
  if (there !== 'nothing' && format === 'hls') {
    // What else is in a folder nobody knows.
    const message = `${path} is already there. Choose another name: --force does not replace it by a folder.`;
    throw new AppError('export/target-exists', message, { details });
  }
  if (there === 'file' && !force) {
    const message = `${path} is already there. Choose another name, or replace it with --force.`;
    throw new AppError('export/target-exists', message, { details });
  }
  if ((await kindOf(dirname(path))) !== 'folder') {
    throw new AppError('export/target-unwritable', `There is no folder ${dirname(path)}.`, { details });
  }
}

async function kindOf(path: string): Promise<'file' | 'folder' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}

function besides(path: string): string {
  return join(dirname(path), `.${basename(path, extname(path))}-${randomUUID().slice(0, 8)}${extname(path)}`);
}

async function replace(fresh: string, path: string): Promise<void> {
  try {
    await rename(fresh, path);
  } catch (error) {
    await rm(fresh, { force: true });
    throw new AppError('export/target-unwritable', `${path} could not be replaced; it is as it was.`, {
      details: { path },
      cause: error,
    });
  }
}

/** Shows the progress until the job has ended; undefined when it was cancelled from here. */
async function follow(host: Host, client: ControlClient, created: ExportJob): Promise<ExportJob | undefined> {
  const params = { name: created.asset, id: created.id };
  using line = createStatusLine(host.err, host.clock);
  let job = created;
  while (job.state === 'queued' || job.state === 'writing' || job.state === 'checking') {
    if (host.interrupted.aborted) {
      await client.call('cancelExport', { params });
      return undefined;
    }
    line.show(progressWords(job));
    await pause(host);
    job = await client.call('getExport', { params });
  }
  return job;
}

async function pause(host: Host): Promise<void> {
  try {
    await sleep(host.clock, POLL_MS, host.interrupted);
  } catch {
    // Interrupted: whoever waits looks for that itself.
  }
}

function progressWords({ state, progress, eta }: ExportJob): string {
  const cells = Math.round(progress * BAR_CELLS);
  const bar = `[${'#'.repeat(cells)}${'.'.repeat(BAR_CELLS - cells)}]`;
  const left = eta === undefined ? '' : `, ${aboutWords(eta)} left`;
  return `${bar} ${String(Math.floor(progress * 100)).padStart(3)} %  ${state}${left}`;
}

function report(
  host: Host,
  job: ExportJob | undefined,
  path: string,
  asked: { readonly start: string | undefined; readonly end: string | undefined; readonly exact: boolean },
): ExitCode {
  if (job === undefined || job.state === 'cancelled') {
    host.err.write('The export was cancelled; nothing was left behind.\n');
    return EXIT.interrupted;
  }
  if (job.state !== 'done') {
    host.err.write(`${printable(job.error?.detail ?? 'The export failed.')}\n`);
    return EXIT.failed;
  }
  const { start, end, size = 0, format } = job;
  if ((asked.start !== undefined || asked.end !== undefined) && start !== undefined && end !== undefined) {
    const at = format === 'hls' ? 'in whole segments' : 'cut at the key frames around the range';
    const range = asked.exact
      ? `${start.toFixed(3)} s to ${end.toFixed(3)} s, to the picture`
      : `${clockWords(start)} to ${clockWords(end)}, ${at}`;
    host.err.write(`It holds ${range}.\n`);
  }
  host.err.write(`Written and checked: ${sizeWords(size)}.\n`);
  host.out.write(`${path}\n`);
  return EXIT.ok;
}

import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { findProgram, ROOT, say } from './project.mjs';
import { installCommand, installDebianPackages, thisHost } from './system-packages.mjs';

/**
 * Sees to it that there is an ffmpeg, and says so if there is none. Never fails: the studio opens without it and says the same. A path in
 * the settings is not known here; then the sentence does no harm.
 */
export async function ensureFfmpeg() {
  if (findFfmpeg() !== undefined) {
    return;
  }
  const host = thisHost();
  const outcome = await installDebianPackages(['ffmpeg'], host);
  if (outcome !== 'installed' || findFfmpeg() === undefined) {
    say(sentenceForMissingFfmpeg(installCommand(host, ['ffmpeg'])));
  }
}

/** The first of the places that `core/process` looks in too where a program answers. */
function findFfmpeg() {
  const name = process.platform === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  const places = [
    process.env['FFMPEG_PATH'],
    join(ROOT, 'node_modules', 'ffmpeg-static', name),
    findProgram('ffmpeg'),
  ];
  return places.find((path) => path !== undefined && path !== '' && answers(path));
}

/** @param {string} path */
function answers(path) {
  const { status, stdout } = spawnSync(path, ['-hide_banner', '-version'], {
    encoding: 'utf8',
    timeout: 10_000,
    windowsHide: true,
  });
  return status === 0 && stdout.startsWith('ffmpeg version');
}

/** @param {string | undefined} how the command to type */
export function sentenceForMissingFfmpeg(how) {
  const get = how === undefined ? 'Install it from https://ffmpeg.org/download.html' : `Install it with: ${how}`;
  return `ffmpeg was not found, and Lectern captures and encodes with it. ${get} – or set FFMPEG_PATH or the path in Settings. Everything else works without it.`;
}

import { access, constants, realpath, stat } from 'node:fs/promises';
import { posix, win32 } from 'node:path';
import type { FfmpegBinary } from '../ports/process.ts';

export type Candidate = {
  readonly path: string;
  readonly origin: FfmpegBinary['origin'];
  /** Somebody wrote this path down, so that it not being there is worth telling. */
  readonly named: boolean;
};

export type SearchPlaces = {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From the settings; empty when there is none. A folder means the program in it. */
  readonly setting: string;
  /** The packaged app's resources folder, outside of the asar. */
  readonly resourcesFolder: string | undefined;
  /** A path that an optional package brings along. */
  readonly bundled: string | undefined;
};

/** Where package managers put programs that an app started from a dock or a menu does not have on its PATH. */
const USUAL_FOLDERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['/opt/homebrew/bin', '/usr/local/bin', '/opt/local/bin'],
  linux: ['/usr/local/bin', '/usr/bin', '/snap/bin'],
};

/** Every place where `program` may be, best first: setting, environment, bundled, PATH. Nothing is touched yet. */
export function candidatesFor(program: 'ffmpeg' | 'ffprobe', places: SearchPlaces): readonly Candidate[] {
  const { platform, environment, setting, resourcesFolder, bundled } = places;
  const paths = platform === 'win32' ? win32 : posix;
  const fileNames = fileNamesOf(program, platform, environment);
  const candidates: Candidate[] = [];
  const add = (path: string, origin: Candidate['origin'], named = false): void => {
    candidates.push({ path, origin, named });
  };

  const variable = environment[`${program.toUpperCase()}_PATH`] ?? '';
  if (setting !== '') {
    add(setting, 'setting', true);
  }
  if (variable !== '') {
    add(variable, 'environment', true);
  }
  if (resourcesFolder !== undefined) {
    for (const fileName of fileNames) {
      add(paths.join(resourcesFolder, 'ffmpeg', fileName), 'bundled');
    }
  }
  if (bundled !== undefined) {
    add(outsideOfAsar(bundled), 'bundled');
  }
  for (const folder of pathFolders(platform, environment)) {
    for (const fileName of fileNames) {
      add(paths.join(folder, fileName), 'path');
    }
  }
  return candidates;
}

/** Only what can be started without a shell: Windows would also find `ffmpeg.bat`. */
function fileNamesOf(
  program: string,
  platform: NodeJS.Platform,
  environment: SearchPlaces['environment'],
): string[] {
  if (platform !== 'win32') {
    return [program];
  }
  const extensions = (environment['PATHEXT'] ?? '.COM;.EXE').toLowerCase().split(';');
  return extensions
    .filter((extension) => extension === '.exe' || extension === '.com')
    .map((extension) => `${program}${extension}`);
}

/** A relative folder on PATH means wherever somebody happens to be; a program planted there is not for us. */
function pathFolders(platform: NodeJS.Platform, environment: SearchPlaces['environment']): string[] {
  const paths = platform === 'win32' ? win32 : posix;
  const folders = (environment['PATH'] ?? '').split(paths.delimiter).map((folder) => folder.replaceAll('"', ''));
  return [...folders, ...(USUAL_FOLDERS[platform] ?? [])].filter((folder) => paths.isAbsolute(folder));
}

/** A program inside of the asar archive cannot be started; the packager puts it beside under the same path. */
function outsideOfAsar(path: string): string {
  return path.replace(/(?<=[\\/])app\.asar(?=[\\/])/, 'app.asar.unpacked');
}

/** The program a candidate stands for; undefined when there is none that could be started. */
export async function existingProgram(
  program: 'ffmpeg' | 'ffprobe',
  { path }: Candidate,
  platform: NodeJS.Platform,
): Promise<{ readonly path: string; readonly realPath: string } | undefined> {
  const paths = platform === 'win32' ? win32 : posix;
  try {
    const file = (await stat(path)).isDirectory()
      ? paths.join(path, platform === 'win32' ? `${program}.exe` : program)
      : path;
    await access(file, constants.X_OK);
    // The link's target only tells one program from another. It is the link that is run: /snap/bin/ffmpeg leads to snap itself.
    return (await stat(file)).isFile() ? { path: file, realPath: await realpath(file) } : undefined;
  } catch {
    return undefined;
  }
}

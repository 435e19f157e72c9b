/**
 * What `ffmpeg -version`, `-encoders`, … print, read tolerantly: column widths, headings and the number of flag columns have changed
 * between versions 4 and 8, the names have not. A listing that is not one has no names.
 */
export type FfmpegVersion = {
  /** As it says itself: `5.1.9-0+deb12u1`, `n7.1`, `N-109542-g1bf1e13eb0-20230113`. */
  readonly version: string;
  readonly major: number;
};

/** `program` is `ffmpeg` or `ffprobe`; undefined when the text is not its version. */
export function parseVersion(text: string, program: 'ffmpeg' | 'ffprobe'): FfmpegVersion | undefined {
  const version = new RegExp(`^${program} version (\\S+)`, 'm').exec(text)?.[1];
  if (version === undefined) {
    return undefined;
  }
  const released = /^n?(\d{1,2})(?:\.|-|$)/.exec(version)?.[1];
  const codecLibrary = /^libavcodec\s+(\d+)\./m.exec(text)?.[1];
  if (released !== undefined) {
    return { version, major: Number(released) };
  }
  // Builds from git have a revision or a date for a version. Since FFmpeg 4 (libavcodec 58) both numbers have gone up together.
  return codecLibrary === undefined ? undefined : { version, major: Number(codecLibrary) - 54 };
}

/** Names in `-encoders` and `-decoders`: ` V....D libx264   libx264 H.264 …`. */
export function parseCodecs(text: string): Set<string> {
  return namesIn(text, /^\s*[VASDT?][F.][S.][X.][B.][D.]\s+(?!=)(\S+)/);
}

/** Names in `-filters`: ` T.C crop   V->V   Crop …`; version 8 has no third flag. */
export function parseFilters(text: string): Set<string> {
  return namesIn(text, /^\s*[T.][S.][C.]?\s+(\S+)\s+[AVSDN|]+->[AVSDN|]+(?:\s|$)/);
}

/** Input devices in `-devices`: ` D  x11grab   X11 screen capture …`, ` DE alsa   …`. */
export function parseInputDevices(text: string): Set<string> {
  return namesIn(text, /^ D[E ][d ]? ?([\w,]+)(?:\s|$)/);
}

/** Names in `-muxers`: `  E flv   FLV (Flash Video)`. */
export function parseMuxers(text: string): Set<string> {
  return namesIn(text, /^ [D ]E[d ]? ?([\w,]+)(?:\s|$)/);
}

/** Names under `Input:` and `Output:` in `-protocols`. */
export function parseProtocols(text: string): { readonly input: Set<string>; readonly output: Set<string> } {
  const input = new Set<string>();
  const output = new Set<string>();
  let section: Set<string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s+(\w+)\s*$/.exec(line)?.[1];
    if (line.startsWith('Input:')) {
      section = input;
    } else if (line.startsWith('Output:')) {
      section = output;
    } else if (name !== undefined) {
      section?.add(name);
    }
  }
  return { input, output };
}

function namesIn(text: string, pattern: RegExp): Set<string> {
  const names = new Set<string>();
  for (const line of text.split(/\r?\n/)) {
    // One demuxer or muxer may go by several names: `video4linux2,v4l2`.
    for (const name of pattern.exec(line)?.[1]?.split(',') ?? []) {
      names.add(name);
    }
  }
  return names;
}

/** One ffmpeg option with its value, so that one source line is one option. Order matters to ffmpeg: options go before what they are for. */
export type FfmpegOption = readonly [flag: string, value?: string | number];

/** The options as the arguments of a child process; no shell ever sees them, so nothing is quoted. */
export function toArgs(options: readonly FfmpegOption[]): readonly string[] {
  return options.flatMap(([flag, value]) => (value === undefined ? [flag] : [flag, String(value)]));
}

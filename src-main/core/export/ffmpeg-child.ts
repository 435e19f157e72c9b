import type { ChildSpec } from '../ports/process.ts';

/** An ffmpeg that works on files and gives way to what is live. */
export function ffmpegChild(name: string, executable: string, args: readonly string[]): ChildSpec {
  return {
    name,
    executable,
    args,
    stdin: 'none',
    stdout: 'pipe',
    pipes: [],
    priority: 'low',
    secrets: [],
    quit: 'term',
    graceMs: 1000,
  };
}

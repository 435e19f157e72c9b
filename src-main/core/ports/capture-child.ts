import type { CaptureCommand } from './mixer.ts';
import type { ChildSpec } from './process.ts';

/** How a capture is run: with the pipes that it writes to, and told to end by a signal. */
export function captureChild(
  command: CaptureCommand,
  { name, graceMs }: Pick<ChildSpec, 'name' | 'graceMs'>,
): ChildSpec {
  const lastFd = Math.max(2, command.videoFd ?? 0, command.audioFd ?? 0);
  return {
    name,
    executable: command.executable,
    args: command.args,
    stdin: command.stdin === undefined ? 'none' : 'pipe',
    stdout: command.videoFd === 1 || command.audioFd === 1 ? 'pipe' : 'ignore',
    pipes: Array.from({ length: lastFd - 2 }, () => 'from-child' as const),
    ...(command.env === undefined ? {} : { env: command.env }),
    priority: 'normal',
    secrets: command.secrets,
    quit: 'term',
    graceMs,
  };
}

import type { ChildSpec } from '../ports/process.ts';

/** Samples per second of the sound that a recogniser is given: mono, signed 16 bits, little-endian. What speech models are trained with. */
export const SAMPLE_RATE = 16_000;
const BYTES_PER_SAMPLE = 2;
export const BYTES_PER_MS = (SAMPLE_RATE * BYTES_PER_SAMPLE) / 1000;

/** A command line with the values of one event in place of what stands in braces. */
function fillCommand(command: readonly string[], { language }: { readonly language: string }): readonly string[] {
  return command.map((part) =>
    part.replaceAll('{language}', language).replaceAll('{sampleRate}', String(SAMPLE_RATE)),
  );
}

const GRACE_MS = 2000;

/** `command`: program and arguments. What is live comes first. */
export function recogniserSpec(
  name: string,
  command: readonly [string, ...string[]],
  language: string,
): ChildSpec {
  const [program] = command;
  const [executable = program, ...args] = fillCommand(command, { language });
  return {
    ...{ name, executable, args, stdin: 'pipe', stdout: 'pipe', pipes: [] },
    ...{ priority: 'low', secrets: [], quit: 'term', graceMs: GRACE_MS },
  };
}

/** One line of `ffmpeg -sources` or `-sinks`. */
export type ListedSource = { readonly name: string; readonly description: string; readonly isDefault: boolean };

/**
 * Reads what `ffmpeg -sources pulse` (or alsa, or `-sinks`) prints: `* name [description] (types)`, the star for the default. Undefined when
 * it says that it cannot list them.
 */
export function parseSources(output: string): readonly ListedSource[] | undefined {
  if (/^Cannot list (?:sources|sinks)/m.test(output)) {
    return undefined;
  }
  return output.split(/\r?\n/).flatMap((line) => {
    const parts = /^(?<star>[* ]) (?<name>\S+) \[(?<description>.*)\](?: \([^()]*\))?$/.exec(line)?.groups;
    return parts === undefined
      ? []
      : [
          {
            name: parts['name'] ?? '',
            description: parts['description'] ?? '',
            isDefault: parts['star'] === '*',
          },
        ];
  });
}

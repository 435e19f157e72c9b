import type { ShownAs, Track } from '../ports/presentation.ts';

/** A name for people for each sound track, no two the same: its own, and what tells it from another of that name. */
export function audioLabels(tracks: readonly Track[]): readonly string[] {
  return labelsOf(tracks);
}

export function textLabels(texts: readonly Labelled[]): readonly string[] {
  return labelsOf(texts);
}

type Labelled = {
  readonly name: string;
  readonly bitrate: number;
  readonly language: string;
  readonly shownAs?: ShownAs | undefined;
};

function labelsOf(tracks: readonly Labelled[]): readonly string[] {
  const isUnique = (label: string, labels: readonly string[]): boolean =>
    labels.filter((other) => other === label).length === 1;
  const names = tracks.map(({ name, shownAs }) => shownAs?.label ?? name);
  const withLanguage = tracks.map(({ language }, index) =>
    language === 'und' ? (names[index] ?? '') : `${names[index]} (${language})`,
  );
  return tracks.map(({ name, bitrate, shownAs }, index) => {
    const candidates = [
      [names[index] ?? name, names],
      [withLanguage[index] ?? name, withLanguage],
    ] as const;
    const found = candidates.find(([label, all]) => isUnique(label, all));
    // Added tracks have names of their own, recorded ones bit rates.
    return (
      found?.[0] ??
      (shownAs === undefined ? `${name} ${Math.round(bitrate / 1000)}k` : `${shownAs.label} (${name})`)
    );
  });
}

import type { Track } from '../ports/presentation.ts';

/** A name for people for each sound track, no two the same: its own, and what tells it from another of that name. */
export function audioLabels(tracks: readonly Track[]): readonly string[] {
  const isUnique = (label: string, labels: readonly string[]): boolean =>
    labels.filter((other) => other === label).length === 1;
  const names = tracks.map(({ name }) => name);
  const withLanguage = tracks.map(({ name, language }) => (language === 'und' ? name : `${name} (${language})`));
  return tracks.map((track, index) => {
    const candidates = [
      [names[index] ?? track.name, names],
      [withLanguage[index] ?? track.name, withLanguage],
    ] as const;
    const found = candidates.find(([label, all]) => isUnique(label, all));
    return found?.[0] ?? `${track.name} ${Math.round(track.bitrate / 1000)}k`;
  });
}

import type { QualityLevel } from '../../../manifest/smooth/quality-level.ts';
import type { StreamIndex } from '../../../manifest/smooth/stream-index.ts';
import { audioCodec, videoCodec } from '../../../media/smooth/codec-private-data.ts';
import type { Track } from '../../ports/presentation.ts';
import type { TrackSet } from '../dash/adaptation-sets.ts';
import { audioLabels } from '../labels.ts';

export type StreamDescription = Omit<StreamIndex, 'url' | 'fragmentCount' | 'fragments'>;

/** What does not depend on time. */
export function describeStreams(sets: readonly TrackSet[]): readonly StreamDescription[] {
  const names = namesOf(sets);
  return sets.map(({ windows }, index): StreamDescription => {
    const tracks = windows.map(({ track }) => track);
    const [{ kind, language }] = [windows[0].track];
    const pictures = tracks.flatMap((track) => (track.kind === 'video' ? [track] : []));
    const size = {
      maxWidth: Math.max(...pictures.map(({ width }) => width)),
      maxHeight: Math.max(...pictures.map(({ height }) => height)),
    };
    return {
      type: kind,
      name: names[index] ?? kind,
      language: language === 'und' ? undefined : language,
      ...(kind === 'video' ? size : {}),
      qualities: tracks.map(qualityOf),
    };
  });
}

/** Those of the addresses, unless two sounds have the same. */
function namesOf(sets: readonly TrackSet[]): readonly string[] {
  const tracks = sets.map(({ windows }) => windows[0].track);
  const sounds = tracks.filter(({ kind }) => kind === 'audio');
  const labels = audioLabels(sounds);
  const given = new Set<string>();
  return tracks.map((track) => {
    const wanted = labels[sounds.indexOf(track)] ?? track.name;
    let name = wanted;
    for (let number = 2; given.has(name); number += 1) {
      name = `${wanted} ${number}`;
    }
    given.add(name);
    return name;
  });
}

/** wBitsPerSample of what is decoded, and nBlockAlign of what is not: the values that are always written. */
const BITS_PER_SAMPLE = 16;
const PACKET_SIZE = 4;

function qualityOf(track: Track, index: number): QualityLevel {
  const common = { index, bitrate: track.bitrate };
  if (track.kind === 'video') {
    return { ...common, ...videoCodec(track), maxWidth: track.width, maxHeight: track.height };
  }
  return {
    ...common,
    ...audioCodec(track),
    samplingRate: track.sampleRate,
    channels: track.channels,
    bitsPerSample: BITS_PER_SAMPLE,
    packetSize: PACKET_SIZE,
  };
}

import type { Asset, AssetTrack } from '../../../src-main/shared/api/assets.ts';

export type Quality = { readonly kbps: number; readonly height: number; readonly bitrate: number };

/** The qualities of a recording, best first. */
export function qualitiesOf(asset: Pick<Asset, 'tracks'>): readonly Quality[] {
  return videosOf(asset.tracks).map(({ bitrate, height = 0 }) => ({
    kbps: Math.round(bitrate / 1000),
    height,
    bitrate,
  }));
}

function videosOf(tracks: readonly AssetTrack[]): readonly AssetTrack[] {
  return tracks.filter((track) => track.kind === 'video').sort((one, other) => other.bitrate - one.bitrate);
}

/** Bits per second of what an export would hold. */
export function exportBitrate(asset: Pick<Asset, 'tracks'>, format: 'mp4' | 'm4a', quality: string): number {
  const sound = asset.tracks.find((track) => track.kind === 'audio')?.bitrate ?? 0;
  if (format === 'm4a') {
    return sound;
  }
  const qualities = qualitiesOf(asset);
  const chosen = qualities.find(({ kbps }) => String(kbps) === quality) ?? qualities[0];
  return sound + (chosen?.bitrate ?? 0);
}

/** A file name that every file system takes. */
export function exportFileName(title: string, format: 'mp4' | 'm4a'): string {
  const plain = title
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 120)
    .trim();
  return `${plain === '' ? 'recording' : plain}.${format}`;
}

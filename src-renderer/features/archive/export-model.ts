import type { Asset, AssetTrack, ExportJob } from '../../../src-main/shared/api/assets.ts';

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

/** What an export may hold of the sound: what viewers heard, that and the separate tracks, or one of those. */
export function soundsOf(asset: Pick<Asset, 'separateTracks'>, format: 'mp4' | 'm4a'): readonly string[] {
  const separate = (asset.separateTracks ?? []).map(({ id }) => id);
  return ['programme', ...(format === 'mp4' ? separate.slice(0, 1).map(() => 'all') : separate)];
}

/** Bits per second of what an export would hold. */
export function exportBitrate(
  asset: Pick<Asset, 'tracks' | 'separateTracks'>,
  format: 'mp4' | 'm4a',
  quality: string,
  sound = 'programme',
): number {
  const programme = asset.tracks.find((track) => track.kind === 'audio')?.bitrate ?? 0;
  const { separateTracks: separate = [] } = asset;
  if (format === 'm4a') {
    return separate.find(({ id }) => id === sound)?.bitrate ?? programme;
  }
  const qualities = qualitiesOf(asset);
  const chosen = qualities.find(({ kbps }) => String(kbps) === quality) ?? qualities[0];
  const others = sound === 'all' ? separate.reduce((sum, { bitrate }) => sum + bitrate, 0) : 0;
  return programme + others + (chosen?.bitrate ?? 0);
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

/** `720p · 2.5 Mbit/s`; of sound alone its bitrate. */
export function qualityName(
  asset: Pick<Asset, 'tracks'>,
  { format, quality }: Pick<ExportJob, 'format' | 'quality'>,
  bitrateOf: (bitsPerSecond: number) => string,
): string {
  const kbps = Number(quality);
  const picture = format === 'mp4' ? qualitiesOf(asset).find((one) => one.kbps === kbps) : undefined;
  const rate = bitrateOf(picture?.bitrate ?? kbps * 1000);
  return picture === undefined ? rate : `${picture.height}p · ${rate}`;
}

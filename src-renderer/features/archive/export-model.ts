import type { Asset, AssetTrack, ExportFormat, ExportJob } from '../../../src-main/shared/api/assets.ts';
import type { IconName } from '../../ui/icon.tsx';

export type Quality = { readonly kbps: number; readonly height: number; readonly bitrate: number };

export const EXPORT_ICONS = { mp4: 'file', mkv: 'file', m4a: 'speaker', hls: 'folder' } as const satisfies Record<
  ExportFormat,
  IconName
>;

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
export function soundsOf(asset: Pick<Asset, 'separateTracks'>, format: ExportFormat): readonly string[] {
  const separate = (asset.separateTracks ?? []).map(({ id }) => id);
  if (format === 'm4a') {
    return ['programme', ...separate];
  }
  return format === 'hls' || separate.length === 0 ? ['programme'] : ['programme', 'all'];
}

/** Bits per second of what an export would hold. */
export function exportBitrate(
  asset: Pick<Asset, 'tracks' | 'separateTracks'>,
  format: ExportFormat,
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
  const pictures = quality === 'all' ? sumOf(qualities) : (chosen?.bitrate ?? 0);
  return programme + (sound === 'all' ? sumOf(separate) : 0) + pictures;
}

function sumOf(rates: readonly { readonly bitrate: number }[]): number {
  return rates.reduce((sum, { bitrate }) => sum + bitrate, 0);
}

/** A name that every file system takes. */
export function exportFileName(title: string, format: ExportFormat): string {
  const plain = title
    .replace(/[\p{Cc}<>:"/\\|?*]/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+|[. ]+$/g, '')
    .slice(0, 120)
    .trim();
  const name = plain === '' ? 'recording' : plain;
  return format === 'hls' ? name : `${name}.${format}`;
}

/** `720p · 2.5 Mbit/s`; of sound alone its bitrate; undefined: all there are. */
export function qualityName(
  asset: Pick<Asset, 'tracks'>,
  { format, quality }: Pick<ExportJob, 'format' | 'quality'>,
  bitrateOf: (bitsPerSecond: number) => string,
): string | undefined {
  if (quality === 'all') {
    return undefined;
  }
  const kbps = Number(quality);
  const picture = format === 'm4a' ? undefined : qualitiesOf(asset).find((one) => one.kbps === kbps);
  const rate = bitrateOf(picture?.bitrate ?? kbps * 1000);
  return picture === undefined ? rate : `${picture.height}p · ${rate}`;
}

/** Every format an address can name (spec 5.3). `smooth`: none is named. */
export const STREAMING_FORMATS = [
  'smooth',
  'fmp4-v20',
  'm3u8-aapl-v3',
  'm3u8-aapl',
  'm3u8-cmaf',
  'mpd-time-csf',
  'mpd-time-cmaf',
  'f4m-f4f',
] as const;
export type StreamingFormat = (typeof STREAMING_FORMATS)[number];
export type HlsFormat = 'm3u8-aapl-v3' | 'm3u8-aapl' | 'm3u8-cmaf';
export type DashFormat = 'mpd-time-csf' | 'mpd-time-cmaf';

/** The value of `encryption=` in an address (spec 5.3). */
export const ENCRYPTION_TAGS = ['cbc', 'cenc', 'cbcs-aapl', 'piff'] as const;
export type EncryptionTag = (typeof ENCRYPTION_TAGS)[number];

import { AppError } from '../../shared/app-error.ts';

/** SoundFormat, "Adobe Flash Video File Format Specification" 10.1 §E.4.2.1. */
export const SOUND_FORMATS: Readonly<Record<number, string>> = {
  0: 'PCM',
  1: 'ADPCM',
  2: 'MP3',
  3: 'PCM',
  4: 'Nellymoser',
  5: 'Nellymoser',
  6: 'Nellymoser',
  7: 'G.711',
  8: 'G.711',
  11: 'Speex',
  14: 'MP3',
  // Not in the specification, but sent.
  13: 'Opus',
};

/** CodecID, §E.4.3.1, and what was put there before Enhanced RTMP gave these codecs names. */
export const VIDEO_CODECS: Readonly<Record<number, string>> = {
  2: 'Sorenson H.263',
  3: 'Screen video',
  4: 'VP6',
  5: 'VP6',
  6: 'Screen video',
  8: 'H.263',
  9: 'MPEG-4',
  12: 'H.265',
  13: 'AV1',
  14: 'VP9',
};

/** Enhanced RTMP, "Defining Additional Video Codecs" and audio codecs. */
export const FOUR_CCS: Readonly<Record<string, string>> = {
  hvc1: 'H.265',
  av01: 'AV1',
  vp09: 'VP9',
  vp08: 'VP8',
  vvc1: 'H.266',
  Opus: 'Opus',
  'ac-3': 'AC-3',
  'ec-3': 'E-AC-3',
  fLaC: 'FLAC',
  '.mp3': 'MP3',
};

export function codecRefused(kind: 'video' | 'audio', codec: string): AppError {
  const taken = kind === 'video' ? 'H.264 pictures' : 'AAC sound';
  return new AppError(
    'MPE_INGEST_CODEC_NOT_SUPPORTED',
    `The encoder sends ${codec}; only ${taken} can be taken over RTMP.`,
    { details: { kind, codec } },
  );
}

/** Four bytes as text, whatever they are. */
export function fourCcAt(payload: Uint8Array, at: number): string {
  return String.fromCharCode(...payload.subarray(at, at + 4)).replace(/[^\x20-\x7e]/g, '?');
}

import { type ElementaryStream, STREAM_TYPE } from './program-tables.ts';

/** What a stream is, as far as an encoder's feed is concerned; other things, subtitles and data, are of no use here. */
export type StreamKind =
  | { readonly kind: 'avc' | 'hevc' | 'aac' }
  | { readonly kind: 'unsupported'; readonly media: 'video' | 'audio'; readonly codec: string }
  | { readonly kind: 'other' };

const SUPPORTED: ReadonlyMap<number, StreamKind> = new Map([
  [STREAM_TYPE.avc, { kind: 'avc' }],
  [STREAM_TYPE.hevc, { kind: 'hevc' }],
  [STREAM_TYPE.aacAdts, { kind: 'aac' }],
]);

/** Codecs by the names that people know them by. */
const UNSUPPORTED: ReadonlyMap<number, readonly ['video' | 'audio', string]> = new Map([
  [STREAM_TYPE.mpeg1Video, ['video', 'MPEG-1']],
  [STREAM_TYPE.mpeg2Video, ['video', 'MPEG-2']],
  [STREAM_TYPE.mpeg4Video, ['video', 'MPEG-4 Visual']],
  [STREAM_TYPE.vvc, ['video', 'H.266']],
  [STREAM_TYPE.cavs, ['video', 'AVS']],
  [STREAM_TYPE.vc1, ['video', 'VC-1']],
  [STREAM_TYPE.mpeg1Audio, ['audio', 'MPEG audio (MP2 or MP3)']],
  [STREAM_TYPE.mpeg2Audio, ['audio', 'MPEG audio (MP2 or MP3)']],
  [STREAM_TYPE.aacLatm, ['audio', 'AAC in LATM']],
  [STREAM_TYPE.ac3, ['audio', 'AC-3']],
  [STREAM_TYPE.eac3, ['audio', 'E-AC-3']],
]);

export function streamKind({ type }: Pick<ElementaryStream, 'type'>): StreamKind {
  const unsupported = UNSUPPORTED.get(type);
  if (unsupported !== undefined) {
    const [media, codec] = unsupported;
    return { kind: 'unsupported', media, codec };
  }
  return SUPPORTED.get(type) ?? { kind: 'other' };
}

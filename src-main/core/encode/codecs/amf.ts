import { cappedRate, type VideoCodec } from './video-codec.ts';

/**
 * AMD's encoder (Windows). Before ffmpeg 7 it cannot make a forced key frame an IDR; then the trial finds the first cut missing and
 * another encoder is taken.
 */
export const amf: VideoCodec = {
  name: 'h264_amf',
  hardware: true,
  presets: ['balanced'],
  globalOptions: () => [],
  uploadFilters: ['format=nv12'],
  options: ({ layer, preset, ffmpegMajor }) => [
    ['-c:v', 'h264_amf'],
    ['-usage', 'lowlatency'],
    ['-quality', preset],
    ['-profile:v', 'high'],
    ['-coder', 'cabac'],
    ['-rc', 'vbr_peak'],
    // It would rather drop frames than exceed its rate; then decode times have holes and the layers no longer match.
    ['-frame_skipping', 0],
    ...(ffmpegMajor >= 7 ? [['-forced_idr', 1] as const] : []),
    ...cappedRate(layer),
  ],
};

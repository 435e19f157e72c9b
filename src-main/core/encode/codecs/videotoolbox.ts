import { cappedRate, type VideoCodec } from './video-codec.ts';

/** Apple's encoder (macOS). `maxrate` and `bufsize` become its DataRateLimits. */
export const videotoolbox: VideoCodec = {
  name: 'h264_videotoolbox',
  hardware: true,
  presets: ['default'],
  globalOptions: () => [],
  uploadFilters: ['format=nv12'],
  options: ({ layer }) => [
    ['-c:v', 'h264_videotoolbox'],
    ['-profile:v', 'high'],
    ['-coder', 'cabac'],
    ['-realtime', 1],
    // Apple's software encoder is slower than x264: refuse it, so that the trial fails and x264 is chosen.
    ['-allow_sw', 0],
    ...cappedRate(layer),
  ],
};

import { cappedRate, type VideoCodec } from './video-codec.ts';

/**
 * Windows' own way to whatever encoder the graphics driver brings (the only one on ARM). It ignores `-g` before ffmpeg 7.1 and `-maxrate`
 * before that: the forced key frames and constant bitrate take their place.
 */
export const mediaFoundation: VideoCodec = {
  name: 'h264_mf',
  hardware: true,
  presets: ['default'],
  globalOptions: () => [],
  // It takes both, but hardware encoders behind it often only this one.
  uploadFilters: ['format=nv12'],
  options: ({ layer }) => [
    ['-c:v', 'h264_mf'],
    ['-hw_encoding', 1],
    ['-rate_control', 'cbr'],
    // The one scenario with a constant frame rate: in the others it may drop frames, and then the layers no longer match.
    ['-scenario', 'camera_record'],
    ...cappedRate(layer),
  ],
};

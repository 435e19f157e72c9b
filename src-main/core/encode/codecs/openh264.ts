import { cappedRate, type VideoCodec } from './video-codec.ts';

/** Cisco's encoder: what builds of ffmpeg without GPL parts have in software. Last resort, because its rate control is coarse. */
export const openh264: VideoCodec = {
  name: 'libopenh264',
  hardware: false,
  presets: ['default'],
  globalOptions: () => [],
  uploadFilters: [],
  options: ({ layer, cores }) => [
    ['-c:v', 'libopenh264'],
    ['-profile:v', 'high'],
    ['-rc_mode', 'bitrate'],
    // It would rather drop frames than exceed its rate; then decode times have holes and the layers no longer match.
    ['-allow_skip_frames', 0],
    ['-threads', Math.max(1, Math.min(cores, 4))],
    ...cappedRate(layer),
  ],
};

import { cappedRate, type VideoCodec } from './video-codec.ts';

/** NVIDIA's encoder (Linux, Windows). */
export const nvenc: VideoCodec = {
  name: 'h264_nvenc',
  hardware: true,
  presets: ['p4'],
  globalOptions: () => [],
  uploadFilters: [],
  options: ({ layer, preset }) => [
    ['-c:v', 'h264_nvenc'],
    ['-preset', preset],
    ['-tune', 'll'],
    ['-profile:v', 'high'],
    ['-coder', 'cabac'],
    ['-rc', 'vbr'],
    ['-zerolatency', 1],
    // Without it a frame stays in the encoder for each of its surfaces.
    ['-delay', 0],
    // Otherwise a forced key frame is an I-frame that later frames may look past: no cut there.
    ['-forced-idr', 1],
    ...cappedRate(layer),
  ],
};

import { cappedRate, type VideoCodec } from './video-codec.ts';

/**
 * What a preset would otherwise decide and the parameter sets tell: with these four every preset from ultrafast to veryfast writes the same
 * SPS and PPS, byte for byte, so a cheaper preset can take over in the middle of a broadcast. They cost ultrafast 4 % more CPU (and give
 * better pictures than without), superfast nothing.
 */
const PARAMETER_SETS = 'cabac=1:8x8dct=1:weightp=0:ref=1';

/** With `zerolatency` a thread is a slice of every frame; more than this many gain nothing at 1080p. */
const MOST_THREADS = 8;

export const x264: VideoCodec = {
  name: 'libx264',
  hardware: false,
  presets: ['superfast', 'ultrafast'],
  globalOptions: () => [],
  uploadFilters: [],
  options: ({ layer, preset, cores }) => [
    ['-c:v', 'libx264'],
    ['-preset', preset],
    // Within 1 VMAF point of the defaults, cheaper, and 300 ms earlier (media-pipeline 2.5, 3.1).
    ['-tune', 'zerolatency'],
    ['-x264-params', PARAMETER_SETS],
    ['-threads', Math.max(1, Math.min(cores, MOST_THREADS))],
    ...cappedRate(layer),
  ],
};

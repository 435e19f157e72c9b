import { cappedRate, type VideoCodec } from './video-codec.ts';

const FIRST_RENDER_NODE = '/dev/dri/renderD128';

/** Intel and AMD on Linux. The mode of rate control is left to ffmpeg, which takes one that the driver has for a capped rate. */
export const vaapi: VideoCodec = {
  name: 'h264_vaapi',
  hardware: true,
  presets: ['default'],
  globalOptions: (device) => [['-vaapi_device', device ?? FIRST_RENDER_NODE]],
  uploadFilters: ['format=nv12', 'hwupload'],
  options: ({ layer }) => [
    ['-c:v', 'h264_vaapi'],
    ['-profile:v', 'high'],
    ['-coder', 'cabac'],
    ['-async_depth', 1],
    // Every I-frame of its own is an IDR.
    ['-idr_interval', 0],
    ...cappedRate(layer),
  ],
};

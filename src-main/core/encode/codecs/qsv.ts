import { cappedRate, type VideoCodec } from './video-codec.ts';

/** Intel Quick Sync (Windows; on Linux where oneVPL is installed). */
export const qsv: VideoCodec = {
  name: 'h264_qsv',
  hardware: true,
  presets: ['fast'],
  globalOptions: () => [],
  uploadFilters: ['format=nv12'],
  options: ({ layer, preset }) => [
    ['-c:v', 'h264_qsv'],
    ['-preset', preset],
    ['-profile:v', 'high'],
    // One frame in flight instead of four: 100 ms less at 30 frames a second.
    ['-async_depth', 1],
    ['-look_ahead', 0],
    ['-forced_idr', 1],
    // Every I-frame of its own is an IDR.
    ['-idr_interval', 0],
    ...cappedRate(layer),
  ],
};

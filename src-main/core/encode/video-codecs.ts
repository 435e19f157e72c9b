import { amf } from './codecs/amf.ts';
import { mediaFoundation } from './codecs/media-foundation.ts';
import { nvenc } from './codecs/nvenc.ts';
import { openh264 } from './codecs/openh264.ts';
import { qsv } from './codecs/qsv.ts';
import { vaapi } from './codecs/vaapi.ts';
import type { VideoCodec, VideoCodecName } from './codecs/video-codec.ts';
import { videotoolbox } from './codecs/videotoolbox.ts';
import { x264 } from './codecs/x264.ts';

export const VIDEO_CODECS: Readonly<Record<VideoCodecName, VideoCodec>> = {
  libx264: x264,
  libopenh264: openh264,
  h264_videotoolbox: videotoolbox,
  h264_nvenc: nvenc,
  h264_qsv: qsv,
  h264_amf: amf,
  h264_vaapi: vaapi,
  h264_mf: mediaFoundation,
};

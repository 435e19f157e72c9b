import type { VideoLayer } from '../../../shared/api/ladder.ts';
import type { Settings } from '../../../shared/api/settings.ts';
import type { FfmpegOption } from '../../ports/ffmpeg-options.ts';

export type VideoCodecName = Exclude<Settings['encoding']['encoder'], 'auto'> | 'libopenh264';

/** What one layer is encoded with, apart from the GOP, which is the same for every codec. */
export type LayerSettings = {
  readonly layer: VideoLayer;
  /** One of the codec's `presets`. */
  readonly preset: string;
  /** Processor cores the encoder may use. */
  readonly cores: number;
  /** Major version of ffmpeg, for options that came late. */
  readonly ffmpegMajor: number;
};

/**
 * How ffmpeg is told to encode H.264 with one encoder: High profile, no B-frames, no lookahead (each costs half a second and buys nothing,
 * media-pipeline 2.5), and a rate that never exceeds the layer's over two seconds.
 */
export type VideoCodec = {
  readonly name: VideoCodecName;
  /** In hardware: then software is what it falls back to. */
  readonly hardware: boolean;
  /**
   * Dearest first: what the overload policy walks down. All of them give the same SPS and PPS, so that viewers need no new init segment;
   * hardware encoders have one only, because what their presets do to the parameter sets is not ours to decide.
   */
  readonly presets: readonly [string, ...string[]];
  /** Options that go before the inputs. `device` is the render node of VA-API. */
  readonly globalOptions: (device: string | undefined) => readonly FfmpegOption[];
  /** Filters at the end of every layer's branch, e.g. the upload to the GPU. */
  readonly uploadFilters: readonly string[];
  readonly options: (settings: LayerSettings) => readonly FfmpegOption[];
};

/**
 * Mean = peak, measured over a buffer of two seconds, the length of a segment: a slide's key frame may take what the still frames around it
 * leave over, and no segment is much larger than its nominal size.
 */
export function cappedRate({ bitrate }: VideoLayer): readonly FfmpegOption[] {
  return [
    ['-b:v', bitrate],
    ['-maxrate', bitrate],
    ['-bufsize', 2 * bitrate],
  ];
}

import type { AudioLayer, VideoLayer } from '../../../shared/api/ladder.ts';
import type { LiveEvent } from '../../../shared/api/live-events.ts';
import { parseIsoDuration } from '../../../shared/iso-duration.ts';
import type { IncomingMedia } from '../../ports/live-encoding.ts';
import { fillableLayers, type LadderPlan, type PictureSize } from '../resolve-ladder.ts';
import { chosenLayers } from './chosen-layers.ts';
import { outputFrameRate } from './output-frame-rate.ts';

export type LiveLadder = {
  readonly plan: LadderPlan;
  /** From key frame to key frame, which is the length of a segment. */
  readonly gopSeconds: number;
};

/** AMS's default (spec 2.3). */
const DEFAULT_GOP_SECONDS = 2;
const LEAST_BITRATE = 50_000;
const LEAST_SIDE = 16;

/**
 * What an encoding event makes of a picture (spec 2.2): the layers of its preset as they are, but none that is larger than the picture both
 * ways. When that leaves none there is one in the picture's own size and bitrate. The picture's size is the one it is shown in.
 *
 * Throws what `chosenLayers` throws.
 */
export function resolveLiveLadder(encoding: LiveEvent['encoding'], incoming: IncomingMedia): LiveLadder {
  const { video, audioBitrates } = chosenLayers(encoding);
  const shown = displaySize(incoming);
  const wanted = encoding.stretchMode === 'AutoSize' ? video.map((layer) => inShapeOf(layer, shown)) : video;
  const kept = fillableLayers(wanted, shown);
  const layers = kept.length > 0 ? kept : [onlyLayer(shown, incoming.bitrate, video.at(-1))];
  const [top] = layers;
  const { width, height } = top ?? shown;
  const [audio, ...furtherAudio] = audioBitrates.map((bitrate) => audioLayer(bitrate, incoming.sampleRate));
  return {
    plan: {
      canvas: { width, height, frameRate: outputFrameRate(incoming.frameRate) },
      video: layers,
      audio: audio ?? audioLayer(128_000, incoming.sampleRate),
      furtherAudio,
    },
    gopSeconds: parseIsoDuration(encoding.keyFrameInterval ?? '') ?? DEFAULT_GOP_SECONDS,
  };
}

/** With square pixels, as wide as it is shown: 720x576 of 16:9 is 1024x576. */
function displaySize({ width, height, pixelAspectRatio: ratio }: IncomingMedia): PictureSize {
  const wide = ratio === undefined ? width : Math.round((width * ratio.horizontal) / ratio.vertical);
  return { width: wide, height };
}

/** The largest size of a picture's shape inside of a layer's. */
function inShapeOf(layer: VideoLayer, shown: PictureSize): VideoLayer {
  const scale = Math.min(layer.width / shown.width, layer.height / shown.height);
  return { ...layer, width: evenSide(shown.width * scale), height: evenSide(shown.height * scale) };
}

function onlyLayer(shown: PictureSize, bitrate: number, smallest: VideoLayer | undefined): VideoLayer {
  const known = bitrate > 0 ? bitrate : (smallest?.bitrate ?? LEAST_BITRATE);
  return {
    width: 2 * Math.max(LEAST_SIDE / 2, Math.floor(shown.width / 2)),
    height: 2 * Math.max(LEAST_SIDE / 2, Math.floor(shown.height / 2)),
    bitrate: Math.max(LEAST_BITRATE, known),
  };
}

function evenSide(pixels: number): number {
  return Math.max(LEAST_SIDE, 2 * Math.round(pixels / 2));
}

/** The source's rate where the mixer's is not: nothing is gained by the 3900 samples a second in between. */
function audioLayer(bitrate: number, sampleRate: number | undefined): AudioLayer {
  return { bitrate, sampleRate: sampleRate === 44_100 ? 44_100 : 48_000, channels: 2 };
}

import type { AudioLayer, LadderPreset, VideoLayer } from '../../shared/api/ladder.ts';

export type Ladder = {
  /** Best first. */
  readonly video: readonly VideoLayer[];
  readonly audio: AudioLayer;
};

/** The mixer's own rate and channels, so that nothing is resampled on the way to the encoder. */
const STEREO_128K: AudioLayer = { bitrate: 128_000, sampleRate: 48_000, channels: 2 };

function layer(videoKbps: number, width: number, height: number): VideoLayer {
  return { width, height, bitrate: videoKbps * 1000 };
}

/** The first four are Azure Media Services' own, to the kilobit, because its users know them by name. */
export const LADDERS: Readonly<Record<LadderPreset, Ladder>> = {
  Default720p: {
    video: [
      layer(3500, 1280, 720),
      layer(2200, 960, 540),
      layer(1350, 704, 396),
      layer(850, 512, 288),
      layer(550, 384, 216),
      layer(200, 340, 192),
    ],
    audio: STEREO_128K,
  },
  Default1080p: {
    video: [
      layer(5500, 1920, 1080),
      layer(3000, 1280, 720),
      layer(1600, 960, 540),
      layer(800, 640, 360),
      layer(400, 480, 270),
      layer(200, 320, 180),
    ],
    audio: STEREO_128K,
  },
  '720p-3-Layer': {
    video: [layer(2500, 1280, 720), layer(1000, 960, 540), layer(400, 640, 360)],
    audio: STEREO_128K,
  },
  '1080p-4-Layer': {
    video: [layer(4500, 1920, 1080), layer(2200, 1280, 720), layer(1000, 960, 540), layer(400, 640, 360)],
    audio: STEREO_128K,
  },
  /** For computers that do not manage 720p. */
  '480p-2-Layer': {
    video: [layer(1200, 854, 480), layer(400, 426, 240)],
    audio: STEREO_128K,
  },
  /** For a laptop on battery: two thirds of the pixels of three layers, and what viewers need most. */
  Eco: {
    video: [layer(2000, 1280, 720), layer(400, 640, 360)],
    audio: STEREO_128K,
  },
  AudioOnly: { video: [], audio: STEREO_128K },
};

/**
 * What `auto` chooses from, largest first. The six-layer ladders are not among them: the two or three small layers they add cost a weak
 * computer more than they give its viewers.
 */
export const AUTO_LADDERS = ['1080p-4-Layer', '720p-3-Layer', '480p-2-Layer'] as const satisfies LadderPreset[];
export type AutoLadder = (typeof AUTO_LADDERS)[number];
export const SMALLEST_LADDER: AutoLadder = '480p-2-Layer';

/** Until the computer has been measured: what two weak cores manage with room to spare. */
export const UNMEASURED_LADDER: AutoLadder = '720p-3-Layer';

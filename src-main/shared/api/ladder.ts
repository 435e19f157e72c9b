import { z } from 'zod';

/** One video quality of a ladder. Sizes are even, because 4:2:0 has half as many colour samples each way. */
export const videoLayer = z.strictObject({
  width: z.number().int().min(64).max(4096).multipleOf(2),
  height: z.number().int().min(64).max(2160).multipleOf(2),
  /** Video bits per second, 50 kbit/s to 50 Mbit/s. */
  bitrate: z.number().int().min(50_000).max(50_000_000),
});
export type VideoLayer = z.infer<typeof videoLayer>;

const audioLayer = z.strictObject({
  /** AAC-LC bits per second. */
  bitrate: z.number().int().min(32_000).max(512_000),
  sampleRate: z.literal([44_100, 48_000]),
  channels: z.literal([1, 2]),
});
export type AudioLayer = z.infer<typeof audioLayer>;

/** An own ladder: up to six video layers, best first, all cut at the same instants. None means audio only. */
export const customLadder = z
  .strictObject({
    frameRate: z.literal([24, 25, 30, 50, 60]),
    video: z.array(videoLayer).max(6),
    audio: audioLayer,
  })
  .refine((ladder) => new Set(ladder.video.map((layer) => layer.bitrate)).size === ladder.video.length, {
    message: 'two layers must not have the same bitrate, because a bitrate names a quality',
    path: ['video'],
  });
export type CustomLadder = z.infer<typeof customLadder>;

export const LADDER_PRESETS = [
  'Default720p',
  'Default1080p',
  '720p-3-Layer',
  '1080p-4-Layer',
  '480p-2-Layer',
  'Eco',
  'AudioOnly',
] as const;
export type LadderPreset = (typeof LADDER_PRESETS)[number];

/** Which ladder to encode: the largest that fits this computer, a preset, or one's own. */
export const ladderChoice = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('auto') }),
  z.strictObject({ kind: z.literal('preset'), preset: z.enum(LADDER_PRESETS) }),
  z.strictObject({ kind: z.literal('custom'), ladder: customLadder }),
]);
export type LadderChoice = z.infer<typeof ladderChoice>;

// What sound inputs can be set to, without the validator: the mixer process checks what it is sent and has to be there at once.

/** Which channels are heard: as they come; both on both sides; one of them on both sides. */
export const CHANNEL_MODES = ['stereo', 'mono', 'left', 'right'] as const;
export type ChannelMode = (typeof CHANNEL_MODES)[number];

/** How far noise is turned down: not at all, 9 dB, 20 dB. */
export const NOISE_SUPPRESSIONS = ['off', 'gentle', 'strong'] as const;
export type NoiseSuppression = (typeof NOISE_SUPPRESSIONS)[number];

/** Whether an input is recorded as a track of its own too: no; yes, silent while it is muted; yes, also while it is muted. */
export const SEPARATE_TRACK_CHOICES = ['off', 'unless-muted', 'always'] as const;
export type SeparateTrackChoice = (typeof SEPARATE_TRACK_CHOICES)[number];

/** Each is a small process of its own, and 85 MB an hour on the disk. */
export const MOST_SEPARATE_TRACKS = 8;

/** The slowest cameras, and pictures that come over a network, are this far behind their sound. */
export const MOST_DELAY_MS = 2000;

/** LUFS: podcasts and phones, streaming services, broadcast (EBU R128). */
export const LOUDNESS_TARGETS = [-16, -18, -23] as const;

/** What is done to the sound of an input beside gain and mute. */
export type SoundTreatment = {
  readonly delayMs: number;
  readonly channels: ChannelMode;
  readonly highPass: boolean;
  readonly noiseSuppression: NoiseSuppression;
};

/** Sound as it comes. */
export const UNTREATED: SoundTreatment = {
  delayMs: 0,
  channels: 'stereo',
  highPass: false,
  noiseSuppression: 'off',
};

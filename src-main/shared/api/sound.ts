import { z } from 'zod';
import {
  CHANNEL_MODES,
  LOUDNESS_TARGETS,
  MOST_DELAY_MS,
  NOISE_SUPPRESSIONS,
  SEPARATE_TRACK_CHOICES,
} from '../sound-limits.ts';

/** What can be set of one sound input. All of it may change while live: it fades over in 20 ms. */
export const soundInputSettings = z.strictObject({
  gainDb: z.number().min(-60).max(20),
  muted: z.boolean(),
  /** Heard so much later, for a picture that comes late. */
  delayMs: z.number().int().min(0).max(MOST_DELAY_MS),
  /** `stereo`: as it comes. `mono`: both channels on both sides. `left`, `right`: one of them on both sides. */
  channels: z.enum(CHANNEL_MODES),
  /** Takes away what is below 80 Hz: steps, bumps, wind, hum. */
  highPass: z.boolean(),
  /** Turns noise that is always there down by 9 dB (`gentle`) or 20 dB (`strong`). For voices: music suffers. */
  noiseSuppression: z.enum(NOISE_SUPPRESSIONS),
  /**
   * Recorded as a track of its own too, with all of the above but gain and mute. `unless-muted`: silent while it is muted. `always`: also what is
   * muted for viewers. Viewers are never given it; eight at most.
   */
  separateTrack: z.enum(SEPARATE_TRACK_CHOICES),
});
export type SoundInputSettings = z.infer<typeof soundInputSettings>;

/** What the programme is brought to, slowly and by one gain for everything: LUFS, or `off`. */
export const loudnessTarget = z.literal([...LOUDNESS_TARGETS, 'off']);
export type LoudnessTargetChoice = z.infer<typeof loudnessTarget>;

/**
 * `muted-speaking`: somebody talks into it and viewers do not hear it. `silent`: nothing came for 10 s. `clipping`: it came cut off, or is
 * beyond full scale behind its gain. `echo`: the microphone hears what the computer plays, which is sent too.
 */
export const SOUND_WARNINGS = ['muted-speaking', 'silent', 'clipping', 'echo'] as const;
export type SoundWarningKind = (typeof SOUND_WARNINGS)[number];

const soundWarning = z.strictObject({
  kind: z.enum(SOUND_WARNINGS),
  input: z.string(),
  /** Of an echo: the input that is heard twice. */
  of: z.string().optional(),
});
export type SoundWarning = z.infer<typeof soundWarning>;

/** Sound as a whole, in the studio's state. */
export const programmeSound = z.strictObject({
  loudnessTarget,
  warnings: z.array(soundWarning),
});
export type ProgrammeSound = z.infer<typeof programmeSound>;

export const programmeSoundPatch = z.strictObject({ loudnessTarget: loudnessTarget.optional() });
export type ProgrammeSoundPatch = z.infer<typeof programmeSoundPatch>;

/** Levels since the reading before: dBFS, LUFS; −120 is silence. */
export const meterReading = z.strictObject({
  /** The input, or `programme`, which is the last. */
  id: z.string(),
  peakDb: z.number(),
  rmsDb: z.number(),
  /** EBU R128 momentary loudness (400 ms). */
  lufs: z.number().optional(),
  /** EBU R128 short-term loudness (3 s). */
  shortTermLufs: z.number().optional(),
  /** Waves that came cut off. */
  clips: z.number().int().min(0).optional(),
  /** Of the programme: what is added at present to bring it to its target. */
  loudnessGainDb: z.number().optional(),
});

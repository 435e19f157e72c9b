import { z } from 'zod';
import type { Route } from './route.ts';
import { meterReading, programmeSound, programmeSoundPatch } from './sound.ts';
import { audioInput, audioInputPatch } from './studio.ts';

const sound = programmeSound.extend({
  inputs: z.array(audioInput),
  /** The newest, of the inputs and of the programme; ten times a second while somebody looks at the preview, else once. */
  levels: z.array(meterReading),
});

/** Sound, in the presenter's part of the control API. */
export const SOUND_ROUTES = {
  getSound: {
    method: 'GET',
    path: '/studio/sound',
    summary:
      'All sound inputs with their settings, levels and warnings, and the loudness the programme is brought to.',
    response: sound,
  },
  patchSound: {
    method: 'PATCH',
    path: '/studio/sound',
    summary: 'The loudness that the programme is brought to: −16, −18 or −23 LUFS, or `off`.',
    body: programmeSoundPatch,
    response: programmeSound,
  },
  patchAudio: {
    method: 'PATCH',
    path: '/studio/audio/{input}',
    summary:
      'Gain, mute, delay, channels, high pass and noise suppression of one sound input, none of which clicks; and whether it is recorded as a track of its own.',
    body: audioInputPatch,
    response: audioInput,
  },
} as const satisfies Record<string, Route>;

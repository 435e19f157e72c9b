import type { Services } from '../ports/services.ts';
import type { JsonHandlers } from './call.ts';

type SoundRoute = 'getSound' | 'patchSound' | 'patchAudio';

/** Sound inputs and the loudness of the programme. */
export function createSoundHandlers({ studio }: Pick<Services, 'studio'>): Pick<JsonHandlers, SoundRoute> {
  return {
    getSound() {
      const { audio, sound } = studio.state();
      return { ...sound, inputs: audio, levels: [...studio.levels()] };
    },
    patchSound: ({ body }) => studio.setSound(body),
    patchAudio: ({ params, body }) => studio.setAudio(params.input, body),
  };
}

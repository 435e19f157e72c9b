import { LIMITER_DELAY } from '../../src-main/core/mix/limiter.ts';
import { createSoundMixer } from '../../src-main/core/mix/sound.ts';
import { type SoundTreatment, UNTREATED } from '../../src-main/shared/sound-limits.ts';
import { noise, speech, stereo, sum } from '../unit/mix/sound/signals.ts';
import { type Bench, type Figure, median } from './figure.ts';

const RATE = 48_000;
const BLOCK = 1600;
const INPUTS = 10;
/** Of sound; repeated, so that making it is not measured. */
const LOOP_SECONDS = 4;
const SECONDS = 60;
const ROUNDS = 3;

const EVERYTHING: SoundTreatment = {
  delayMs: 120,
  channels: 'mono',
  highPass: true,
  noiseSuppression: 'strong',
};

/** What the sound of a studio costs in the mixer, meters, echoes and loudness with it. */
export const soundBench: Bench = {
  name: 'sound',
  takes: '1 min',
  async run(tell) {
    const figures: Figure[] = [];
    for (const [what, treatment, target] of [
      ['with meters only', UNTREATED, 5],
      ['each with delay, mono, high pass and noise suppression', EVERYTHING, 20],
    ] as const) {
      const shares = Array.from({ length: ROUNDS }, () => measure(treatment));
      tell(`${what}: ${shares.map((share) => share.toFixed(2)).join(', ')} % of a core`);
      figures.push({
        figure: `sound of ten inputs, ${what}`,
        measured: median(shares),
        unit: '%',
        target: { most: target },
        note: `of one core, ${SECONDS} s of stereo; loudness target and a reading ten times a second with it`,
      });
    }
    return await Promise.resolve(figures);
  },
};

function measure(treatment: SoundTreatment): number {
  const mixer = createSoundMixer(BLOCK);
  const ids = Array.from({ length: INPUTS }, (_, index) => `input-${index}`);
  const sounds = new Map(
    ids.map((id, index) => [id, stereo(sum(speech(-24, index), noise(-55, index + 50)), 0, LOOP_SECONDS * RATE)]),
  );
  ids.forEach((id) => mixer.setLevel(id, { gainDb: -6, muted: false, treatment }));
  mixer.setInputs(ids);
  mixer.setEchoRoles(ids.map((id, index) => ({ id, role: index < 5 ? 'microphone' : 'loudspeaker' })));
  mixer.setLoudnessTarget(-16);
  const out = new Int16Array(BLOCK * 2);
  const before = process.cpuUsage();
  for (let at = 0; at < SECONDS * RATE; at += BLOCK) {
    const from = ((at + LIMITER_DELAY) % (LOOP_SECONDS * RATE - BLOCK)) * 2;
    mixer.mix(out, BLOCK, (id, target, count) => {
      target.set((sounds.get(id) ?? new Float32Array(0)).subarray(from, from + count * 2));
      return true;
    });
    if (at % (RATE / 10) < BLOCK) {
      mixer.takeReadings();
    }
  }
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6 / SECONDS) * 100;
}

import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

/** What is sent for no sound at all, as by the meters. */
const SILENCE_DB = -120;
/** Quieter than this is no signal: the noise of a connected microphone is above it. */
const SIGNAL_DB = -70;

export type SoundLevel = { readonly peakDb: number; readonly rmsDb: number; readonly isSilent: boolean };

/** Of s16le. */
export function soundLevel(samples: Buffer): SoundLevel {
  let peak = 0;
  let energy = 0;
  const count = samples.length >> 1;
  for (let at = 0; at < count; at += 1) {
    const value = samples.readInt16LE(at * 2) / 32_768;
    peak = Math.max(peak, Math.abs(value));
    energy += value * value;
  }
  const peakDb = decibels(peak);
  return { peakDb, rmsDb: decibels(Math.sqrt(energy / Math.max(1, count))), isSilent: peakDb <= SIGNAL_DB };
}

function decibels(value: number): number {
  return Math.max(SILENCE_DB, 20 * Math.log10(value + 1e-30));
}

/** The mixer's kind of sound as a file that everything plays (RIFF, WAVE_FORMAT_PCM). */
export function wavOf(samples: Buffer): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.length, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(MIXER_CHANNELS, 22);
  header.writeUInt32LE(MIXER_SAMPLE_RATE, 24);
  header.writeUInt32LE(MIXER_SAMPLE_RATE * MIXER_CHANNELS * 2, 28);
  header.writeUInt16LE(MIXER_CHANNELS * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.length, 40);
  return Buffer.concat([header, samples]);
}

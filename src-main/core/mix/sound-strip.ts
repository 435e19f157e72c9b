import { type NoiseSuppression, type SoundTreatment, UNTREATED } from '../../shared/sound-limits.ts';
import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { createChannelMixer } from './channel-mixer.ts';
import { createDelayLine } from './delay-line.ts';
import { createHighPass } from './high-pass.ts';
import { amplitude, createClipCounter, createLevelMeter } from './level-meter.ts';
import { createLoudnessMeter } from './loudness.ts';
import { createNoiseSuppressor, NOISE_SUPPRESSOR_DELAY_MS } from './noise-suppressor.ts';
import { createRamp } from './ramp.ts';

export type InputLevel = {
  readonly gainDb: number;
  readonly muted: boolean;
  /** As it comes, when left out. */
  readonly treatment?: SoundTreatment | undefined;
};

/** How far each turns a band down at most. */
const FLOORS: Readonly<Record<Exclude<NoiseSuppression, 'off'>, number>> = {
  gentle: amplitude(-9),
  strong: amplitude(-20),
};

/** A suppressor begins in the middle of a sound: until that is through, and it knows something of the noise, it is not heard. */
const WARM_UP_SAMPLES = MIXER_SAMPLE_RATE * 0.1;

/** What happened to one input since it was asked last. */
export type StripReading = {
  readonly peakDb: number;
  readonly rmsDb: number;
  readonly lufs: number;
  readonly shortTermLufs: number;
  readonly clips: number;
};

/** Takes the sound of one input by itself. */
export type SoundTap = {
  readonly evenMuted: boolean;
  /** The next `count` stereo samples, to be looked at and not changed. */
  push(samples: Float32Array, count: number): void;
};

/**
 * The way of one input to the programme: channels, high pass, delay, noise suppression, gain, meters, mute. What is switched or moved fades over
 * in 20 ms; what is off changes no bit.
 */
export type SoundStrip = {
  setLevel(level: InputLevel): void;
  /**
   * The first `count` stereo samples, from as they were captured to as they are mixed, in place. `tap` is given them as they are before gain: silent
   * as the mute says, unless it hears that too.
   */
  process(samples: Float32Array, count: number, tap?: SoundTap): void;
  take(): StripReading;
};

/** `mostSamples` is the largest count that will be asked for. It begins at its level: a ramp would let through what was to be muted. */
export function createSoundStrip(mostSamples: number, level: InputLevel): SoundStrip {
  const initial = level.treatment ?? UNTREATED;
  const scratch = new Float32Array(mostSamples * MIXER_CHANNELS);
  const clips = createClipCounter();
  const channels = createChannelMixer(initial.channels);
  let highPass = createHighPass();
  const highPassed = createRamp(initial.highPass ? 1 : 0);
  const line = createDelayLine(mostSamples);
  const direct = line.tap(initial.delayMs);
  // Suppression takes time of its own, which comes out of the delay where there is one.
  const early = line.tap(Math.max(0, initial.delayMs - NOISE_SUPPRESSOR_DELAY_MS));
  let suppressor = createNoiseSuppressor(floorOf(initial));
  const suppressed = createRamp(initial.noiseSuppression === 'off' ? 0 : 1);
  /** Samples that the suppressor is still to hear before it is heard itself. */
  let warmUp = 0;
  const volume = createRamp(amplitude(level.gainDb));
  const meter = createLevelMeter();
  const loudness = createLoudnessMeter();
  const opening = createRamp(level.muted ? 0 : 1);

  function treat(next: SoundTreatment): void {
    channels.set(next.channels);
    if (next.highPass && highPassed.isZero()) {
      highPass = createHighPass();
    }
    highPassed.set(next.highPass ? 1 : 0);
    direct.set(next.delayMs);
    early.set(Math.max(0, next.delayMs - NOISE_SUPPRESSOR_DELAY_MS));
    if (next.noiseSuppression === 'off') {
      warmUp = 0;
      suppressed.set(0);
    } else if (suppressed.isZero() && warmUp === 0) {
      suppressor = createNoiseSuppressor(floorOf(next));
      warmUp = WARM_UP_SAMPLES;
    } else {
      suppressor.setFloor(floorOf(next));
      suppressed.set(warmUp > 0 ? 0 : 1);
    }
  }

  function suppress(samples: Float32Array, count: number): void {
    early.read(scratch, count);
    suppressor.process(scratch, count);
    suppressed.blend(samples, scratch, count);
    if (warmUp > 0) {
      warmUp = Math.max(0, warmUp - count);
      suppressed.set(warmUp === 0 ? 1 : 0);
    }
  }

  return {
    setLevel({ gainDb, muted, treatment }) {
      volume.set(amplitude(gainDb));
      opening.set(muted ? 0 : 1);
      treat(treatment ?? UNTREATED);
    },

    process(samples, count, tap) {
      clips.push(samples, count);
      channels.process(samples, count);
      if (!highPassed.isZero()) {
        scratch.set(samples.subarray(0, count * MIXER_CHANNELS));
        highPass.process(scratch, count);
        highPassed.blend(samples, scratch, count);
      }
      line.write(samples, count);
      if (!suppressed.isOne() && !direct.isDirect()) {
        direct.read(samples, count);
      }
      if (!suppressed.isZero() || warmUp > 0) {
        suppress(samples, count);
      }
      if (tap !== undefined) {
        scratch.set(samples.subarray(0, count * MIXER_CHANNELS));
      }
      volume.apply(samples, count);
      meter.push(samples, count * MIXER_CHANNELS);
      loudness.push(samples, count);
      // One ramp for both: a tap that is put in late hears no more of a mute that is over than viewers do.
      opening.apply(samples, count, tap?.evenMuted === false ? scratch : undefined);
      tap?.push(scratch, count);
    },

    take: () => ({
      ...meter.take(),
      lufs: loudness.momentary(),
      shortTermLufs: loudness.shortTerm(),
      clips: clips.take(),
    }),
  };
}

function floorOf({ noiseSuppression }: SoundTreatment): number {
  return noiseSuppression === 'off' ? 1 : FLOORS[noiseSuppression];
}

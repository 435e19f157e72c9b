import { MIXER_CHANNELS, type SeparateTrack } from '../ports/mixer.ts';
import { LIMITER_DELAY } from './limiter.ts';
import {
  createSeparateEncoding,
  type SeparateEncoding,
  type SeparateEncodingOptions,
} from './separate-encoding.ts';
import { createSoundRing, type SoundRing } from './sound-ring.ts';
import type { SoundTap } from './sound-strip.ts';

/**
 * The sound inputs that are recorded by themselves. Their samples stand at the positions of the programme's: what is read for the mix is ahead of
 * what comes out of the limiter, and is kept here until then, so that a cut takes the same of both.
 */
export type SeparateTracks = {
  set(tracks: readonly SeparateTrack[], programmeSample: number): void;
  /** By source. */
  taps(): ReadonlyMap<string, SoundTap>;
  /** The programme has its sound of [from, to): so it is theirs. `isCut`: all of them are silent there. */
  advance(from: number, to: number, isCut: boolean): void;
  breakOff(): void;
  /** The programme goes on at that sample. */
  jump(programmeSample: number): void;
  /** Resolves when all of them have been told to their ends. */
  finish(): Promise<void>;
  kill(): void;
};

type Entry = { track: SeparateTrack; readonly ring: SoundRing; readonly encoding: SeparateEncoding };

export function createSeparateTracks(
  options: Omit<SeparateEncodingOptions, 'track' | 'ring'> & { readonly mostSamples: number },
): SeparateTracks {
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();
  const rounded = new Int16Array(options.mostSamples * MIXER_CHANNELS);
  const silence = new Int16Array(options.mostSamples * MIXER_CHANNELS);
  let taps: ReadonlyMap<string, SoundTap> = new Map();
  let isBroken = false;

  function tapOf({ track, ring }: Entry): SoundTap {
    return {
      evenMuted: track.evenMuted,
      push(samples, count) {
        for (let i = 0; i < count * MIXER_CHANNELS; i += 1) {
          // No limiter is in its way: a filter may have made it a little louder than full scale.
          rounded[i] = Math.max(-32_768, Math.min(32_767, Math.round((samples[i] ?? 0) * 32_768)));
        }
        ring.push(rounded, count);
      },
    };
  }

  async function end(entry: Entry): Promise<void> {
    entries.delete(entry.track.encoding);
    const ended = entry.encoding.stop();
    ending.add(ended);
    await ended;
    ending.delete(ended);
  }

  function advance(from: number, to: number, isCut: boolean): void {
    for (const { ring, encoding } of entries.values()) {
      // A source that is not there gives nothing: its time passes all the same.
      for (let missing = to + LIMITER_DELAY - ring.next(); missing > 0; missing -= options.mostSamples) {
        ring.push(silence, Math.min(missing, options.mostSamples));
      }
      if (isCut) {
        ring.silence(from, to);
      }
      encoding.feed(to);
    }
  }

  function kill(): void {
    for (const { encoding } of entries.values()) {
      encoding.kill();
    }
  }

  return {
    set(tracks, programmeSample) {
      const wanted = new Map(tracks.map((track) => [track.encoding, track]));
      for (const entry of [...entries.values()]) {
        if (!wanted.has(entry.track.encoding)) {
          void end(entry);
        }
      }
      for (const [id, track] of wanted) {
        const known = entries.get(id);
        if (known !== undefined) {
          known.track = track;
          continue;
        }
        const ring = createSoundRing(programmeSample + LIMITER_DELAY);
        entries.set(id, { track, ring, encoding: createSeparateEncoding({ ...options, track, ring }) });
      }
      taps = new Map([...entries.values()].map((entry) => [entry.track.source, tapOf(entry)]));
    },
    taps: () => taps,
    advance(from, to, isCut) {
      try {
        advance(from, to, isCut);
      } catch (error) {
        // Our mistake, which must not cost viewers the programme.
        if (!isBroken) {
          isBroken = true;
          options.logger.error({ error }, 'the separate tracks failed and are given up');
          kill();
        }
      }
    },
    breakOff() {
      for (const { encoding } of entries.values()) {
        encoding.breakOff();
      }
    },
    jump(programmeSample) {
      for (const { ring } of entries.values()) {
        ring.jump(programmeSample + LIMITER_DELAY);
      }
    },
    async finish() {
      for (const entry of [...entries.values()]) {
        void end(entry);
      }
      taps = new Map();
      await Promise.all(ending);
    },
    kill,
  };
}

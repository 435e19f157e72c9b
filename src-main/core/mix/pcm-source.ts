import { MIXER_CHANNELS, MIXER_SAMPLE_RATE } from '../ports/mixer.ts';

export type PcmSourceOptions = {
  /** Sound is heard this long after it came, like the picture. */
  readonly delayMs: number;
};

/**
 * The sound of one source, held for the presentation delay and kept there although its sound card counts seconds differently from the programme
 * clock. Each block is read a few samples longer or shorter and resampled (at most ±0.5 %, 9 cent); within the tolerance it is copied
 * exactly. Nothing is ever cut or repeated unless the offset is beyond repair (`FAR_OFF_MS`), and every break is faded.
 */
export type PcmSource = {
  /** Takes the next bytes of the stream, s16le stereo; a sample may be split between two calls. */
  write(bytes: Uint8Array, nowMs: number): void;
  /**
   * Fills the first `count` stereo samples of `out` (−1…1) with what is to be heard from monotonic time `playMs` on. Blocks follow
   * each other without gaps in `playMs`. False when it is only silence.
   */
  read(out: Float32Array, count: number, playMs: number): boolean;
  /** When sound last came; undefined before the first. */
  newestMs(): number | undefined;
  /** The stream begins anew with another process. */
  restart(): void;
  /**
   * How far the sound is from its place beside the picture now, in ms, positive when it comes late; how fast its clock runs against ours, in
   * parts per million; and how long it is held, of which what is beyond the delay of the picture is in the offset.
   */
  regulation(): { readonly offsetMs: number; readonly driftPpm: number; readonly delayMs: number };
};

const SAMPLES_PER_MS = MIXER_SAMPLE_RATE / 1000;
/** Room for 1.36 s; a power of two, so that a position becomes an index with a mask. */
const CAPACITY = 65_536;
const MASK = CAPACITY - 1;
/** Samples around the read position that interpolation looks at. */
const MARGIN = 2;
const FADE = 5 * SAMPLES_PER_MS;

/** Regulation is for clocks, not for accidents: farther off than this the sound is moved at once. */
const FAR_OFF_MS = 250;
/** Arrival jitter that is left alone, so that a source on our own clock is copied bit for bit. */
const TOLERANCE_MS = 2;
const MOST_STRETCH = 0.005;
/** Offset and drift are pulled in with this time constant: slow enough to be inaudible, fast enough for any real crystal. */
const PULL_IN_SECONDS = 20;
const SMOOTHING_SECONDS = 1;

/** A source whose packets come less regularly than the delay allows is given more delay in these steps. */
const MORE_DELAY_MS = 20;
const MOST_DELAY_MS = 300;
/** A longer silence than this is an outage and says nothing about regularity. */
const JITTER_GAP_MS = 500;

/**
 * More delay is later than the picture, so it is taken back when it was not needed for a while: one part in a thousand faster, nobody hears
 * it. Each time that was too early, the next try waits twice as long.
 */
const EASE = 0.001;
const CALM_MS = 30_000;
const MOST_CALM_MS = 30 * 60_000;
/** What has to be left in store behind a block all the time. */
const SPARE_MS = 15;
const SPARE_WINDOW_MS = 10_000;

export function createPcmSource(options: PcmSourceOptions): PcmSource {
  const ring = new Int16Array(CAPACITY * MIXER_CHANNELS);
  /** Stereo samples written and read since the stream began. */
  let written = 0;
  let position = 0;
  /** What lies before it has been heard. */
  let heard = 0;
  let isPlaying = false;
  let newestMs: number | undefined;
  let ranDryMs: number | undefined;
  let delayMs = options.delayMs;
  // The one to three bytes of a sample whose rest has not come yet.
  const partial = Buffer.alloc(MIXER_CHANNELS * 2);
  let partialLength = 0;

  let smoothedMs = 0;
  let drift = 0;
  let owed = 0;

  /** When more delay was last given, and how long it is kept at least. */
  let delayedMs = -Infinity;
  let calmMs = CALM_MS;
  let isEasing = false;
  let hasEased = false;
  /** The least that was left behind a block since `spareSinceMs`. */
  let spareMs = Infinity;
  let spareSinceMs = -Infinity;

  /** The last of what was heard, played backwards and faded when the sound breaks off: no step, hence no click. */
  const recent = new Float32Array(FADE * MIXER_CHANNELS);
  let tail = 0;
  let fadeIn = 0;

  function append(left: number, right: number): void {
    const index = (written & MASK) * MIXER_CHANNELS;
    ring[index] = left;
    ring[index + 1] = right;
    written += 1;
  }

  /** The same for whole samples, of which only the newest are kept. */
  function appendAll(samples: Int16Array): void {
    const kept = samples.subarray(Math.max(0, samples.length - ring.length));
    written += (samples.length - kept.length) / MIXER_CHANNELS;
    const at = (written & MASK) * MIXER_CHANNELS;
    ring.set(kept.subarray(0, ring.length - at), at);
    ring.set(kept.subarray(ring.length - at), 0);
    written += kept.length / MIXER_CHANNELS;
  }

  /** Where to read so that the sound has exactly its delay. */
  function placeFor(playMs: number): number {
    return written - Math.round((delayMs - (playMs - (newestMs ?? playMs))) * SAMPLES_PER_MS);
  }

  function breakOff(): void {
    tail = FADE;
  }

  function playFrom(place: number): void {
    position = place;
    fadeIn = FADE;
    smoothedMs = 0;
    owed = 0;
  }

  /** How many samples more (or fewer) than `count` to use up in this block. */
  function regulate(offsetMs: number, count: number): number {
    const seconds = count / MIXER_SAMPLE_RATE;
    smoothedMs += (offsetMs - smoothedMs) * Math.min(1, seconds / SMOOTHING_SECONDS);
    const beyond = smoothedMs - Math.max(-TOLERANCE_MS, Math.min(TOLERANCE_MS, smoothedMs));
    // A critically damped second-order loop: the proportional part pulls the offset in, the integral one learns the drift.
    const errorSeconds = beyond / 1000;
    drift = clampTo(drift + (errorSeconds * seconds) / PULL_IN_SECONDS ** 2, MOST_STRETCH);
    const ease = isEasing ? EASE : 0;
    hasEased ||= isEasing;
    delayMs = Math.max(options.delayMs, delayMs - ease * seconds * 1000);
    const stretch = clampTo(drift + (errorSeconds * 2) / PULL_IN_SECONDS + ease, MOST_STRETCH);
    owed += stretch * count;
    const whole = Math.round(owed);
    owed -= whole;
    return whole;
  }

  function giveMoreDelay(nowMs: number): void {
    // Taken back too early: what this source needs it for comes seldom, but it comes.
    calmMs = hasEased ? Math.min(MOST_CALM_MS, calmMs * 2) : calmMs;
    hasEased = false;
    delayMs = Math.min(MOST_DELAY_MS, delayMs + MORE_DELAY_MS);
    delayedMs = nowMs;
    isEasing = false;
  }

  /** Decides whether what was given in delay can be taken back, by what was left in store. */
  function judgeSpare(playMs: number): void {
    if (delayMs <= options.delayMs) {
      isEasing = false;
      return;
    }
    spareMs = Math.min(spareMs, (written - position) / SAMPLES_PER_MS);
    if (spareMs < SPARE_MS) {
      isEasing = false;
    }
    if (playMs - spareSinceMs >= SPARE_WINDOW_MS) {
      isEasing = spareMs >= SPARE_MS && playMs - delayedMs >= calmMs;
      spareMs = Infinity;
      spareSinceMs = playMs;
    }
  }

  function copyExactly(out: Float32Array, count: number): void {
    for (let i = 0; i < count; i += 1) {
      const from = ((position + i) & MASK) * MIXER_CHANNELS;
      out[i * 2] = (ring[from] ?? 0) / 32_768;
      out[i * 2 + 1] = (ring[from + 1] ?? 0) / 32_768;
    }
  }

  /** Reads `used` samples as `count`, with cubic (Catmull-Rom) interpolation; begins and ends on whole positions. */
  function resample(out: Float32Array, count: number, used: number): void {
    const step = used / count;
    for (let i = 0; i < count; i += 1) {
      const at = i * step;
      const whole = Math.floor(at);
      const t = at - whole;
      const before = ((position + whole - 1) & MASK) * 2;
      const here = ((position + whole) & MASK) * 2;
      const after = ((position + whole + 1) & MASK) * 2;
      const beyond = ((position + whole + 2) & MASK) * 2;
      out[i * 2] = cubic(ring[before] ?? 0, ring[here] ?? 0, ring[after] ?? 0, ring[beyond] ?? 0, t) / 32_768;
      out[i * 2 + 1] =
        cubic(ring[before + 1] ?? 0, ring[here + 1] ?? 0, ring[after + 1] ?? 0, ring[beyond + 1] ?? 0, t) / 32_768;
    }
  }

  /** Adds the end of what broke off over the first samples of a block. */
  function addTail(out: Float32Array, from: number, count: number): void {
    for (let i = from; i < count && tail > 0; i += 1) {
      const back = (tail - 1) * MIXER_CHANNELS;
      const gain = tail / FADE;
      out[i * 2] = (out[i * 2] ?? 0) + (recent[back] ?? 0) * gain;
      out[i * 2 + 1] = (out[i * 2 + 1] ?? 0) + (recent[back + 1] ?? 0) * gain;
      tail -= 1;
    }
  }

  function applyFadeIn(out: Float32Array, count: number): void {
    for (let i = 0; i < count && fadeIn > 0; i += 1) {
      const gain = 1 - fadeIn / FADE;
      out[i * 2] = (out[i * 2] ?? 0) * gain;
      out[i * 2 + 1] = (out[i * 2 + 1] ?? 0) * gain;
      fadeIn -= 1;
    }
  }

  /** Keeps the last of a block in `recent`, the newest at its end. */
  function remember(out: Float32Array, count: number): void {
    if (tail > 0) {
      return;
    }
    const kept = Math.min(count, FADE);
    recent.copyWithin(0, kept * MIXER_CHANNELS);
    recent.set(
      out.subarray((count - kept) * MIXER_CHANNELS, count * MIXER_CHANNELS),
      (FADE - kept) * MIXER_CHANNELS,
    );
  }

  function begin(playMs: number, count: number): boolean {
    const place = placeFor(playMs);
    if (
      newestMs === undefined ||
      place < heard ||
      place + count + MARGIN > written ||
      written - place > CAPACITY - MARGIN
    ) {
      return false;
    }
    playFrom(place);
    isPlaying = true;
    ranDryMs = undefined;
    return true;
  }

  function runDry(out: Float32Array, count: number, playMs: number): void {
    const left = Math.max(0, Math.min(count, written - position));
    copyExactly(out, left);
    applyFadeIn(out, left);
    out.fill(0, left * MIXER_CHANNELS, count * MIXER_CHANNELS);
    addTail(out, 0, left);
    remember(out, left);
    isPlaying = false;
    heard = written;
    ranDryMs = playMs;
    breakOff();
    addTail(out, left, count);
  }

  return {
    write(bytes, nowMs) {
      const samples = (partialLength + bytes.length) >> 2;
      if (isPlaying && written + samples - position > CAPACITY - MARGIN) {
        // Nobody hears more than a second late: keep the newest, the reader notices that it is far off and fades over.
        isPlaying = false;
        breakOff();
      }
      if (ranDryMs !== undefined && nowMs - ranDryMs < JITTER_GAP_MS) {
        giveMoreDelay(nowMs);
      }
      ranDryMs = undefined;
      let offset = 0;
      while (partialLength > 0 && partialLength < 4 && offset < bytes.length) {
        partial[partialLength] = bytes[offset] ?? 0;
        partialLength += 1;
        offset += 1;
      }
      if (partialLength === 4) {
        append(partial.readInt16LE(0), partial.readInt16LE(2));
        partialLength = 0;
      }
      if (partialLength === 0) {
        const whole = (bytes.length - offset) & ~3;
        appendAll(samplesOf(bytes.subarray(offset, offset + whole)));
        offset += whole;
        for (; offset < bytes.length; offset += 1) {
          partial[partialLength] = bytes[offset] ?? 0;
          partialLength += 1;
        }
      }
      newestMs = nowMs;
    },

    read(out, count, playMs) {
      if (!isPlaying && !begin(playMs, count)) {
        out.fill(0, 0, count * MIXER_CHANNELS);
        const hadTail = tail > 0;
        addTail(out, 0, count);
        return hadTail;
      }
      const offsetMs = playMs - (newestMs ?? playMs) + (written - position) / SAMPLES_PER_MS - delayMs;
      const isFarOff = Math.abs(offsetMs) > FAR_OFF_MS;
      const place = placeFor(playMs);
      if (isFarOff && place >= 0 && place + count + MARGIN <= written) {
        breakOff();
        playFrom(place);
      }
      const used = count + (isFarOff ? 0 : regulate(offsetMs, count));
      if (position + used + MARGIN > written) {
        runDry(out, count, playMs);
        return true;
      }
      if (used === count) {
        copyExactly(out, count);
      } else {
        resample(out, count, used);
      }
      position += used;
      judgeSpare(playMs);
      applyFadeIn(out, count);
      addTail(out, 0, count);
      remember(out, count);
      return true;
    },

    newestMs: () => newestMs,

    restart() {
      if (isPlaying) {
        breakOff();
      }
      isPlaying = false;
      ranDryMs = undefined;
      written = 0;
      position = 0;
      heard = 0;
      partialLength = 0;
      newestMs = undefined;
      delayMs = options.delayMs;
      drift = 0;
      smoothedMs = 0;
      owed = 0;
      delayedMs = -Infinity;
      calmMs = CALM_MS;
      isEasing = false;
      hasEased = false;
      spareMs = Infinity;
    },

    regulation: () => ({ offsetMs: smoothedMs + delayMs - options.delayMs, driftPpm: drift * 1e6, delayMs }),
  };
}

/** s16le as it lies in memory; every system Lectern runs on is little-endian. */
function samplesOf(bytes: Uint8Array): Int16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : Uint8Array.from(bytes);
  return new Int16Array(aligned.buffer, aligned.byteOffset, aligned.length / 2);
}

function cubic(before: number, here: number, after: number, beyond: number, t: number): number {
  const a = 3 * (here - after) + beyond - before;
  const b = 2 * before - 5 * here + 4 * after - beyond;
  return here + 0.5 * t * (after - before + t * (b + t * a));
}

function clampTo(value: number, bound: number): number {
  return Math.max(-bound, Math.min(bound, value));
}

import type { AudioTrackDescription } from '../cmaf/types.ts';

/** Ticks of one frame are these samples at the sample rate (ISO/IEC 14496-3 §4.5.1.1). */
const SAMPLES_PER_FRAME = 1024;
/** GASpecificConfig's first bit, behind 5 bits of object type, 4 of rate and 4 of channels, says 960 samples a frame instead. */
const FRAME_LENGTH_FLAG = 0x04;
const AAC_LC = 'mp4a.40.2';

/** One access unit each with no spectrum at all: a single channel element, and a channel pair element (§4.4.2.1). */
const MONO = Uint8Array.of(0x00, 0xc8, 0x00, 0x80, 0x23, 0x80);
const STEREO = Uint8Array.of(0x21, 0x00, 0x49, 0x90, 0x02, 0x19, 0x00, 0x23, 0x80);

/**
 * A frame of silence for a gap in the sound. Undefined for codecs that have no well-known one.
 *
 * Players exist, all of Chromium among them, that play the frames of a progressive file one behind the other whatever their times say: sound
 * that is only told to wait would be ahead of the picture from there on.
 */
export function silentFrame(
  description: AudioTrackDescription,
): { readonly data: Uint8Array; readonly duration: number } | undefined {
  const { codec, channels, sampleRate, timescale, decoderConfig } = description;
  const duration = (SAMPLES_PER_FRAME * timescale) / sampleRate;
  const isPlain = codec === AAC_LC && ((decoderConfig[1] ?? 0) & FRAME_LENGTH_FLAG) === 0;
  if (!isPlain || !Number.isInteger(duration) || channels > 2) {
    return undefined;
  }
  return { data: channels === 1 ? MONO : STEREO, duration };
}

import { parseAacConfig, samplingFrequencyIndex } from '../codecs/aac.ts';
import { unsupported } from '../malformed.ts';

/** ISO/IEC 14496-3 §1.A.2.2, without CRC. */
const ADTS_HEADER_BYTES = 7;
const MAX_FRAME_BYTES = 8191;
const WHAT = 'AudioSpecificConfig';

/**
 * Gives the header of each AAC frame by the bytes of the frame. Of HE-AAC the header describes the core; decoders find the rest by themselves
 * (§1.6.5.3). Throws `media/unsupported` for what ADTS cannot say.
 */
export function createAdtsHeaders(audioSpecificConfig: Uint8Array): (frameBytes: number) => Uint8Array {
  const { objectType, sampleRate, channelConfiguration, frameLength } = parseAacConfig(audioSpecificConfig);
  const frequency = samplingFrequencyIndex(sampleRate);
  if (frequency === undefined || frameLength !== 1024 || channelConfiguration < 1 || channelConfiguration > 7) {
    throw unsupported(
      WHAT,
      0,
      `cannot be written as ADTS: ${sampleRate} Hz, channel configuration ${channelConfiguration}, frames of ${frameLength}`,
    );
  }
  return (frameBytes) => {
    const length = ADTS_HEADER_BYTES + frameBytes;
    if (length > MAX_FRAME_BYTES) {
      throw unsupported('AAC frame', 0, `of ${frameBytes} bytes is too long for ADTS`);
    }
    return Uint8Array.of(
      0xff,
      0xf1,
      ((objectType - 1) << 6) | (frequency << 2) | (channelConfiguration >> 2),
      ((channelConfiguration & 3) << 6) | (length >> 11),
      (length >> 3) & 0xff,
      // Fullness of the buffer: not said, as for a variable rate.
      ((length & 7) << 5) | 0x1f,
      0xfc,
    );
  };
}

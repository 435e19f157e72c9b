import { malformed } from '../malformed.ts';
import { BitReader } from './bit-reader.ts';

const SAMPLE_RATES: readonly (number | undefined)[] = [48_000, 44_100, 32_000, undefined];
/** Full-range channels of each audio coding mode, ETSI TS 102 366 §4.4.2.3. */
const CHANNELS: readonly number[] = [2, 1, 2, 3, 3, 4, 4, 5];

export type DolbyConfig = { readonly sampleRate: number; readonly channels: number };

/** Reads the payload of `dac3` or `dec3`, ETSI TS 102 366 annex F.4 and F.6: the first independent substream. */
export function parseDolbyConfig(fourCc: 'ac-3' | 'ec-3', record: Uint8Array): DolbyConfig {
  const bits = new BitReader(record, fourCc === 'ac-3' ? 'dac3' : 'dec3');
  if (fourCc === 'ec-3') {
    bits.skip(13 + 3); // data_rate, num_ind_sub
  }
  const sampleRate = SAMPLE_RATES[bits.bits(2)];
  if (sampleRate === undefined) {
    throw malformed(fourCc === 'ac-3' ? 'dac3' : 'dec3', 0, 'has no sample rate');
  }
  // bsid, then bsmod; E-AC-3 has two more bits between them.
  bits.skip(fourCc === 'ac-3' ? 5 + 3 : 5 + 1 + 1 + 3);
  const mode = bits.bits(3);
  const lfe = bits.bits(1);
  return { sampleRate, channels: (CHANNELS[mode] ?? 2) + lfe };
}

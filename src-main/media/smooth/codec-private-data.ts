import type { AudioTrackDescription, VideoTrackDescription } from '../cmaf/types.ts';
import { parseAvcDecoderConfig } from '../codecs/avc.ts';
import { parseHevcParameterSets } from '../codecs/hevc.ts';
import { joinAnnexB } from '../codecs/nal-units.ts';
import { BoxWriter } from '../isobmff/box-writer.ts';
import { userType } from '../isobmff/user-type.ts';

/** How Smooth Streaming names a codec and what it gives decoders, MS-SSTR §2.2.2.5. */
export type SmoothCodec = {
  readonly fourCc: string;
  readonly codecPrivateData: Uint8Array;
  /** wFormatTag of WAVEFORMATEX; sound only. */
  readonly audioTag?: number;
};

/** Parameter sets as a byte stream; those of H.265 in the form that clients took over from H.264. */
export function videoCodec({ fourCc, decoderConfig }: VideoTrackDescription): SmoothCodec {
  switch (fourCc) {
    case 'avc1':
    case 'avc3': {
      const { sps, pps } = parseAvcDecoderConfig(decoderConfig);
      return { fourCc: 'H264', codecPrivateData: joinAnnexB([...sps, ...pps]) };
    }
    case 'hvc1':
    case 'hev1':
      return {
        fourCc: fourCc === 'hvc1' ? 'HVC1' : 'HEV1',
        codecPrivateData: joinAnnexB(parseHevcParameterSets(decoderConfig)),
      };
  }
}

const WAVE_FORMAT_RAW_AAC = 255;
const WAVE_FORMAT_EXTENSIBLE = 0xfffe;
/** Of Windows Media: MEDIASUBTYPE_DOLBY_AC3 and MEDIASUBTYPE_DOLBY_DDPLUS, as they stand in memory. */
const DOLBY = {
  'ac-3': userType('2c806de0-46db-cf11-b4d1-00805f6cbbea'),
  'ec-3': userType('af87fba7-022d-fb42-a4d4-05cd93843bdd'),
} as const;
const SAMPLES_PER_FRAME = 1536;
/** dwChannelMask of WAVEFORMATEXTENSIBLE by the number of channels, as far as there is a usual one. */
const SPEAKERS: ReadonlyMap<number, number> = new Map([
  [1, 0x4],
  [2, 0x3],
  [6, 0x3f],
  [8, 0x63f],
]);

export function audioCodec({ fourCc, codec, channels, decoderConfig }: AudioTrackDescription): SmoothCodec {
  if (fourCc === 'mp4a') {
    const isPlain = !/\.(?:5|29)$/.test(codec);
    return {
      fourCc: isPlain ? 'AACL' : 'AACH',
      codecPrivateData: decoderConfig,
      audioTag: WAVE_FORMAT_RAW_AAC,
    };
  }
  // What stands behind WAVEFORMATEX in WAVEFORMATEXTENSIBLE, whose numbers begin with their lowest byte, and then the `dac3` or `dec3`.
  const writer = new BoxWriter(22 + decoderConfig.length);
  writer.bytes(littleEndian(SAMPLES_PER_FRAME, 2));
  writer.bytes(littleEndian(SPEAKERS.get(channels) ?? 0, 4));
  writer.bytes(DOLBY[fourCc]);
  writer.bytes(decoderConfig);
  return {
    fourCc: fourCc.toUpperCase(),
    codecPrivateData: writer.finish(),
    audioTag: WAVE_FORMAT_EXTENSIBLE,
  };
}

function littleEndian(value: number, bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (value >>> (8 * index)) & 0xff);
}

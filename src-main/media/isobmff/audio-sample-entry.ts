import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { type BitRate, parseBtrt, writeBtrt } from './btrt.ts';
import { type ElementaryStream, parseEsds, writeEsds } from './esds.ts';

const MAX_U16 = 0xffff;

/** The box with the AC-3 or Enhanced AC-3 configuration, ETSI TS 102 366 annex F. */
const DOLBY_BOX = { 'ac-3': 'dac3', 'ec-3': 'dec3' } as const;

export type AudioFourCc = 'mp4a' | keyof typeof DOLBY_BOX;

type Common = {
  readonly channels: number;
  /** 0 when the 16 bits of the field cannot hold it; the decoder configuration has the truth. */
  readonly sampleRate: number;
  readonly bitrate: BitRate | undefined;
};

/** Audio Sample Entry, ISO/IEC 14496-12 §12.2.3. */
export type AudioSampleEntry =
  | (Common & { readonly fourCc: 'mp4a'; readonly stream: ElementaryStream })
  | (Common & {
      readonly fourCc: 'ac-3' | 'ec-3';
      /** `dac3` or `dec3` without the box header. */
      readonly decoderConfig: Uint8Array;
    });

export function isAudioFourCc(fourCc: string): fourCc is AudioFourCc {
  return fourCc === 'mp4a' || Object.hasOwn(DOLBY_BOX, fourCc);
}

export function writeAudioSampleEntry(writer: BoxWriter, entry: AudioSampleEntry): void {
  writer.box(entry.fourCc, (body) => {
    body.zeros(6);
    body.u16(1); // data_reference_index
    body.zeros(8);
    body.u16(entry.channels);
    body.u16(16); // samplesize
    body.zeros(4);
    body.fixed16_16(entry.sampleRate > MAX_U16 ? 0 : entry.sampleRate);
    if (entry.fourCc === 'mp4a') {
      writeEsds(body, entry.stream);
    } else {
      body.box(DOLBY_BOX[entry.fourCc], () => body.bytes(entry.decoderConfig));
    }
    if (entry.bitrate !== undefined) {
      writeBtrt(body, entry.bitrate);
    }
  });
}

export function parseAudioSampleEntry(box: BoxReader, fourCc: AudioFourCc): AudioSampleEntry {
  box.skip(6 + 2);
  const version = box.u16();
  if (version !== 0) {
    // QuickTime's versions 1 and 2 put more fields here; no fragmented file has them.
    throw box.unsupported(`is a sound description of version ${version}`);
  }
  box.skip(6);
  const channels = box.u16();
  box.skip(2 + 4);
  const sampleRate = Math.floor(box.fixed16_16());
  const btrt = box.find('btrt');
  const common = { channels, sampleRate, bitrate: btrt === undefined ? undefined : parseBtrt(btrt) };
  if (fourCc === 'mp4a') {
    return { ...common, fourCc, stream: parseEsds(box.require('esds')) };
  }
  return { ...common, fourCc, decoderConfig: box.require(DOLBY_BOX[fourCc]).rest() };
}

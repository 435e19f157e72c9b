import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { type BitRate, parseBtrt, writeBtrt } from './btrt.ts';
import { type Colour, parseColr, writeColr } from './colr.ts';
import { type PixelAspectRatio, parsePasp, writePasp } from './pasp.ts';

const RESOLUTION_72_DPI = 72;

/** The name of the decoder configuration box of each kind of entry, ISO/IEC 14496-15 §5.4.2 and §8.4.1. */
const CONFIG_BOX = { avc1: 'avcC', avc3: 'avcC', hvc1: 'hvcC', hev1: 'hvcC' } as const;

export type VisualFourCc = keyof typeof CONFIG_BOX;

/** Visual Sample Entry, ISO/IEC 14496-12 §12.1.3. */
export type VisualSampleEntry = {
  readonly fourCc: VisualFourCc;
  readonly width: number;
  readonly height: number;
  /** `avcC` or `hvcC` without the box header. */
  readonly decoderConfig: Uint8Array;
  readonly pixelAspectRatio: PixelAspectRatio | undefined;
  readonly colour: Colour | undefined;
  readonly bitrate: BitRate | undefined;
};

export function isVisualFourCc(fourCc: string): fourCc is VisualFourCc {
  return Object.hasOwn(CONFIG_BOX, fourCc);
}

export function writeVisualSampleEntry(writer: BoxWriter, entry: VisualSampleEntry): void {
  writer.box(entry.fourCc, (body) => {
    body.zeros(6);
    body.u16(1); // data_reference_index
    body.zeros(16);
    body.u16(entry.width);
    body.u16(entry.height);
    body.fixed16_16(RESOLUTION_72_DPI);
    body.fixed16_16(RESOLUTION_72_DPI);
    body.zeros(4);
    body.u16(1); // frame_count
    body.zeros(32); // compressorname
    body.u16(0x18); // depth: colour without alpha
    body.i16(-1); // pre_defined
    body.box(CONFIG_BOX[entry.fourCc], () => body.bytes(entry.decoderConfig));
    if (entry.pixelAspectRatio !== undefined) {
      writePasp(body, entry.pixelAspectRatio);
    }
    if (entry.colour !== undefined) {
      writeColr(body, entry.colour);
    }
    if (entry.bitrate !== undefined) {
      writeBtrt(body, entry.bitrate);
    }
  });
}

export function parseVisualSampleEntry(box: BoxReader, fourCc: VisualFourCc): VisualSampleEntry {
  box.skip(6 + 2 + 16);
  const width = box.u16();
  const height = box.u16();
  box.skip(4 + 4 + 4 + 2 + 32 + 2 + 2);
  const decoderConfig = box.require(CONFIG_BOX[fourCc]).rest();
  const pasp = box.find('pasp');
  const colr = box.find('colr');
  const btrt = box.find('btrt');
  return {
    fourCc,
    width,
    height,
    decoderConfig,
    pixelAspectRatio: pasp === undefined ? undefined : parsePasp(pasp),
    colour: colr === undefined ? undefined : parseColr(colr),
    bitrate: btrt === undefined ? undefined : parseBtrt(btrt),
  };
}

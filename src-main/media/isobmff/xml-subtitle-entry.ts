import type { BoxWriter } from './box-writer.ts';
import { type BitRate, writeBtrt } from './btrt.ts';

/** XML Subtitle Sample Entry, ISO/IEC 14496-12 §12.6.3.2; each sample is a whole document. */
export type XmlSubtitleEntry = {
  /** Namespaces of the documents, with spaces between. */
  readonly namespace: string;
  /** What the documents are, with parameters (MIME Box, §8.5.2.2): the codec string of a manifest is made of it. */
  readonly contentType: string;
  readonly bitrate: BitRate;
};

export function writeXmlSubtitleEntry(writer: BoxWriter, entry: XmlSubtitleEntry): void {
  writer.box('stpp', (body) => {
    body.zeros(6);
    body.u16(1); // data_reference_index
    body.text(entry.namespace);
    body.text(''); // schema_location
    body.text(''); // auxiliary_mime_types
    writeBtrt(body, entry.bitrate);
    body.fullBox('mime', 0, 0, () => body.text(entry.contentType));
  });
}

import type { BoxReader } from './box-reader.ts';
import type { BoxWriter } from './box-writer.ts';
import { hasUserType, userType } from './user-type.ts';

const USER_TYPE = userType('a5d40b30-e814-11dd-ba2f-0800200c9a66');

/** Live Server Manifest: the SMIL document with which a Smooth Streaming encoder says what it is going to send, between `ftyp` and `moov`. */
export function writeLiveServerManifest(writer: BoxWriter, smil: string): void {
  writer.box('uuid', (body) => {
    body.bytes(USER_TYPE);
    body.u32(0); // version and flags
    body.bytes(new TextEncoder().encode(smil));
  });
}

/** Reads a `uuid` box; undefined when it is some other one. Encoders of Microsoft's write UTF-16, and some end the text with a zero. */
export function parseLiveServerManifest(box: BoxReader): string | undefined {
  if (!hasUserType(box, USER_TYPE)) {
    return undefined;
  }
  box.fullBox(0);
  const bytes = box.rest();
  return new TextDecoder(encodingOf(bytes)).decode(bytes).replace(/\0+$/, '');
}

/** XML 1.0 appendix F: by the byte order mark, or by the zero beside the first `<`. */
function encodingOf([first, second]: Uint8Array): string {
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) {
    return 'utf-16le';
  }
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) {
    return 'utf-16be';
  }
  return 'utf-8';
}

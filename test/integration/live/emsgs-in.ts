import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { type EventMessage, parseEmsg } from '../../../src-main/media/isobmff/emsg.ts';

/** The event messages at the beginning of a segment. */
export function emsgsIn(segment: Buffer): readonly EventMessage[] {
  const messages: EventMessage[] = [];
  for (let at = 0; segment.toString('latin1', at + 4, at + 8) === 'emsg'; ) {
    const size = segment.readUInt32BE(at);
    messages.push(parseEmsg(readBoxes(Uint8Array.from(segment.subarray(at, at + size))).require('emsg')));
    at += size;
  }
  return messages;
}

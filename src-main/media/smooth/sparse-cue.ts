import { BoxWriter } from '../isobmff/box-writer.ts';
import { malformed, unsupported } from '../malformed.ts';

const VERSION = 1;
const FIXED_BYTES = 12;

/**
 * One message of a sparse track: what the `mdat` of its fragment has (Azure Media Services, "Signaling Timed Metadata in Live Streaming" of
 * 2019-07-01, §2.2.4). The fragment's time is when it was sent, its duration that of the event.
 */
export type SparseCue = {
  /** 32 bits; the same for the same message said again. */
  readonly id: number;
  /** From the time of the fragment to when the event begins, in ticks of the parent track: 32 bits. */
  readonly presentationTimeDelta: number;
  /** For SCTE-35 the splice_info_section, at least one byte. */
  readonly message: Uint8Array;
};

export function writeSparseCue({ id, presentationTimeDelta, message }: SparseCue): Uint8Array {
  const writer = new BoxWriter(FIXED_BYTES + message.length);
  writer.u32(VERSION);
  writer.u32(id);
  writer.u32(presentationTimeDelta);
  writer.bytes(message);
  return writer.finish();
}

/** The message is a copy. Throws `media/malformed`, and `media/unsupported` for a version that is not known. */
export function parseSparseCue(bytes: Uint8Array): SparseCue {
  if (bytes.length <= FIXED_BYTES) {
    throw malformed(
      'sparse cue',
      0,
      `has ${bytes.length} bytes; a message begins behind the first ${FIXED_BYTES}`,
    );
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const version = view.getUint32(0);
  if (version !== VERSION) {
    throw unsupported('sparse cue', 0, `has version ${version}; only ${VERSION} is known`);
  }
  return { id: view.getUint32(4), presentationTimeDelta: view.getUint32(8), message: bytes.slice(FIXED_BYTES) };
}

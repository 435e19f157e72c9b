/**
 * The few messages of the X11 protocol that are needed to list screens and windows, little-endian. Numbers and layouts as in "X Window
 * System Protocol", version 11, and "The X Resize, Rotate and Reflect Extension", version 1.5.
 */

const CONNECTION_SETUP_HEADER = 12;

export function setupRequest(
  credential: { readonly name: string; readonly data: Uint8Array } | undefined,
): Uint8Array {
  const name = new TextEncoder().encode(credential?.name ?? '');
  const data = credential?.data ?? new Uint8Array();
  const message = new Uint8Array(CONNECTION_SETUP_HEADER + padded(name.length) + padded(data.length));
  const view = new DataView(message.buffer);
  // Byte order: least significant first.
  view.setUint8(0, 0x6c);
  view.setUint16(2, 11, true);
  view.setUint16(6, name.length, true);
  view.setUint16(8, data.length, true);
  message.set(name, CONNECTION_SETUP_HEADER);
  message.set(data, CONNECTION_SETUP_HEADER + padded(name.length));
  return message;
}

/** How long the answer to the setup request is; undefined while that is not there yet. */
export function setupReplyLength(bytes: Uint8Array): number | undefined {
  return bytes.length < 8 ? undefined : 8 + 4 * viewOf(bytes).getUint16(6, true);
}

export type SetupReply =
  | { readonly kind: 'refused'; readonly reason: string }
  /** Root windows with the size of their screens, in order. */
  | { readonly kind: 'accepted'; readonly roots: readonly RootWindow[] };
export type RootWindow = { readonly window: number; readonly width: number; readonly height: number };

/** Reads a complete answer. Throws RangeError when it is shorter than it says it is. */
export function parseSetupReply(bytes: Uint8Array): SetupReply {
  const view = viewOf(bytes);
  if (view.getUint8(0) !== 1) {
    const length = Math.min(view.getUint8(1), bytes.length - 8);
    return { kind: 'refused', reason: latin1(bytes.subarray(8, 8 + length)).trim() };
  }
  const screenCount = view.getUint8(28);
  let at = 40 + padded(view.getUint16(24, true)) + 8 * view.getUint8(29);
  const roots: RootWindow[] = [];
  for (let screen = 0; screen < screenCount; screen += 1) {
    roots.push({
      window: view.getUint32(at, true),
      width: view.getUint16(at + 20, true),
      height: view.getUint16(at + 22, true),
    });
    let depths = view.getUint8(at + 39);
    for (at += 40; depths > 0; depths -= 1) {
      at += 8 + 24 * view.getUint16(at + 2, true);
    }
  }
  return { kind: 'accepted', roots };
}

/** A request, and what its answer means. `undefined` as the answer: the server said that there is no such thing. */
export type XRequest<T> = {
  readonly bytes: Uint8Array;
  readonly parse: (reply: Uint8Array) => T;
};

export function queryExtension(name: string): XRequest<number | undefined> {
  const text = new TextEncoder().encode(name);
  const bytes = request(98, 0, 8 + padded(text.length));
  viewOf(bytes).setUint16(4, text.length, true);
  bytes.set(text, 8);
  return { bytes, parse: (reply) => (reply[8] === 1 ? reply[9] : undefined) };
}

export function internAtom(name: string): XRequest<number> {
  const text = new TextEncoder().encode(name);
  // Only if it exists: what no program has ever named no window has.
  const bytes = request(16, 1, 8 + padded(text.length));
  viewOf(bytes).setUint16(4, text.length, true);
  bytes.set(text, 8);
  return { bytes, parse: (reply) => viewOf(reply).getUint32(8, true) };
}

export function getAtomName(atom: number): XRequest<string> {
  return {
    bytes: requestFor(17, atom),
    parse: (reply) => latin1(reply.subarray(32, 32 + viewOf(reply).getUint16(8, true))),
  };
}

/** The value of a property, whatever its type; empty when the window has no such property. At most 4 kB. */
export function getProperty(window: number, property: number): XRequest<Uint8Array> {
  const bytes = request(20, 0, 24);
  const view = viewOf(bytes);
  view.setUint32(4, window, true);
  view.setUint32(8, property, true);
  view.setUint32(20, 1024, true);
  return {
    bytes,
    parse(reply) {
      const bytesPerItem = (reply[1] ?? 0) / 8;
      return reply.subarray(32, 32 + viewOf(reply).getUint32(16, true) * bytesPerItem);
    },
  };
}

export function getGeometry(window: number): XRequest<{ readonly width: number; readonly height: number }> {
  return {
    bytes: requestFor(14, window),
    parse: (reply) => ({ width: viewOf(reply).getUint16(16, true), height: viewOf(reply).getUint16(18, true) }),
  };
}

/** Whether a window and all around it is mapped: only then has it a picture. */
export function isViewable(window: number): XRequest<boolean> {
  return { bytes: requestFor(3, window), parse: (reply) => reply[26] === 2 };
}

export function childrenOf(window: number): XRequest<readonly number[]> {
  return {
    bytes: requestFor(15, window),
    parse: (reply) => windowsIn(reply.subarray(32, 32 + 4 * viewOf(reply).getUint16(16, true))),
  };
}

/** A list of window ids, as in `_NET_CLIENT_LIST`. */
export function windowsIn(value: Uint8Array): readonly number[] {
  const view = viewOf(value);
  return Array.from({ length: Math.floor(value.length / 4) }, (_, index) => view.getUint32(4 * index, true));
}

export type XMonitor = {
  readonly nameAtom: number;
  readonly isPrimary: boolean;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
};

/** Tells the server which version of RandR we know: `getMonitors` came with 1.5. */
export function queryRandrVersion(opcode: number): XRequest<{ readonly major: number; readonly minor: number }> {
  const bytes = request(opcode, 0, 12);
  const view = viewOf(bytes);
  view.setUint32(4, 1, true);
  view.setUint32(8, 5, true);
  return {
    bytes,
    parse: (reply) => ({ major: viewOf(reply).getUint32(8, true), minor: viewOf(reply).getUint32(12, true) }),
  };
}

export function getMonitors(opcode: number, root: number): XRequest<readonly XMonitor[]> {
  const bytes = request(opcode, 42, 12);
  viewOf(bytes).setUint32(4, root, true);
  // Only those that are switched on.
  bytes[8] = 1;
  return {
    bytes,
    parse(reply) {
      const view = viewOf(reply);
      const monitors: XMonitor[] = [];
      for (let at = 32, left = view.getUint32(12, true); left > 0; left -= 1) {
        monitors.push({
          nameAtom: view.getUint32(at, true),
          isPrimary: view.getUint8(at + 4) === 1,
          x: view.getInt16(at + 8, true),
          y: view.getInt16(at + 10, true),
          width: view.getUint16(at + 12, true),
          height: view.getUint16(at + 14, true),
        });
        at += 24 + 4 * view.getUint16(at + 6, true);
      }
      return monitors;
    },
  };
}

const REPLY = 1;
const GENERIC_EVENT = 35;
const FIXED_LENGTH = 32;

/** How long the message at the start is; undefined while that is not known yet. Errors and most events have 32 bytes. */
export function messageLength(bytes: Uint8Array): number | undefined {
  if (bytes.length < FIXED_LENGTH) {
    return undefined;
  }
  const view = viewOf(bytes);
  const kind = view.getUint8(0) & 0x7f;
  return FIXED_LENGTH + (kind === REPLY || kind === GENERIC_EVENT ? 4 * view.getUint32(4, true) : 0);
}

/** Whether a complete message answers a request (or is the error that stands for the answer), and which: the low 16 bits of its number. */
export function answeredRequest(
  message: Uint8Array,
): { readonly sequence: number; readonly isError: boolean } | undefined {
  const kind = message[0];
  return kind === 0 || kind === REPLY
    ? { sequence: viewOf(message).getUint16(2, true), isError: kind === 0 }
    : undefined;
}

function request(opcode: number, detail: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  const view = viewOf(bytes);
  view.setUint8(0, opcode);
  view.setUint8(1, detail);
  view.setUint16(2, length / 4, true);
  return bytes;
}

/** A request that only names a window or an atom. */
function requestFor(opcode: number, id: number): Uint8Array {
  const bytes = request(opcode, 0, 8);
  viewOf(bytes).setUint32(4, id, true);
  return bytes;
}

function padded(length: number): number {
  return Math.ceil(length / 4) * 4;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function latin1(bytes: Uint8Array): string {
  return new TextDecoder('latin1').decode(bytes);
}

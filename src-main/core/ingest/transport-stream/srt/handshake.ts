import { viewOf, words } from './packet.ts';

/** Handshake, draft-sharabayko-srt-01 §3.2.1. */
export type Handshake = {
  readonly version: number;
  /** Key length in 8 bytes; 0 when not said. */
  readonly encryption: number;
  readonly extensionField: number;
  /** The first sequence number. */
  readonly sequence: number;
  readonly mtu: number;
  readonly window: number;
  readonly type: number;
  readonly socketId: number;
  readonly cookie: number;
  /** 16 bytes. */
  readonly peerAddress: Uint8Array;
  readonly extensions: readonly HandshakeExtension[];
};

export type HandshakeExtension = { readonly type: number; readonly content: Uint8Array };

export const HANDSHAKE = { induction: 1, conclusion: 0xffff_ffff } as const;

export const EXTENSION = {
  request: 1,
  response: 2,
  keyRequest: 3,
  keyResponse: 4,
  streamId: 5,
  congestion: 6,
  filter: 7,
  group: 8,
} as const;

/** Which extensions follow. */
export const EXTENSION_FLAG = { request: 1, key: 2 } as const;

/** What a listener says in the extension field of the induction, so that the caller speaks version 5. */
export const MAGIC = 0x4a17;

/** Flags of the handshake extension, §3.2.1.1.1. */
export const PEER_FLAG = { message: 0x3f, stream: 0x40 } as const;

/**
 * Why a call is not taken: the handshake type is 1000 and more (§3.2.1, table 7, and libsrt's access control for those from 1000 on). The
 * caller shows it to its user.
 */
export const REJECTION = {
  resource: 3,
  version: 8,
  badSecret: 10,
  unsecure: 11,
  messageApi: 12,
  congestion: 13,
  filter: 14,
  group: 15,
  badRequest: 1400,
  unauthorized: 1401,
  forbidden: 1403,
  badMode: 1405,
} as const;
export type Rejection = (typeof REJECTION)[keyof typeof REJECTION];

const REJECTION_BASE = 1000;
const FIXED_BYTES = 48;
/** libsrt takes 512 characters. */
const MAX_STREAM_ID_BYTES = 512;

export function rejectionType(reason: Rejection): number {
  return REJECTION_BASE + reason;
}

/** Undefined for what is no handshake. */
export function parseHandshake(body: Uint8Array): Handshake | undefined {
  if (body.length < FIXED_BYTES) {
    return undefined;
  }
  const view = viewOf(body);
  const extensions: HandshakeExtension[] = [];
  for (let at = FIXED_BYTES; at + 4 <= body.length; ) {
    const end = at + 4 + 4 * view.getUint16(at + 2);
    if (end > body.length) {
      return undefined;
    }
    extensions.push({ type: view.getUint16(at), content: body.subarray(at + 4, end) });
    at = end;
  }
  return {
    version: view.getUint32(0),
    encryption: view.getUint16(4),
    extensionField: view.getUint16(6),
    sequence: view.getUint32(8) & 0x7fff_ffff,
    mtu: view.getUint32(12),
    window: view.getUint32(16),
    type: view.getUint32(20),
    socketId: view.getUint32(24),
    cookie: view.getUint32(28),
    peerAddress: body.subarray(32, FIXED_BYTES),
    extensions,
  };
}

export function writeHandshake(handshake: Handshake): Uint8Array {
  const { extensions } = handshake;
  const size = extensions.reduce((sum, { content }) => sum + 4 + content.length, FIXED_BYTES);
  const bytes = new Uint8Array(size);
  const { version, sequence, mtu, window, type, socketId, cookie } = handshake;
  const field = handshake.encryption * 0x1_0000 + handshake.extensionField;
  bytes.set(words(version, field, sequence, mtu, window, type, socketId, cookie));
  bytes.set(handshake.peerAddress, 32);
  let at = FIXED_BYTES;
  for (const extension of extensions) {
    bytes.set(words(extension.type * 0x1_0000 + extension.content.length / 4), at);
    bytes.set(extension.content, at + 4);
    at += 4 + extension.content.length;
  }
  return bytes;
}

/** The stream id: each four bytes of it stand the other way round (§3.2.1.3). Undefined when it is not text. */
export function readStreamId({ extensions }: Handshake): string | undefined {
  const content = extensions.find(({ type }) => type === EXTENSION.streamId)?.content;
  if (content === undefined || content.length > MAX_STREAM_ID_BYTES) {
    return content === undefined ? '' : undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(swapped(content)).replace(/\0+$/, '');
  } catch {
    return undefined;
  }
}

/** Every four bytes the other way round. */
export function swapped(content: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(content.length / 4) * 4);
  for (let at = 0; at < bytes.length; at += 1) {
    bytes[at] = content[(at & ~3) + 3 - (at & 3)] ?? 0;
  }
  return bytes;
}

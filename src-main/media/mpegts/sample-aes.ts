import { gather, scatter } from '../cenc/byte-runs.ts';
import { CIPHER_BLOCK, type SampleCiphers } from '../cenc/sample-protection.ts';
import { AVC_NAL, avcNalType } from '../codecs/avc.ts';
import { addEmulationPrevention } from '../codecs/emulation-prevention.ts';

/**
 * SAMPLE-AES in transport streams, by Apple's "MPEG-2 Stream Encryption Format for HTTP Live Streaming": AES-128-CBC of some blocks of slices and
 * of the frames of sound. The chain begins anew with each of them.
 */
export type StreamEncryption = {
  readonly ciphers: Pick<SampleCiphers, 'cbc'>;
  /** 16 bytes, the same for all. */
  readonly iv: Uint8Array;
};

/** Of a NAL unit: its header and 31 bytes more, which hold what decoders are told of the slice. */
const NAL_LEADER = 32;
/** A NAL unit that is no longer than this is not encrypted, nor written otherwise. */
const CLEAR_NAL = 48;
/** An encrypted block and the nine clear ones behind it. */
const NAL_STEP = 10 * CIPHER_BLOCK;
/** Of a frame of sound, behind its ADTS header. */
const FRAME_LEADER = 16;

/**
 * A slice of H.264 with one block of ten encrypted; other NAL units as they are. Emulation prevention is applied to what comes of it, over the
 * one that the slice has already: a player takes it out before it decrypts.
 */
export function encryptNal(nal: Uint8Array, { ciphers, iv }: StreamEncryption): Uint8Array {
  const type = avcNalType(nal);
  if ((type !== AVC_NAL.slice && type !== AVC_NAL.idr) || nal.length <= CLEAR_NAL) {
    return nal;
  }
  const encrypted = nal.slice();
  const blocks: Uint8Array[] = [];
  // The last byte always stays clear: it must not be 0.
  for (let at = NAL_LEADER; at + CIPHER_BLOCK < nal.length; at += NAL_STEP) {
    blocks.push(encrypted.subarray(at, at + CIPHER_BLOCK));
  }
  scatter(ciphers.cbc(iv, gather(blocks)), blocks);
  return addEmulationPrevention(encrypted);
}

/** A frame of AAC without its header: all whole blocks behind the first 16 bytes. */
export function encryptFrame(frame: Uint8Array, { ciphers, iv }: StreamEncryption): Uint8Array {
  const end = frame.length - (frame.length % CIPHER_BLOCK);
  if (end <= FRAME_LEADER) {
    return frame;
  }
  const encrypted = frame.slice();
  encrypted.set(ciphers.cbc(iv, frame.subarray(FRAME_LEADER, end)), FRAME_LEADER);
  return encrypted;
}

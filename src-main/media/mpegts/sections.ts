import { createContinuity } from './continuity.ts';
import { crc32Mpeg2 } from './crc32-mpeg2.ts';
import type { TsPacket } from './ts-packet.ts';

/** Of private sections; those of the tables have a quarter of it (ISO/IEC 13818-1 §2.4.4). */
const MAX_SECTION_BYTES = 4096;
const STUFFING = 0xff;

export type SectionReader = {
  /** The sections that a packet of the PID completes, each a copy, its CRC_32 right. What was damaged on the way is left out. */
  readonly push: (packet: TsPacket) => readonly Uint8Array[];
};

/** Puts together the sections of one PID. Keeps one at most. */
export function createSectionReader(): SectionReader {
  const continuityOf = createContinuity();
  const buffer = new Uint8Array(MAX_SECTION_BYTES);
  /** Undefined: none is under way. */
  let filled: number | undefined;

  /** Adds bytes of the section under way, and those behind it while they are sections; they may not begin a new one unless `mayBegin`. */
  function take(bytes: Uint8Array, mayBegin: boolean, found: Uint8Array[]): void {
    let at = 0;
    while (at < bytes.length) {
      if (filled === undefined) {
        if (!mayBegin || bytes[at] === STUFFING) {
          return;
        }
        filled = 0;
      }
      const needed = filled < 3 ? 3 : 3 + lengthOf(buffer);
      if (needed > MAX_SECTION_BYTES) {
        filled = undefined;
        return;
      }
      const taken = Math.min(needed - filled, bytes.length - at);
      buffer.set(bytes.subarray(at, at + taken), filled);
      filled += taken;
      at += taken;
      if (filled >= 3 && filled === 3 + lengthOf(buffer)) {
        const section = buffer.slice(0, filled);
        filled = undefined;
        if (crc32Mpeg2(section) === 0) {
          found.push(section);
        }
      }
    }
  }

  return {
    push(packet) {
      const { payload, unitStart } = packet;
      if (payload === undefined) {
        return [];
      }
      const continuity = continuityOf(packet);
      if (continuity === 'repeated') {
        return [];
      }
      if (continuity === 'lost') {
        filled = undefined;
      }
      const found: Uint8Array[] = [];
      if (!unitStart) {
        take(payload, false, found);
        return found;
      }
      const start = 1 + (payload[0] ?? 0);
      if (filled !== undefined) {
        take(payload.subarray(1, start), false, found);
      }
      filled = undefined;
      take(payload.subarray(start), true, found);
      return found;
    },
  };
}

function lengthOf(section: Uint8Array): number {
  return (((section[1] ?? 0) & 0x0f) << 8) | (section[2] ?? 0);
}

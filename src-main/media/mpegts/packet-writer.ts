import { assert } from '../../base/assert.ts';

const PACKET_BYTES = 188;
const HEADER_BYTES = 4;
const PAYLOAD_BYTES = PACKET_BYTES - HEADER_BYTES;
const SYNC_BYTE = 0x47;
const STUFFING = 0xff;
const COUNTERS = 16;

/** adaptation_field flags, ISO/IEC 13818-1 §2.4.3.4. */
const FLAG = { discontinuity: 0x80, randomAccess: 0x40, clock: 0x10 } as const;
const CLOCK_BYTES = 6;

/** A PES packet on its way out. */
export type PesUnit = {
  readonly pid: number;
  /** Header and data, in a row. At least `COUNTERS` bytes together, as every header with a time is. */
  readonly pieces: readonly Uint8Array[];
  readonly size: number;
  /** PCR at its first byte in ticks of 90 kHz, 33 bits. */
  readonly clock: number | undefined;
  readonly randomAccess: boolean;
};

/**
 * Writes tables and then PES packets, the units in their order, as transport stream packets (§2.4.3.2).
 *
 * Any segment can be made alone, and still the counters go on over all segments of a rendition: they begin at 0 and every PID of PES packets
 * has a multiple of 16 packets, the last unit of each being spread over as many as are missing, at most 15. ffmpeg takes the packet before a
 * counter that does not go on for a damaged one and says so; to mark a discontinuity instead would be to say that the clock begins anew, at
 * which VLC drops what it has. Tables are one packet each, whose counter is 0 in every segment: they say `discontinuity_indicator`, which for
 * a PID without clock is about its counter alone (§2.4.3.5).
 */
export function writePackets(
  tables: readonly { readonly pid: number; readonly section: Uint8Array }[],
  units: readonly PesUnit[],
): Uint8Array {
  const counts = units.map(naturalCount);
  for (const [index, missing] of missingPackets(units, counts)) {
    counts[index] = (counts[index] ?? 0) + missing;
  }
  const total = tables.length + counts.reduce((sum, count) => sum + count, 0);
  const bytes = new Uint8Array(total * PACKET_BYTES);
  let at = 0;
  for (const { pid, section } of tables) {
    writeTable(bytes.subarray(at, at + PACKET_BYTES), pid, section);
    at += PACKET_BYTES;
  }
  const counters = new Map<number, number>();
  for (const [index, unit] of units.entries()) {
    const count = counts[index] ?? 0;
    const counter = counters.get(unit.pid) ?? 0;
    writeUnit(bytes, at, unit, { count, counter });
    counters.set(unit.pid, (counter + count) % COUNTERS);
    at += count * PACKET_BYTES;
  }
  return bytes;
}

function adaptationBytes({ clock, randomAccess }: Pick<PesUnit, 'clock' | 'randomAccess'>): number {
  return clock !== undefined ? 2 + CLOCK_BYTES : randomAccess ? 2 : 0;
}

function naturalCount(unit: PesUnit): number {
  return Math.ceil((unit.size + adaptationBytes(unit)) / PAYLOAD_BYTES);
}

/** By the index of the last unit of each PID. */
function missingPackets(units: readonly PesUnit[], counts: readonly number[]): ReadonlyMap<number, number> {
  const sums = new Map<number, { readonly last: number; readonly packets: number }>();
  for (const [index, { pid }] of units.entries()) {
    sums.set(pid, { last: index, packets: (sums.get(pid)?.packets ?? 0) + (counts[index] ?? 0) });
  }
  return new Map(
    [...sums.values()].map(({ last, packets }) => [last, (COUNTERS - (packets % COUNTERS)) % COUNTERS]),
  );
}

function writeTable(packet: Uint8Array, pid: number, section: Uint8Array): void {
  const start = HEADER_BYTES + 2;
  assert(start + 1 + section.length <= PACKET_BYTES, 'a table fits into one packet');
  packet.fill(STUFFING, start);
  packet.set([SYNC_BYTE, 0x40 | (pid >> 8), pid & 0xff, 0x30, 1, FLAG.discontinuity, 0]);
  packet.set(section, start + 1);
}

function writeUnit(
  bytes: Uint8Array,
  start: number,
  unit: PesUnit,
  { count, counter }: { readonly count: number; readonly counter: number },
): void {
  assert(unit.size >= count, 'every packet of a unit has a byte of it');
  const { pid } = unit;
  const end = start + count * PACKET_BYTES;
  // All of it at the end of where it goes, and from there forward packet by packet: what is moved within one buffer needs no view of its own, of
  // which there would be thousands in a segment. It never overtakes itself, for what is left always lies behind the room for it.
  let from = end - unit.size;
  placePieces(bytes, from, unit.pieces);
  for (let index = 0; index < count; index += 1) {
    const at = start + index * PACKET_BYTES;
    const fields = index === 0 ? adaptationBytes(unit) : 0;
    // As much as there is room for, and at least a byte for each packet that follows.
    const taken = Math.min(PAYLOAD_BYTES - fields, end - from - (count - 1 - index));
    const adaptation = PAYLOAD_BYTES - taken;
    bytes.copyWithin(at + PACKET_BYTES - taken, from, from + taken);
    from += taken;
    bytes[at] = SYNC_BYTE;
    bytes[at + 1] = (index === 0 ? 0x40 : 0) | (pid >> 8);
    bytes[at + 2] = pid & 0xff;
    bytes[at + 3] = (adaptation > 0 ? 0x30 : 0x10) | ((counter + index) % COUNTERS);
    if (adaptation > 0) {
      writeAdaptation(bytes, at + HEADER_BYTES, adaptation, fields === 0 ? undefined : unit);
    }
  }
}

function placePieces(bytes: Uint8Array, start: number, pieces: readonly Uint8Array[]): void {
  let at = start;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
}

/** `length` with the byte that says it; the fields of a unit first, then stuffing. */
function writeAdaptation(bytes: Uint8Array, at: number, length: number, unit: PesUnit | undefined): void {
  bytes[at] = length - 1;
  if (length === 1) {
    return;
  }
  bytes.fill(STUFFING, at + 2, at + length);
  const { clock, randomAccess = false } = unit ?? {};
  bytes[at + 1] = (randomAccess ? FLAG.randomAccess : 0) | (clock === undefined ? 0 : FLAG.clock);
  if (clock !== undefined) {
    // 33 bits of base, six reserved ones, and an extension of 27 MHz that is 0.
    const base = clock * 2 ** 15;
    for (let index = 0; index < CLOCK_BYTES; index += 1) {
      bytes[at + 2 + index] = Math.floor(base / 2 ** (40 - 8 * index)) % 256;
    }
    bytes[at + 6] = (bytes[at + 6] ?? 0) | 0x7e;
  }
}

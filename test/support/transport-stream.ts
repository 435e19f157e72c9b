import { crc32Mpeg2 } from '../../src-main/media/mpegts/crc32-mpeg2.ts';

const PACKET_BYTES = 188;

export type PlannedStream = {
  readonly type: number;
  readonly pid: number;
  /** Descriptors as they stand in the map. */
  readonly descriptors?: Uint8Array;
};

/** Writes transport stream packets one after the other, each PID with its counter. */
export type TransportWriter = {
  readonly section: (pid: number, section: Uint8Array) => void;
  readonly pes: (pid: number, options: PesOptions, data: Uint8Array) => void;
  readonly bytes: () => Uint8Array;
};

export type PesOptions = {
  readonly pts?: number;
  readonly dts?: number;
  /** 0xE0 a picture, 0xC0 sound. */
  readonly streamId?: number;
  /** Says no length, as pictures may. */
  readonly unbounded?: boolean;
};

export function transportWriter(): TransportWriter {
  const packets: Uint8Array[] = [];
  const counters = new Map<number, number>();

  function packetize(pid: number, unit: Uint8Array): void {
    for (let at = 0; at < unit.length; ) {
      const counter = counters.get(pid) ?? 0;
      counters.set(pid, (counter + 1) & 0x0f);
      const taken = Math.min(PACKET_BYTES - 4, unit.length - at);
      packets.push(writePacket(pid, at === 0, counter, unit.subarray(at, at + taken)));
      at += taken;
    }
  }

  return {
    section: (pid, section) => packetize(pid, joined(Uint8Array.of(0), section)),
    pes: (pid, options, data) => packetize(pid, writePes(options, data)),
    bytes: () => new Uint8Array(Buffer.concat(packets)),
  };
}

/** One packet; what the payload leaves is filled by an adaptation field. */
export function writePacket(pid: number, unitStart: boolean, counter: number, payload: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_BYTES).fill(0xff);
  const room = PACKET_BYTES - 4;
  packet.set([
    0x47,
    (unitStart ? 0x40 : 0) | (pid >> 8),
    pid & 0xff,
    (payload.length < room ? 0x30 : 0x10) | counter,
  ]);
  const spare = room - payload.length;
  if (spare > 0) {
    packet.set(spare === 1 ? [0] : [spare - 1, 0], 4);
  }
  packet.set(payload, PACKET_BYTES - payload.length);
  return packet;
}

/** A long section with its checksum. */
export function writeTable(tableId: number, extension: number, version: number, body: Uint8Array): Uint8Array {
  const length = 5 + body.length + 4;
  const head = [tableId, 0xb0 | (length >> 8), length & 0xff, extension >> 8, extension & 0xff];
  return signed(joined(Uint8Array.of(...head, 0xc1 | (version << 1), 0, 0), body));
}

export function writePat(programs: readonly (readonly [number: number, pid: number])[], version = 0): Uint8Array {
  const body = programs.flatMap(([number, pid]) => [number >> 8, number & 0xff, 0xe0 | (pid >> 8), pid & 0xff]);
  return writeTable(0, 1, version, Uint8Array.from(body));
}

export function writePmt(
  streams: readonly PlannedStream[],
  options: { readonly number?: number; readonly version?: number; readonly descriptors?: Uint8Array } = {},
): Uint8Array {
  const { number = 1, version = 0, descriptors = new Uint8Array() } = options;
  const clockPid = streams[0]?.pid ?? 0x1fff;
  const parts = streams.map(({ type, pid, descriptors: own = new Uint8Array() }) =>
    joined(Uint8Array.of(type, 0xe0 | (pid >> 8), pid & 0xff, 0xf0 | (own.length >> 8), own.length & 0xff), own),
  );
  const head = [
    0xe0 | (clockPid >> 8),
    clockPid & 0xff,
    0xf0 | (descriptors.length >> 8),
    descriptors.length & 0xff,
  ];
  return writeTable(2, number, version, joined(Uint8Array.from(head), descriptors, ...parts));
}

/** A descriptor of four letters. */
export function registration(letters: string): Uint8Array {
  return joined(Uint8Array.of(0x05, 4), new TextEncoder().encode(letters));
}

function writePes({ pts, dts, streamId = 0xe0, unbounded = false }: PesOptions, data: Uint8Array): Uint8Array {
  const times = [
    ...(pts === undefined ? [] : writeTime(pts, dts === undefined ? 2 : 3)),
    ...(pts === undefined || dts === undefined ? [] : writeTime(dts, 1)),
  ];
  const flags = pts === undefined ? 0 : dts === undefined ? 0x80 : 0xc0;
  const length = unbounded ? 0 : 3 + times.length + data.length;
  const head = [0, 0, 1, streamId, length >> 8, length & 0xff, 0x80, flags, times.length, ...times];
  return joined(Uint8Array.from(head), data);
}

function writeTime(time: number, prefix: number): readonly number[] {
  const [high, middle, low] = [Math.floor(time / 2 ** 30), Math.floor(time / 2 ** 15) & 0x7fff, time & 0x7fff];
  return [
    (prefix << 4) | (high << 1) | 1,
    middle >> 7,
    ((middle & 0x7f) << 1) | 1,
    low >> 7,
    ((low & 0x7f) << 1) | 1,
  ];
}

function signed(section: Uint8Array): Uint8Array {
  const checksum = new Uint8Array(4);
  new DataView(checksum.buffer).setUint32(0, crc32Mpeg2(section));
  return joined(section, checksum);
}

/**
 * The stream of an encoder with cues added: `sections` go in, each before the packet with that index, on a PID of their own, which the map
 * then names.
 */
export function withCues(
  stream: Uint8Array,
  pid: number,
  sections: readonly { readonly packet: number; readonly section: Uint8Array }[],
): Uint8Array {
  const packets: Uint8Array[] = [];
  let counter = 0;
  for (let at = 0; at + PACKET_BYTES <= stream.length; at += PACKET_BYTES) {
    const index = at / PACKET_BYTES;
    for (const { section } of sections.filter(({ packet }) => packet === index)) {
      packets.push(writePacket(pid, true, counter, joined(Uint8Array.of(0), section)));
      counter = (counter + 1) & 0x0f;
    }
    packets.push(withCueStream(stream.subarray(at, at + PACKET_BYTES), pid));
  }
  return new Uint8Array(Buffer.concat(packets));
}

/** A packet with a map in it gets one more stream; others stay as they are. */
function withCueStream(packet: Uint8Array, pid: number): Uint8Array {
  const isMap =
    ((packet[1] ?? 0) & 0x40) !== 0 && ((packet[3] ?? 0) & 0x30) === 0x10 && packet[4] === 0 && packet[5] === 2;
  if (!isMap) {
    return packet;
  }
  const length = (((packet[6] ?? 0) & 0x0f) << 8) | (packet[7] ?? 0);
  const section = packet.slice(5, 5 + 3 + length - 4);
  const cueStream = Uint8Array.of(0x86, 0xe0 | (pid >> 8), pid & 0xff, 0xf0, 0);
  const longer = joined(section, cueStream);
  longer[1] = 0xb0 | ((length + 5) >> 8);
  longer[2] = (length + 5) & 0xff;
  const whole = new Uint8Array(PACKET_BYTES).fill(0xff);
  whole.set(joined(packet.subarray(0, 5), signed(longer)));
  return whole;
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

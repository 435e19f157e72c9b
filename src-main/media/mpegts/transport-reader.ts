import { AppError } from '../../shared/app-error.ts';
import { createPesReader, type PesPacket, type PesReader } from './pes.ts';
import {
  type ElementaryStream,
  type ProgramMap,
  parseProgramAssociations,
  parseProgramMap,
  registrationOf,
  STREAM_TYPE,
} from './program-tables.ts';
import { createSectionReader, type SectionReader } from './sections.ts';
import { createTsSplitter, PAT_PID, type TsPacket } from './ts-packet.ts';

export type TransportEvent =
  /** The first programme's map, and again whenever it changes. */
  | {
      readonly kind: 'program';
      readonly program: ProgramMap;
      /** Those that are wanted and read. */
      readonly chosen: readonly ElementaryStream[];
    }
  /** Of a stream that was chosen. */
  | { readonly kind: 'pes'; readonly pid: number; readonly packet: PesPacket }
  /** A section of a PID with cues, its CRC_32 right. */
  | { readonly kind: 'section'; readonly pid: number; readonly section: Uint8Array };

export type TransportReader = {
  /**
   * Takes the next bytes of the stream, cut anywhere, and calls `onEvent` for what they complete. They must not be changed afterwards.
   * Nothing in them can make it fail: what is damaged is passed over and counted.
   */
  readonly push: (bytes: Uint8Array) => void;
  /** Gives what the end of the stream leaves complete. */
  readonly flush: () => void;
  readonly faults: () => TransportFaults;
};

export type TransportFaults = {
  /** Bytes between packets. */
  readonly strayBytes: number;
  /** PES packets of which a part was missing. */
  readonly lostPackets: number;
  /** Tables that cannot be understood. */
  readonly badTables: number;
};

/** Of one picture, or one bundle of sound. */
const MAX_PES_BYTES = 8 * 1024 * 1024;
/** More are no feed of an encoder. */
const MAX_CHOSEN = 12;
/** Of streams with many programmes the first that has a map is taken, so there is no need to wait for the map of the hundredth. */
const MAX_PROGRAMS = 16;

/** A SCTE 35 stream: its type is of SCTE's range, in which others are at home too, unless the programme is registered as `CUEI`. */
function isCueStream({ type, descriptors }: ElementaryStream, program: ProgramMap): boolean {
  const registration = registrationOf(descriptors);
  return (
    type === STREAM_TYPE.scte35 &&
    (registration === undefined || registration === 'CUEI' || registrationOf(program.descriptors) === 'CUEI')
  );
}

/**
 * Reads the first programme of a transport stream (ISO/IEC 13818-1): its map, PES packets of the first dozen streams for which `isWanted`, and
 * the sections of its cue streams.
 */
export function createTransportReader(options: {
  readonly isWanted: (stream: ElementaryStream) => boolean;
  readonly onEvent: (event: TransportEvent) => void;
}): TransportReader {
  const { isWanted, onEvent } = options;
  const splitter = createTsSplitter();
  const associations = createSectionReader();
  let maps = new Map<number, SectionReader>();
  /** PID of the map that was found first: the programme stays the same while it is there. */
  let mapPid: number | undefined;
  let mapSection: Uint8Array | undefined;
  let streams = new Map<number, { readonly type: number; readonly pes: PesReader }>();
  let cues = new Map<number, SectionReader>();
  let lostBefore = 0;
  let badTables = 0;

  function onPacket(packet: TsPacket): void {
    const { pid } = packet;
    const stream = streams.get(pid);
    if (stream !== undefined) {
      give(pid, stream.pes.push(packet));
      return;
    }
    const cue = cues.get(pid);
    if (cue !== undefined) {
      for (const section of cue.push(packet)) {
        onEvent({ kind: 'section', pid, section });
      }
    } else if (pid === PAT_PID) {
      associations.push(packet).forEach(onAssociations);
    } else {
      for (const section of maps.get(pid)?.push(packet) ?? []) {
        onMap(pid, section);
      }
    }
  }

  function give(pid: number, packets: readonly PesPacket[]): void {
    for (const packet of packets) {
      onEvent({ kind: 'pes', pid, packet });
    }
  }

  function onAssociations(section: Uint8Array): void {
    const programs = readTable(() => parseProgramAssociations(section))?.slice(0, MAX_PROGRAMS);
    if (programs === undefined) {
      return;
    }
    const pids = new Set(programs.map((program) => program.mapPid));
    maps = new Map([...pids].map((pid) => [pid, maps.get(pid) ?? createSectionReader()]));
    if (mapPid !== undefined && !pids.has(mapPid)) {
      mapPid = undefined;
      mapSection = undefined;
    }
  }

  function onMap(pid: number, section: Uint8Array): void {
    if ((mapPid !== undefined && pid !== mapPid) || (mapSection !== undefined && areEqual(mapSection, section))) {
      return;
    }
    const program = readTable(() => parseProgramMap(section));
    if (program === undefined || program.streams.length === 0) {
      return;
    }
    mapPid = pid;
    mapSection = section;
    open(program);
  }

  function open(program: ProgramMap): void {
    const before = streams;
    const chosen = program.streams.filter(isWanted).slice(0, MAX_CHOSEN);
    streams = new Map(chosen.map(({ pid, type }) => [pid, keep(before, pid, type)]));
    const cueStreams = program.streams.filter((stream) => isCueStream(stream, program)).slice(0, MAX_CHOSEN);
    cues = new Map(cueStreams.map(({ pid }) => [pid, cues.get(pid) ?? createSectionReader()]));
    for (const [pid, stream] of before) {
      if (streams.get(pid) !== stream) {
        lostBefore += stream.pes.lost();
        give(pid, stream.pes.flush());
      }
    }
    onEvent({ kind: 'program', program, chosen });
  }

  function readTable<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof AppError)) {
        throw error;
      }
      badTables += 1;
      return undefined;
    }
  }

  return {
    push(bytes) {
      splitter.push(bytes).forEach(onPacket);
    },
    flush() {
      for (const [pid, { pes }] of streams) {
        give(pid, pes.flush());
      }
    },
    faults: () => ({
      strayBytes: splitter.strayBytes(),
      lostPackets: [...streams.values()].reduce((sum, { pes }) => sum + pes.lost(), lostBefore),
      badTables,
    }),
  };
}

type Streams = ReadonlyMap<number, { readonly type: number; readonly pes: PesReader }>;

/** A stream that only has a new description goes on where it is. */
function keep(before: Streams, pid: number, type: number): { readonly type: number; readonly pes: PesReader } {
  const stream = before.get(pid);
  return stream?.type === type ? stream : { type, pes: createPesReader(MAX_PES_BYTES) };
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

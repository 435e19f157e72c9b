import type fc from 'fast-check';
import { amfRoundTrip, anyAmfBytes } from '../support/properties/amf0.ts';
import { anyBoxes } from '../support/properties/boxes.ts';
import { anyFlvMessages } from '../support/properties/flv.ts';
import { anyId3Tag, id3RoundTrip } from '../support/properties/id3.ts';
import { anyIngestStream } from '../support/properties/ingest-streams.ts';
import { anyRtmpPeer } from '../support/properties/rtmp-attacks.ts';
import { anySpliceSection, spliceRoundTrip } from '../support/properties/splice-info.ts';
import { anyTransportSections } from '../support/properties/transport-sections.ts';
import { openRtmpWorld, residentMb } from '../support/rtmp-ingest.ts';

/** A property of the open end: whatever comes in, this holds. */
export type FuzzTarget = {
  readonly name: string;
  /** What the process that reads may have in RAM at the most, MiB. */
  readonly mebibytes: number;
  readonly open: () => Promise<OpenTarget>;
};

export type OpenTarget = AsyncDisposable & {
  /** Its counterexamples are told apart by seed and path, so each is always made in the same way. */
  readonly properties: readonly fc.IRawProperty<unknown>[];
  /** MiB of whoever reads; undefined when that is this process. */
  readonly residentMb?: () => number;
  /** What is wrong although no property failed. */
  readonly fault?: () => string | undefined;
};

/** The heap has 128 MiB; what it frees is given back late. */
const PURE_MEBIBYTES = 400;

function pure(name: string, ...properties: readonly fc.IRawProperty<unknown>[]): FuzzTarget {
  return {
    name,
    mebibytes: PURE_MEBIBYTES,
    open: () => Promise.resolve({ properties, [Symbol.asyncDispose]: () => Promise.resolve() }),
  };
}

export const FUZZ_TARGETS: readonly FuzzTarget[] = [
  pure('amf', anyAmfBytes, amfRoundTrip),
  pure('flv', anyFlvMessages),
  { name: 'rtmp', mebibytes: 220, open: openRtmp },
  pure('boxes', anyBoxes),
  pure('ingest-reader', anyIngestStream),
  pure('ts-sections', anyTransportSections),
  pure('scte35', anySpliceSection, spliceRoundTrip),
  pure('id3', anyId3Tag, id3RoundTrip),
];

/** The receiver is a process of its own: its memory counts, and that it is still the same one. */
async function openRtmp(): Promise<OpenTarget> {
  const world = await openRtmpWorld();
  return {
    properties: [anyRtmpPeer(() => world.port())],
    residentMb: () => residentMb(world.children.at(-1)?.pid ?? 0),
    fault: () =>
      world.ingest.restarts() === 0 ? undefined : `the receiver ended ${world.ingest.restarts()} times`,
    [Symbol.asyncDispose]: () => world[Symbol.asyncDispose](),
  };
}

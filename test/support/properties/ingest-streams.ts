import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  createIngestReader,
  type IngestEvent,
  type IngestReader,
} from '../../../src-main/media/cmaf/fragment-reader.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { AUDIO, concat, VIDEO, written } from '../../unit/media/sample-media.ts';
import {
  header,
  liveManifest,
  message,
  SECTION,
  SPARSE_MANIFEST,
  sparseFragment,
  videoFragment,
} from '../../unit/media/smooth/ingest-streams.ts';

export const SCTE = {
  schemeIdUri: 'urn:scte:scte35:2013:bin',
  value: 'ads',
  timescale: 90_000,
  start: { kind: 'absolute', ticks: ticks(123_456_789_012n) },
  duration: 900_000,
  id: 5,
  payload: SECTION,
} as const;

/** Everything that may stand beside the media, and media. */
export const STREAM = concat(
  liveManifest(SPARSE_MANIFEST),
  header([VIDEO, AUDIO], [{ trackId: 3, timescale: 90_000, format: 'scte' }]),
  message(SCTE),
  videoFragment(4),
  written((writer) => writer.box('uuid', () => writer.zeros(32))),
  sparseFragment({ id: 9, time: 5n, delta: 6, duration: 7n }),
  videoFragment(4, 12_000),
);

export function readAll(
  stream: Uint8Array,
  cuts: readonly number[] = [],
  reader: IngestReader = createIngestReader(),
): { readonly events: readonly IngestEvent[]; readonly refusal: AppError | undefined } {
  const events: IngestEvent[] = [];
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  try {
    for (const [index, place] of places.entries()) {
      events.push(...reader.push(stream.subarray(place, places[index + 1] ?? stream.length)));
    }
    reader.push(new Uint8Array());
    return { events, refusal: undefined };
  } catch (error) {
    assert(error instanceof AppError, `an AppError, not ${String(error)}`);
    return { events, refusal: error };
  }
}

type Damage = { at: number; bytes: number[] };

/** Damage that once was, or nearly was, read as something: kept, so that it is tried first in every run. */
const SEEDS: readonly Damage[] = [
  // The size of the manifest's box: 0, its header, one less than its user type, four gigabytes.
  ...[
    [0, 0, 0, 0],
    [0, 0, 0, 8],
    [0, 0, 0, 23],
    [0xff, 0xff, 0xff, 0xff],
  ].map((bytes) => ({ at: 0, bytes })),
  // Version and flags of the manifest.
  { at: 24, bytes: [0xff, 0xff, 0xff, 0xff] },
  // The manifest becomes a fragment, media, a header.
  ...['moof', 'mdat', 'moov', 'emsg'].map((type) => ({ at: 4, bytes: [...Buffer.from(type)] })),
];

export const INGEST_SEEDS = SEEDS.map((seed): [Damage[], number[]] => [[seed], []]);

const damage: fc.Arbitrary<Damage> = fc.record({
  at: fc.nat(STREAM.length - 1),
  bytes: fc.array(fc.nat(255), { minLength: 1, maxLength: 8 }),
});

export const anyIngestStream = fc.property(
  fc.array(damage, { minLength: 1, maxLength: 4 }),
  fc.array(fc.nat(), { maxLength: 3 }),
  (damages, cuts) => {
    const damaged = Uint8Array.from(STREAM);
    for (const { at, bytes } of damages) {
      damaged.set(bytes.slice(0, damaged.length - at), at);
    }
    readAll(damaged, cuts);
  },
);

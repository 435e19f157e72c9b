import { writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import type { BoxWriter } from '../../../../src-main/media/isobmff/box-writer.ts';
import { writeMfhd } from '../../../../src-main/media/isobmff/mfhd.ts';
import { writeTfdt } from '../../../../src-main/media/isobmff/tfdt.ts';
import { type TrackFragmentHeader, writeTfhd } from '../../../../src-main/media/isobmff/tfhd.ts';
import { type TrackRun, writeTrun } from '../../../../src-main/media/isobmff/trun.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { concat, fromHex, VIDEO, written } from '../sample-media.ts';

/** A stream that was made to do harm, and what is to be said about it. */
export type HostileStream = {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly refusal: RegExp;
};

export const HEADER = writeInitSegment(VIDEO);

const RUN: TrackRun = {
  sampleCount: 1,
  dataOffset: undefined,
  firstSampleFlags: undefined,
  durations: undefined,
  sizes: undefined,
  flags: undefined,
  compositionOffsets: undefined,
};

export type TrafPlan = { readonly header?: Partial<TrackFragmentHeader>; readonly runs: readonly TrackRun[] };

/** A moof and an mdat; data offsets of the runs count from the beginning of the mdat's body. */
export function fragment(trafs: readonly TrafPlan[], mdat: Uint8Array): Uint8Array {
  const write = (moofSize: number): Uint8Array =>
    written((writer) =>
      writer.box('moof', () => {
        writeMfhd(writer, 1);
        for (const { header = {}, runs } of trafs) {
          writer.box('traf', () => {
            writeTfhd(writer, {
              trackId: 1,
              baseDataOffset: undefined,
              sampleDescriptionIndex: undefined,
              defaultDuration: 3000,
              defaultSize: 1,
              defaultFlags: 0,
              durationIsEmpty: false,
              defaultBaseIsMoof: true,
              ...header,
            });
            writeTfdt(writer, ticks(0));
            for (const run of runs) {
              const { dataOffset } = run;
              writeTrun(writer, {
                ...run,
                dataOffset: dataOffset === undefined ? undefined : dataOffset + moofSize + 8,
              });
            }
          });
        }
      }),
    );
  const moof = write(write(0).length);
  return concat(
    moof,
    written((writer) => writer.box('mdat', () => writer.bytes(mdat))),
  );
}

/** A moof whose only traf has what `body` writes behind a good tfhd. */
function fragmentWith(body: (writer: BoxWriter) => void): Uint8Array {
  return written((writer) => {
    writer.box('moof', () => {
      writer.box('traf', () => {
        writer.fullBox('tfhd', 0, 0x02_0000, () => writer.u32(1));
        body(writer);
      });
    });
    writer.box('mdat', () => writer.zeros(64));
  });
}

function rawBox(size: number, type: string, body = ''): Uint8Array {
  return concat(
    written((writer) => {
      writer.u32(size);
      writer.fourCc(type);
    }),
    fromHex(body),
  );
}

function nestedMoofs(depth: number): Uint8Array {
  return written((writer) => {
    for (let level = 0; level < depth; level += 1) {
      writer.u32(8 * (depth - level));
      writer.fourCc(level === 0 ? 'moof' : 'traf');
    }
  });
}

/** A moov whose tracks lie in a chain of boxes that never ends. */
function nestedInMoov(depth: number): Uint8Array {
  const path = ['moov', 'trak', 'mdia', 'minf', 'stbl', 'stsd'];
  return written((writer) => {
    for (let level = 0; level < depth; level += 1) {
      writer.u32(8 * (depth - level));
      writer.fourCc(path[Math.min(level, path.length - 1)] ?? 'stsd');
    }
  });
}

const behindHeader: readonly HostileStream[] = [
  {
    name: 'a run of 268 million samples that take no byte',
    bytes: fragmentWith((writer) => writer.fullBox('trun', 0, 0, () => writer.u32(0x0fff_ffff))),
    refusal: /trun .* says 268435455 samples; more than \d+ are not taken/,
  },
  {
    name: 'a run of four billion sizes',
    bytes: fragmentWith((writer) =>
      writer.fullBox('trun', 0, 0x0200, () => {
        writer.u32(0xffff_ffff);
        writer.u32(1);
      }),
    ),
    refusal: /trun .* says 4294967295 samples/,
  },
  {
    name: 'a run with fewer sizes than samples',
    bytes: fragmentWith((writer) =>
      writer.fullBox('trun', 0, 0x0200, () => {
        writer.u32(100);
        writer.zeros(396);
      }),
    ),
    refusal: /trun .* says 100 samples, needs 400 bytes for them and has 396/,
  },
  {
    name: 'more samples than the mdat has bytes',
    bytes: fragment(
      [{ header: { defaultSize: 0 }, runs: [{ ...RUN, sampleCount: 9000, dataOffset: 0 }] }],
      new Uint8Array(64),
    ),
    refusal: /trun .* says 9000 samples for an mdat of 64 bytes/,
  },
  {
    name: 'a box inside that is longer than the one around it',
    bytes: fragmentWith((writer) => writer.bytes(rawBox(0x0100_0000, 'trun', '00000000'))),
    refusal: /trun .* of 16777216 bytes reaches beyond its traf/,
  },
  {
    name: 'a box of 4 bytes',
    bytes: fragmentWith((writer) => writer.bytes(rawBox(4, 'trun'))),
    refusal: /trun .* has size 4, less than its header/,
  },
  {
    name: 'a box without end in the middle of another',
    bytes: fragmentWith((writer) => writer.bytes(rawBox(0, 'trun', '00000000'))),
    refusal: /trun .* has size 0/,
  },
  {
    name: 'a box of 4 bytes at the top',
    bytes: rawBox(4, 'moof', '00000000'),
    refusal: /moof .* has size 4/,
  },
  {
    name: 'an mdat without end',
    bytes: concat(
      fragment([{ runs: [{ ...RUN, dataOffset: 0 }] }], Uint8Array.of(1)).subarray(0, -9),
      rawBox(0, 'mdat'),
    ),
    refusal: /mdat .* has no end/,
  },
  {
    name: 'a box of 18 exabytes',
    bytes: concat(rawBox(1, 'moof'), fromHex('ffffffffffffffff')),
    refusal: /moof .* is larger than the 33554432 that are taken/,
  },
  {
    name: '3000 boxes in each other',
    bytes: nestedMoofs(3000),
    refusal: /traf .* has no tfhd/,
  },
  {
    name: '3000 boxes in each other in a moov',
    bytes: nestedInMoov(3000),
    refusal: /moov .* has no mvhd/,
  },
  {
    name: 'a moof that ends in the middle of a field',
    bytes: fragmentWith((writer) => writer.box('tfdt', () => writer.u32(0x0100_0000))),
    refusal: /tfdt .* ends in the middle of a field/,
  },
  {
    name: 'sizes that add up to more than the mdat',
    bytes: fragment(
      [{ runs: [{ ...RUN, sampleCount: 2, dataOffset: 0, sizes: Uint32Array.of(40, 0xffff_ffff) }] }],
      new Uint8Array(64),
    ),
    refusal: /trun .* places its samples at 0 to 4294967335 in an mdat of 64 bytes/,
  },
  {
    name: 'data before the mdat',
    bytes: fragment([{ runs: [{ ...RUN, dataOffset: -20 }] }], new Uint8Array(64)),
    refusal: /trun .* places its samples at -20/,
  },
  {
    name: 'data behind the mdat',
    bytes: fragment([{ runs: [{ ...RUN, dataOffset: 64 }] }], new Uint8Array(64)),
    refusal: /trun .* places its samples at 64 to 65/,
  },
  {
    name: 'a base offset at the other end of the universe',
    bytes: fragment(
      [{ header: { baseDataOffset: (1n << 64n) - 1n }, runs: [{ ...RUN, dataOffset: 0 }] }],
      new Uint8Array(64),
    ),
    refusal: /trun .* places its samples at 1844674407370955\d+/,
  },
  {
    name: 'the same megabyte claimed by a thousand runs',
    bytes: fragment(
      [
        {
          header: { defaultSize: 1 << 20 },
          runs: Array.from({ length: 1000 }, () => ({ ...RUN, dataOffset: 0 })),
        },
      ],
      new Uint8Array(1 << 20),
    ),
    refusal: /moof .* claims 1048576000 bytes of an mdat of 1048576/,
  },
  {
    name: 'a hundred thousand empty tracks',
    bytes: fragment(
      Array.from({ length: 100_000 }, () => ({ runs: [] })),
      new Uint8Array(1),
    ),
    refusal: /traf .* more tracks, runs and samples than are taken/,
  },
  {
    name: 'a hundred thousand empty runs',
    bytes: fragment(
      [{ runs: Array.from({ length: 100_000 }, () => ({ ...RUN, sampleCount: 0 })) }],
      new Uint8Array(1),
    ),
    refusal: /trun .* more tracks, runs and samples than are taken/,
  },
  {
    name: 'samples at which time stands still',
    bytes: fragment(
      [{ header: { defaultDuration: 0 }, runs: [{ ...RUN, sampleCount: 60, dataOffset: 0 }] }],
      new Uint8Array(64),
    ),
    refusal: /trun .* has a sample without duration before others/,
  },
  {
    name: 'a track that the header does not have',
    bytes: fragment([{ header: { trackId: 7 }, runs: [{ ...RUN, dataOffset: 0 }] }], new Uint8Array(64)),
    refusal: /tfhd .* is of track 7, which the moov does not have/,
  },
  {
    name: 'two moofs in a row',
    bytes: concat(
      fragment([{ runs: [{ ...RUN, dataOffset: 0 }] }], new Uint8Array(1)).subarray(0, -9),
      fragment([{ runs: [{ ...RUN, dataOffset: 0 }] }], new Uint8Array(1)),
    ),
    refusal: /moof .* has no mdat behind it/,
  },
  {
    name: 'an mdat of its own',
    bytes: rawBox(16, 'mdat', '0000000000000000'),
    refusal: /mdat .* has no moof before it/,
  },
];

/** Each of them after a good header, and some that have none. */
export const HOSTILE_STREAMS: readonly HostileStream[] = [
  ...behindHeader.map((stream) => ({ ...stream, bytes: concat(HEADER, stream.bytes) })),
  {
    name: 'a moof before any header',
    bytes: fragment([{ runs: [{ ...RUN, dataOffset: 0 }] }], new Uint8Array(64)),
    refusal: /moof at byte 0 has no moov before it/,
  },
  {
    name: 'something that is no media at all',
    bytes: new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    refusal: /\/ HT at byte 0 of 1195725856 bytes stands before any moov: this is no fragmented MP4/,
  },
];

/** A run that says nothing but its count, for tests of the reader that want odd but legal ones. */
export const PLAIN_RUN = RUN;

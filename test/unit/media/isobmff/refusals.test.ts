import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { checkDinf } from '../../../../src-main/media/isobmff/dinf.ts';
import { parseEdts, writeEdts } from '../../../../src-main/media/isobmff/elst.ts';
import { parseEsds } from '../../../../src-main/media/isobmff/esds.ts';
import { parseFileType } from '../../../../src-main/media/isobmff/ftyp.ts';
import { parseMdhd, writeMdhd } from '../../../../src-main/media/isobmff/mdhd.ts';
import { parseMoof } from '../../../../src-main/media/isobmff/moof.ts';
import { writeSidx } from '../../../../src-main/media/isobmff/sidx.ts';
import { parseChunkOffsets } from '../../../../src-main/media/isobmff/stco.ts';
import { parseStsc } from '../../../../src-main/media/isobmff/stsc.ts';
import { parseStsd } from '../../../../src-main/media/isobmff/stsd.ts';
import { parseStsz } from '../../../../src-main/media/isobmff/stsz.ts';
import { parseStts } from '../../../../src-main/media/isobmff/stts.ts';
import { parseTkhd, writeTkhd } from '../../../../src-main/media/isobmff/tkhd.ts';
import { parseTrun, writeTrun } from '../../../../src-main/media/isobmff/trun.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { assertRefused, fromHex, rewound, written } from '../sample-media.ts';

const NO_COLUMNS = {
  dataOffset: undefined,
  firstSampleFlags: undefined,
  durations: undefined,
  sizes: undefined,
  flags: undefined,
  compositionOffsets: undefined,
};

function box(hex: string) {
  const child = readBoxes(fromHex(hex.replaceAll(' ', ''))).child();
  assert(child !== undefined);
  return child;
}

test('a run of a quarter of a billion samples without a byte for them is refused at once', () => {
  assertRefused(
    () => parseTrun(box('00000010 7472756e 00000000 0fffffff'), 10_000),
    /trun at byte 0 says 268435455 samples; more than 10000 are not taken/,
  );
});

test('a run of four billion sizes in a box of four bytes is refused before memory is taken for them', () => {
  assertRefused(
    () => parseTrun(box('00000014 7472756e 00000200 ffffffff 00000001'), 0xffff_ffff),
    /says 4294967295 samples, needs 17179869180 bytes for them and has 4/,
  );
});

test('every run and every track of a fragment is counted, also those without samples', () => {
  const emptyRuns = (count: number) =>
    rewound((writer) => {
      writer.box('moof', () => {
        writer.box('traf', () => {
          writer.fullBox('tfhd', 0, 0, () => writer.u32(1));
          for (let run = 0; run < count; run += 1) {
            writeTrun(writer, { ...NO_COLUMNS, sampleCount: 0 });
          }
        });
      });
    });

  assert.equal(parseMoof(emptyRuns(9), 10).tracks[0]?.runs.length, 9);
  assertRefused(() => parseMoof(emptyRuns(10), 10), /more tracks, runs and samples than are taken/);
});

test('the samples of all runs of a fragment share one limit', () => {
  const moof = rewound((writer) => {
    writer.box('moof', () => {
      for (const trackId of [1, 2]) {
        writer.box('traf', () => {
          writer.fullBox('tfhd', 0, 0, () => writer.u32(trackId));
          writeTrun(writer, { ...NO_COLUMNS, sampleCount: 6 });
        });
      }
    });
  });

  assertRefused(() => parseMoof(moof, 10), /trun at byte \d+ says 6 samples; more than 2 are not taken/);
});

test('a track fragment without its header is refused', () => {
  const moof = rewound((writer) => writer.box('moof', () => writer.box('traf', () => undefined)));

  assertRefused(() => parseMoof(moof, 10), /traf at byte 8 has no tfhd/);
});

test('tables that count more entries than they have are refused', () => {
  assertRefused(
    () => parseStts(box('00000010 73747473 00000000 20000000')),
    /stts at byte 0 says 536870912 entries/,
  );
  assertRefused(() => parseStsz(box('00000014 7374737a 00000000 00000000 ffffffff')), /stsz .* says 4294967295/);
  assertRefused(
    () => parseChunkOffsets(box('00000014 636f3634 00000000 00000001 00000000')),
    /co64 .* says 1 entries/,
  );
});

test('numbers that cannot be are refused', () => {
  const timescale0 = rewound((writer) => writeMdhd(writer, { timescale: 0, duration: 0n, language: 'und' }));
  const track0 = rewound((writer) =>
    writeTkhd(writer, { trackId: 0, duration: 0n, alternateGroup: 0, volume: 1, width: 0, height: 0 }),
  );

  assertRefused(() => parseMdhd(timescale0), /mdhd at byte 0 has a timescale of 0/);
  assertRefused(() => parseTkhd(track0), /tkhd at byte 0 has track id 0/);
  assertRefused(
    () => parseChunkOffsets(box('00000018 636f3634 00000000 00000001 ffffffffffffffff')),
    /co64 at byte 0 puts chunk 0 beyond any file/,
  );
  assertRefused(
    () => parseStsc(box('0000001c 73747363 00000000 00000001 00000002 00000005 00000001')),
    /stsc at byte 0 begins entry 0 with chunk 2/,
  );
});

test('a language that is no language is not known', () => {
  const header = box(`00000020 6d646864 ${'00'.repeat(12)} 00000001 00000000 0000 0000`);

  assert.equal(parseMdhd(header).language, 'und');
});

test('media kept in another file is never looked for', () => {
  const elsewhere = rewound((writer) =>
    writer.box('dinf', () =>
      writer.fullBox('dref', 0, 0, () => {
        writer.u32(1);
        writer.fullBox('url ', 0, 0, () => writer.text('file:///etc/passwd'));
      }),
    ),
  );

  assertRefused(
    () => checkDinf(elsewhere),
    /url {2}at byte 24 keeps the media in another file/,
    'media/unsupported',
  );
});

test('an edit at another speed is unsupported, one before the media is malformed', () => {
  const edit = (mediaTime: string, rate: string): string =>
    `00000024 65647473 0000001c 656c7374 00000000 00000001 00000064 ${mediaTime} ${rate}`;

  assertRefused(() => parseEdts(box(edit('00000000', '00020000'))), /speed of 2/, 'media/unsupported');
  assertRefused(() => parseEdts(box(edit('fffffffe', '00010000'))), /begins at media time -2/);
});

test('an edit list of thousands is unsupported', () => {
  const edits = Array.from({ length: 5000 }, () => ({ kind: 'empty', duration: 1n }) as const);

  assertRefused(
    () => parseEdts(rewound((writer) => writeEdts(writer, edits))),
    /has 5000 edits/,
    'media/unsupported',
  );
});

test('an elementary stream descriptor that does not hold together is refused', () => {
  assertRefused(() => parseEsds(box('00000010 65736473 00000000 05020000')), /has descriptor 5 where 3 belongs/);
  assertRefused(() => parseEsds(box('00000010 65736473 00000000 037f0000')), /descriptor of 127 bytes .* beyond/);
  assertRefused(
    () => parseEsds(box('00000015 65736473 00000000 0307000000 0402 4015')),
    /decoder configuration that is too short/,
  );
});

test('a codec that is not known is named', () => {
  const vp9 = box('0000001c 73747364 00000000 00000001 0000000c 76703039 00000000');

  assertRefused(() => parseStsd(vp9), /vp09 at byte 16 is a codec that is not supported/, 'media/unsupported');
  assertRefused(() => parseStsd(box('00000010 73747364 00000000 00000000')), /stsd at byte 0 describes nothing/);
});

test('a list of brands as long as the heap is refused', () => {
  const brands = rewound((writer) => writer.box('ftyp', () => writer.zeros(8 + 4 * 300)));

  assertRefused(() => parseFileType(brands), /ftyp at byte 0 names 300 brands/);
});

test('a subsegment larger than its 31 bits is a mistake, not another kind of reference', () => {
  const reference = { kind: 'media', duration: 1, startsWithSap: true, sapType: 1, sapDeltaTime: 0 } as const;
  const index = { referenceId: 1, timescale: 1, earliestPresentationTime: ticks(0), firstOffset: 0n };

  assert.throws(
    () => written((writer) => writeSidx(writer, { ...index, references: [{ ...reference, size: 2 ** 31 }] })),
    /assertion failed/,
  );
});

test('a column that is shorter than its run is a mistake', () => {
  const run = { ...NO_COLUMNS, sampleCount: 2, sizes: Uint32Array.of(1) };

  assert.throws(() => written((writer) => writeTrun(writer, run)), /every column/);
});

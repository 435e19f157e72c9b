import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseChunk, readChunkHeader, writeChunk } from '../../../../src-main/media/cmaf/chunk.ts';
import {
  createFragmentReader,
  type FragmentEvent,
  type FragmentReader,
} from '../../../../src-main/media/cmaf/fragment-reader.ts';
import { writeInitSegment } from '../../../../src-main/media/cmaf/init-segment.ts';
import { writeTrak } from '../../../../src-main/media/cmaf/trak.ts';
import { readBoxes } from '../../../../src-main/media/isobmff/box-reader.ts';
import { writeMvhd } from '../../../../src-main/media/isobmff/mvhd.ts';
import { writeTfxd } from '../../../../src-main/media/isobmff/tfxd.ts';
import { ticks } from '../../../../src-main/media/time.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import {
  AUDIO,
  assertRefused,
  audioFrames,
  concat,
  NO_DEFAULTS,
  pictures,
  VIDEO,
  written,
} from '../sample-media.ts';
import { fragment, HEADER, HOSTILE_STREAMS, PLAIN_RUN } from './hostile-streams.ts';

/** Everything that is between and around fragments in the wild. */
const EXTRAS = concat(
  ...['styp', 'sidx', 'prft', 'emsg', 'free', 'uuid', 'skip'].map((type) =>
    written((writer) => writer.box(type, () => writer.zeros(20))),
  ),
);
const MFRA = written((writer) => writer.box('mfra', () => writer.zeros(300)));

/** A header with picture as track 1 and sound as track 2. */
const BOTH = written((writer) =>
  writer.box('moov', () => {
    writeMvhd(writer, { timescale: 1000, duration: 0n, nextTrackId: 3 });
    for (const [index, description] of [VIDEO, AUDIO].entries()) {
      const box = { trackId: index + 1, description, movieDuration: 0n, mediaDuration: 0n, edits: [] };
      writeTrak(writer, box, () => undefined);
    }
    writer.box('mvex', () => undefined);
  }),
);

/** A stream of pictures and frames of sound in turn, with everything the wild puts between them. */
const video = pictures(12);
const audio = audioFrames(9);
const STREAM = concat(
  BOTH,
  ...[0, 1, 2].flatMap((turn) => [
    EXTRAS,
    writeChunk(video.slice(turn * 4, turn * 4 + 4), { sequenceNumber: turn, kind: 'video' }).bytes,
    writeChunk(audio.slice(turn * 3, turn * 3 + 3), { sequenceNumber: turn, kind: 'audio', trackId: 2 }).bytes,
  ]),
  MFRA,
);

type Outcome = { readonly events: readonly FragmentEvent[]; readonly refusal: string | undefined };

/** Pushes a stream cut at `cuts`, to its end or to the refusal. */
function readAll(
  stream: Uint8Array,
  cuts: readonly number[],
  reader: FragmentReader = createFragmentReader(),
): Outcome {
  const events: FragmentEvent[] = [];
  const places = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
  try {
    for (const [index, place] of places.entries()) {
      events.push(...reader.push(stream.subarray(place, places[index + 1] ?? stream.length)));
    }
    // An error behind the last event comes with the next call.
    reader.push(new Uint8Array());
    return { events, refusal: undefined };
  } catch (error) {
    assert(error instanceof AppError, `an AppError, not ${String(error)}`);
    assert.match(error.code, /^media\/(malformed|unsupported)$/);
    return { events, refusal: error.message };
  }
}

test('header and fragments come out of a stream as they went in', () => {
  const { events, refusal } = readAll(STREAM, []);
  const [header, ...fragments] = events;

  assert.equal(refusal, undefined);
  assert(header?.kind === 'header');
  assert.deepEqual(header.bytes, BOTH);
  assert.deepEqual(
    header.tracks.map(({ trackId, description }) => [trackId, description]),
    [
      [1, VIDEO],
      [2, AUDIO],
    ],
  );
  assert.deepEqual(
    fragments,
    [0, 1, 2].flatMap((turn) => [
      { kind: 'fragment', trackId: 1, samples: video.slice(turn * 4, turn * 4 + 4) },
      { kind: 'fragment', trackId: 2, samples: audio.slice(turn * 3, turn * 3 + 3) },
    ]),
  );
});

test('it makes no difference where a stream is cut', () => {
  const whole = readAll(STREAM, []);

  assert.deepEqual(readAll(STREAM, Array.from(STREAM.keys())), whole);
  fc.assert(
    fc.property(fc.array(fc.nat()), (cuts) => {
      assert.deepEqual(readAll(STREAM, cuts), whole);
    }),
  );
});

test('the header has ftyp and moov and nothing that stood between them', () => {
  const ftyp = HEADER.subarray(0, readBoxes(HEADER).require('ftyp').size);
  const moov = HEADER.subarray(ftyp.length);

  const [event] = createFragmentReader().push(concat(ftyp, EXTRAS, moov));

  assert(event?.kind === 'header');
  assert.deepEqual(event.bytes, HEADER);
});

test('the data of samples stays when the caller uses its buffer again', () => {
  const chunk = writeChunk(video, { sequenceNumber: 1, kind: 'video' }).bytes;
  const reader = createFragmentReader();
  const buffer = concat(HEADER, chunk);

  const events = reader.push(buffer);
  buffer.fill(0xff);

  assert(events[1]?.kind === 'fragment');
  assert.deepEqual(events[1].samples, video);
});

test('a further header begins anew', () => {
  const first = writeChunk(video.slice(0, 2), { sequenceNumber: 1, kind: 'video' }).bytes;
  const second = writeChunk(audio.slice(0, 2), { sequenceNumber: 1, kind: 'audio' }).bytes;

  const { events } = readAll(concat(HEADER, first, writeInitSegment(AUDIO), second), []);

  assert.deepEqual(
    events.map((event) => (event.kind === 'header' ? event.tracks[0]?.description.kind : event.samples.length)),
    ['video', 2, 'audio', 2],
  );
});

test('a header without ftyp has none, also when the one before had it', () => {
  const moov = HEADER.subarray(readBoxes(HEADER).require('ftyp').size);

  const { events } = readAll(concat(HEADER, moov), []);

  assert.deepEqual(
    events.map((event) => (event.kind === 'header' ? event.bytes : undefined)),
    [HEADER, moov],
  );
});

test('a header between moof and mdat parts them', () => {
  const chunk = writeChunk(video.slice(0, 1), { sequenceNumber: 1, kind: 'video' }).bytes;
  const { moofSize } = readChunkHeader(chunk);

  const { refusal } = readAll(concat(HEADER, chunk.subarray(0, moofSize), HEADER, chunk.subarray(moofSize)), []);

  assert.match(refusal ?? '', /mdat at byte \d+ has no moof before it/);
});

test('fragments without a decode time follow each other', () => {
  const withoutTime = (): Uint8Array =>
    written((writer) => {
      writer.box('moof', () =>
        writer.box('traf', () => {
          writer.fullBox('tfhd', 0, 0x02_0038, () => {
            for (const field of [1, 3000, 1, 0]) {
              writer.u32(field);
            }
          });
          writer.fullBox('trun', 0, 1, () => {
            writer.u32(2);
            writer.i32(8 + 8 + 28 + 20 + 8);
          });
        }),
      );
      writer.box('mdat', () => writer.zeros(2));
    });

  const { events } = readAll(concat(HEADER, withoutTime(), withoutTime()), []);

  assert.deepEqual(
    events.flatMap((event) =>
      event.kind === 'fragment' ? event.samples.map(({ decodeTime }) => decodeTime) : [],
    ),
    [0n, 3000n, 6000n, 9000n],
  );
});

test('the time of a Smooth Streaming fragment is in its own box', () => {
  const bytes = written((writer) => {
    writer.box('moof', () =>
      writer.box('traf', () => {
        writer.fullBox('tfhd', 0, 0x02_0038, () => {
          for (const field of [1, 3000, 1, 0]) {
            writer.u32(field);
          }
        });
        writer.fullBox('trun', 0, 1, () => {
          writer.u32(1);
          writer.i32(8 + 8 + 28 + 20 + 44 + 8);
        });
        writeTfxd(writer, { time: ticks(213_333), duration: ticks(3000) });
      }),
    );
    writer.box('mdat', () => writer.zeros(1));
  });

  const { events } = readAll(concat(HEADER, bytes), []);

  assert(events[1]?.kind === 'fragment');
  assert.equal(events[1].samples[0]?.decodeTime, 213_333n);
});

test('without a base of its own a track begins where the one before it ended', () => {
  const header = { defaultBaseIsMoof: false, defaultSize: 3 };
  const data = Uint8Array.from({ length: 12 }, (_, index) => index);
  const bytes = fragment(
    [
      { header, runs: [{ ...PLAIN_RUN, sampleCount: 2, dataOffset: 0 }] },
      { header: { ...header, trackId: 2 }, runs: [PLAIN_RUN, PLAIN_RUN] },
    ],
    data,
  );

  const { events, refusal } = readAll(concat(BOTH, bytes), []);

  assert.equal(refusal, undefined);
  assert.deepEqual(
    events.flatMap((event) =>
      event.kind === 'fragment' ? [event.samples.map(({ data: bytes }) => [...bytes])] : [],
    ),
    [
      [
        [0, 1, 2],
        [3, 4, 5],
      ],
      [
        [6, 7, 8],
        [9, 10, 11],
      ],
    ],
  );
});

test('a base in the whole stream is understood, whatever was passed over before', () => {
  const moofAt = HEADER.length + EXTRAS.length;
  const size = fragment(
    [{ header: { baseDataOffset: 0n }, runs: [{ ...PLAIN_RUN, dataOffset: 0 }] }],
    new Uint8Array(1),
  ).length;
  const bytes = fragment(
    [{ header: { baseDataOffset: BigInt(moofAt) }, runs: [{ ...PLAIN_RUN, dataOffset: 0 }] }],
    Uint8Array.of(42),
  );

  const { events } = readAll(concat(HEADER, EXTRAS, bytes), []);

  assert.equal(bytes.length, size);
  assert(events[1]?.kind === 'fragment');
  assert.deepEqual(events[1].samples[0]?.data, Uint8Array.of(42));
});

test('a last sample without duration lasts one tick', () => {
  const run = { ...PLAIN_RUN, sampleCount: 2, dataOffset: 0, durations: Uint32Array.of(3000, 0) };

  const { events } = readAll(concat(HEADER, fragment([{ runs: [run] }], new Uint8Array(2))), []);

  assert(events[1]?.kind === 'fragment');
  assert.deepEqual(
    events[1].samples.map(({ duration }) => duration),
    [3000, 1],
  );
});

test('fragments without samples are no events', () => {
  const empty = fragment([{ header: { durationIsEmpty: true }, runs: [] }], new Uint8Array());
  const moofOnly = empty.subarray(0, -8);
  const full = writeChunk(video.slice(0, 1), { sequenceNumber: 1, kind: 'video' }).bytes;

  const { events, refusal } = readAll(concat(HEADER, empty, moofOnly, full), []);

  assert.equal(refusal, undefined);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['header', 'fragment'],
  );
});

test('another sample description than the first is unsupported', () => {
  const bytes = fragment(
    [{ header: { sampleDescriptionIndex: 2 }, runs: [{ ...PLAIN_RUN, dataOffset: 0 }] }],
    new Uint8Array(1),
  );

  assertRefused(
    () => {
      const reader = createFragmentReader();
      reader.push(HEADER);
      reader.push(bytes);
    },
    /changes to sample description 2/,
    'media/unsupported',
  );
});

test('limits are as asked for', () => {
  const chunk = writeChunk(video, { sequenceNumber: 1, kind: 'video' }).bytes;

  const small = readAll(concat(HEADER, chunk), [], createFragmentReader({ maxBoxBytes: 200 }));
  const few = readAll(concat(HEADER, chunk), [], createFragmentReader({ maxSamplesPerFragment: 5 }));

  assert.match(small.refusal ?? '', /moov at byte \d+ of \d+ bytes is larger than the 200 that are taken/);
  assert.match(few.refusal ?? '', /says 12 samples; more than 4 are not taken/);
});

test('a box that is passed over may be as long as it likes, also without end', () => {
  const reader = createFragmentReader({ maxBoxBytes: 10_000 });
  const longFree = written((writer) => writer.box('free', () => writer.zeros(50_000)));
  const endless = Uint8Array.of(0, 0, 0, 0, ...Buffer.from('mfra'));

  const { events, refusal } = readAll(concat(HEADER, longFree, endless, new Uint8Array(1000).fill(7)), [], reader);

  assert.equal(refusal, undefined);
  assert.equal(events.length, 1);
});

test('what was complete before a fault is not lost, and the fault is told at every call after it', () => {
  const good = writeChunk(video.slice(0, 2), { sequenceNumber: 1, kind: 'video' }).bytes;
  const reader = createFragmentReader();

  const events = reader.push(concat(HEADER, good, Uint8Array.of(0, 0, 0, 4, ...Buffer.from('moof'))));

  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['header', 'fragment'],
  );
  assertRefused(() => reader.push(good), /moof at byte \d+ has size 4/);
  assertRefused(() => reader.push(new Uint8Array()), /moof at byte \d+ has size 4/);
});

for (const { name, bytes, refusal } of HOSTILE_STREAMS) {
  test(`refuses ${name}`, () => {
    const { refusal: words } = readAll(bytes, []);

    assert.match(words ?? '', refusal);
    assert.equal(readAll(bytes, [1, 9, 100, 700, bytes.length - 1]).refusal, words);
  });
}

test('a stream that stops anywhere has given what was complete by then', () => {
  const whole = readAll(STREAM, []).events;

  for (let cut = 0; cut <= STREAM.length; cut += 1) {
    const { events, refusal } = readAll(STREAM.subarray(0, cut), []);
    assert.equal(refusal, undefined);
    assert.deepEqual(events, whole.slice(0, events.length));
  }
});

test('a damaged stream gives good samples or a refusal, wherever it is cut', () => {
  const damage = fc.array(fc.tuple(fc.nat(STREAM.length - 1), fc.integer({ min: 0, max: 255 })), {
    minLength: 1,
    maxLength: 4,
  });

  fc.assert(
    fc.property(damage, fc.array(fc.nat(), { maxLength: 5 }), (changes, cuts) => {
      const stream = STREAM.slice();
      for (const [place, value] of changes) {
        stream[place] = value;
      }
      const outcome = readAll(stream, cuts);

      assert.deepEqual(outcome, readAll(stream, []));
      assertGood(outcome.events);
    }),
    { seed: 20_261_121, numRuns: 1000 },
  );
});

test('a damaged chunk gives good samples or a refusal', () => {
  const chunk = writeChunk(video, { sequenceNumber: 1, kind: 'video' }).bytes;

  fc.assert(
    fc.property(
      fc.nat(chunk.length - 1),
      fc.integer({ min: 0, max: 255 }),
      fc.nat(chunk.length),
      (place, value, cut) => {
        const damaged = chunk.slice(0, cut);
        if (place < cut) {
          damaged[place] = value;
        }
        try {
          assertGood([{ kind: 'fragment', trackId: 1, samples: parseChunk(damaged, NO_DEFAULTS) }]);
        } catch (error) {
          assert(error instanceof AppError, String(error));
        }
      },
    ),
    { seed: 20_261_122, numRuns: 1000 },
  );
});

function assertGood(events: readonly FragmentEvent[]): void {
  for (const event of events) {
    if (event.kind === 'fragment') {
      assert(event.samples.length > 0 && event.samples.length <= 10_000);
      for (const { duration, compositionOffset, data } of event.samples) {
        assert(Number.isInteger(duration) && duration >= 1 && duration <= 0xffff_ffff);
        assert(compositionOffset === (compositionOffset | 0));
        assert(data.length <= STREAM.length);
      }
    }
  }
}

import assert from 'node:assert/strict';
import { test } from 'node:test';
import HLS from 'hls-parser';
import { CUE_TIMESCALE, type PlacedCue } from '../../../src-main/core/ports/cues.ts';
import { parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { checkMultivariantPlaylist } from '../../../src-main/manifest/hls/check/check-multivariant-playlist.ts';
import { parseMultivariantPlaylist } from '../../../src-main/manifest/hls/multivariant-playlist.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { readBoxes } from '../../../src-main/media/isobmff/box-reader.ts';
import { type EventMessage, parseEmsg } from '../../../src-main/media/isobmff/emsg.ts';
import { ticks } from '../../../src-main/media/time.ts';
import { FAKE, FAKE_START_MS, FAKE_TRACKS, type FakeOptions, fakeCue } from '../../support/fake-presentation.ts';
import { fakeStream, fragmentPath, playlistPath } from '../../support/packaged-stream.ts';
import { assertGoldenManifest } from './golden-manifest.ts';

const { BEST, SOUND } = FAKE;
const MASTER = 'manifest(format=m3u8-cmaf)';
const LEGACY_MASTER = 'manifest(format=m3u8-cmaf,cue=legacy)';
const DASH = 'manifest(format=mpd-time-cmaf)';
const METADATA = 'https://aomedia.org/emsg/ID3';
const MESSAGE = Uint8Array.of(0xfc, 0x30, 0x11);

type Stream = ReturnType<typeof fakeStream>;

/** Media time so many seconds behind the beginning of the broadcast. */
const at = (seconds: number) => ticks(BigInt(FAKE_START_MS + seconds * 1000) * BigInt(CUE_TIMESCALE / 1000));

function streamWith(segments: number, options: FakeOptions = {}): Stream {
  const stream = fakeStream(options);
  stream.segments(segments);
  stream.follow();
  return stream;
}

const legacyPath = (track: (typeof FAKE_TRACKS)[number]): string =>
  playlistPath(track).replace('m3u8-cmaf', 'm3u8-cmaf,cue=legacy');
const legacy = (stream: Stream) => parseMediaPlaylist(stream.text(legacyPath(BEST)));

// ---- date ranges

test('a break is a date range in the playlists of every picture and sound, before it and while it is in the window', () => {
  const stream = streamWith(2, { windowSeconds: 12 });
  stream.cue(fakeCue());
  const ranges = (): readonly unknown[] => FAKE_TRACKS.map((track) => stream.playlist(track).dateRanges);
  const expected = [
    { id: '7', startDateMs: FAKE_START_MS + 6000, plannedDurationSeconds: 30, scte35Out: MESSAGE },
  ];

  for (let segments = 2; segments <= 24; segments += 1) {
    // Up to 48 s: the window then begins at 36 s, which is the end of the break.
    assert.deepEqual(
      ranges(),
      FAKE_TRACKS.map(() => expected),
      `after ${segments} segments`,
    );
    stream.segments(1);
  }
  assert.deepEqual(
    ranges(),
    FAKE_TRACKS.map(() => undefined),
  );
});

test('another parser reads the date range', () => {
  const stream = streamWith(6, { partSeconds: undefined });
  stream.cue(fakeCue());

  const playlist = HLS.parse(stream.text(playlistPath(BEST)));

  assert(!playlist.isMasterPlaylist);
  const [range] = playlist.segments.flatMap((segment) => segment.dateRange ?? []);
  assert.equal(range?.id, '7');
  assert.equal(range.start?.getTime(), FAKE_START_MS + 6000);
  const { attributes }: { readonly attributes: Readonly<Record<string, unknown>> } = range;
  assert.deepEqual(attributes['SCTE35-OUT'], MESSAGE);
});

test('a break that has ended says for how long it was, and which section ended it', () => {
  const stream = streamWith(6);
  const ended = { time: at(10.5), message: Uint8Array.of(0xfc, 0x30, 0x22) };
  stream.cue(fakeCue());

  stream.cue(fakeCue({ ended, until: ended.time }));

  assert.deepEqual(stream.playlist(BEST).dateRanges, [
    {
      id: '7',
      startDateMs: FAKE_START_MS + 6000,
      durationSeconds: 4.5,
      plannedDurationSeconds: 30,
      scte35Out: MESSAGE,
      scte35In: ended.message,
    },
  ]);
});

test('a way back on its own and other sections have attributes of their own', () => {
  const stream = streamWith(6);
  const time = at(8);
  stream.cue(fakeCue({ number: 1, rangeId: 'in', kind: 'in', time, until: time, duration: undefined }));
  stream.cue(fakeCue({ number: 2, rangeId: 'cmd', kind: 'command', time, until: time, duration: undefined }));
  const startDateMs = FAKE_START_MS + 8000;

  assert.deepEqual(stream.playlist(SOUND).dateRanges, [
    { id: 'in', startDateMs, scte35In: MESSAGE },
    { id: 'cmd', startDateMs, scte35Command: MESSAGE },
  ]);
});

test('what was taken back, what has no range of its own and timed metadata are no date ranges', () => {
  const stream = streamWith(6);
  stream.cue(fakeCue({ number: 1, withdrawn: true, endSequence: 3 }));
  stream.cue(fakeCue({ number: 2, rangeId: undefined, kind: 'in', time: at(8), until: at(8) }));
  stream.cue(fakeCue({ number: 3, rangeId: undefined, kind: 'metadata', scheme: METADATA }));

  assert.equal(stream.playlist(BEST).dateRanges, undefined);
});

test('a cue is in the next answer, although nothing else has come', () => {
  const stream = streamWith(6);
  const paths = [...FAKE_TRACKS.map(playlistPath), DASH];
  const before = paths.map((path) => stream.manifest(path).version);

  stream.cue(fakeCue());

  for (const [index, path] of paths.entries()) {
    assert.notEqual(stream.manifest(path).version, before[index]);
    assert.match(stream.text(path), /SCTE35-OUT=0xFC3011|scte35:Signal/);
  }
});

test('timed metadata changes no manifest once its scheme is known', () => {
  const stream = streamWith(6);
  const note = (number: number) => fakeCue({ number, kind: 'metadata', scheme: METADATA, value: '' });
  stream.cue(note(1));
  const paths = [...FAKE_TRACKS.map(playlistPath), DASH];
  const before = paths.map((path) => stream.manifest(path));

  stream.cue(note(2));

  assert(paths.every((path, index) => stream.manifest(path) === before[index]));
});

test('a delta update has all date ranges, or only the recent ones for who asks for that, and says which have gone', () => {
  const stream = streamWith(20, { windowSeconds: 60 });
  const second = fakeCue({ number: 8, rangeId: 'b', time: at(50), until: at(60), duration: 10 * CUE_TIMESCALE });
  const ids = (query: string) => stream.playlist(BEST, query).dateRanges?.map(({ id }) => id) ?? [];
  const removed = () => stream.playlist(BEST, '_HLS_skip=v2').skip?.recentlyRemovedDateRanges;
  stream.cue(fakeCue({ rangeId: 'a' }));
  assert.deepEqual([ids('_HLS_skip=YES'), ids('_HLS_skip=v2'), removed()], [['a'], ['a'], []]);

  stream.segments(7);
  stream.follow();
  stream.cue(second);
  assert.deepEqual([ids('_HLS_skip=YES'), ids('_HLS_skip=v2'), removed()], [['a', 'b'], ['b'], []]);

  stream.cue({ ...second, withdrawn: true, endSequence: 29 });
  assert.deepEqual([ids('_HLS_skip=YES'), ids('_HLS_skip=v2'), removed()], [['a'], [], ['b']]);
  assert.equal(stream.playlist(BEST, '_HLS_skip=v2').version, 10);
  assert.equal(stream.playlist(BEST, '_HLS_skip=YES').version, 9);

  stream.segments(7);
  stream.follow();
  assert.deepEqual(removed(), []);
  const ended = fakeCue({ rangeId: 'a', ended: { time: at(36), message: undefined } });
  stream.cue(ended);
  assert.deepEqual(ids('_HLS_skip=v2'), ['a'], 'what was added to a range is told again');
});

test('after the end a recording has the breaks that are in it, and none behind it', () => {
  const stream = streamWith(10);
  stream.cue(fakeCue());
  stream.cue(fakeCue({ number: 8, rangeId: '8', time: at(25), until: at(30) }));
  stream.end();
  stream.clock.advance(61_000);

  assert.deepEqual(
    stream.playlist(BEST).dateRanges?.map(({ id }) => id),
    ['7'],
  );
  assert.equal(parseMpd(stream.text(DASH)).periods[0]?.eventStreams?.[0]?.events.length, 1);
});

// ---- legacy cues

test('cue=legacy is passed on to the playlists of the tracks, and is for HLS only', async () => {
  const stream = streamWith(6);

  const legacyMaster = stream.text(LEGACY_MASTER);
  assert.equal(stream.text(MASTER).includes('cue='), false);
  assert.equal(legacyMaster.match(/format=m3u8-cmaf,cue=legacy\)/g)?.length, 3);
  assert.match(stream.text(legacyPath(BEST)), /RENDITION-REPORT:URI="[^"]+cue=legacy\)"/);
  assert.equal(stream.text('manifest(format=m3u8-cmaf,cue=daterange)'), stream.text(MASTER));

  await assert.rejects(async () => await stream.answer('manifest(format=mpd-time-cmaf,cue=legacy)'), {
    code: 'MPE_BAD_URL_SYNTAX',
  });
  await assert.rejects(async () => await stream.answer('manifest(format=m3u8-cmaf,cue=perhaps)'), {
    code: 'MPE_BAD_URL_SYNTAX',
    message: /cue= is either daterange or legacy/,
  });
});

test('a legacy cue stands before the segment in which it applies, and with the time gone by when that has left', () => {
  const stream = streamWith(2, { windowSeconds: 12 });
  stream.cue(fakeCue());
  assert(legacy(stream).segments.every(({ cues }) => cues === undefined));
  stream.segments(4);

  const cue = {
    id: '7',
    type: 'scte35',
    durationSeconds: 30,
    timeSeconds: FAKE_START_MS / 1000 + 6,
    cue: Buffer.from(MESSAGE).toString('base64'),
  };
  const { segments } = legacy(stream);
  assert.deepEqual(
    segments.map(({ cues }) => cues),
    segments.map((_, index) => (index === 3 ? [cue] : undefined)),
  );
  assert.equal(stream.text(playlistPath(BEST)).includes('EXT-X-CUE'), false);
  assert.equal(legacy(stream).dateRanges?.length, 1);

  const elapsed: unknown[] = [];
  for (let count = 0; count < 24; count += 1) {
    stream.segments(1);
    const [first, ...others] = legacy(stream).segments;
    elapsed.push(first?.cues?.[0]?.elapsedSeconds);
    assert(legacy(stream).segments.length - 1 === others.length);
  }
  // The window begins at 0 s, at 6 s after three more segments, and at 36 s after eighteen.
  const grown = elapsed.filter((seconds) => seconds !== undefined);
  assert.deepEqual(grown, [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]);
  assert.equal(elapsed.at(-1), undefined);
});

test('a legacy cue that changes is written anew, wherever its segment is kept', () => {
  const stream = streamWith(200, { windowSeconds: 600 });
  const cue = fakeCue({ duration: 600 * CUE_TIMESCALE, until: at(606) });
  stream.cue(cue);
  assert.equal(legacy(stream).segments[3]?.cues?.[0]?.durationSeconds, 600);

  stream.cue({ ...cue, ended: { time: at(399), message: undefined }, until: at(399) });

  assert.equal(legacy(stream).segments[3]?.cues?.[0]?.durationSeconds, 393);
});

test('sound, which is cut a little behind the picture, has its legacy cues at the same cut', () => {
  const stream = streamWith(8);
  stream.cue(fakeCue());

  const [picture, sound] = [BEST, SOUND].map((track) =>
    parseMediaPlaylist(stream.text(legacyPath(track))).segments.findIndex(({ cues }) => cues !== undefined),
  );

  assert.deepEqual([picture, sound], [3, 3]);
});

// ---- DASH

test('an MPD has the sections with their times in the Period, and announces those in the segments', () => {
  const stream = streamWith(6);
  stream.cue(fakeCue());
  stream.cue(fakeCue({ number: 9, value: 'splices', time: at(40), until: undefined, duration: undefined }));
  stream.cue(fakeCue({ number: 10, kind: 'metadata', scheme: METADATA, value: 'notes' }));

  const mpd = stream.mpd();
  const [period] = mpd.periods;
  // The Period begins with the broadcast.
  assert.equal(mpd.availabilityStartTimeMs, FAKE_START_MS);
  const stream35 = { schemeIdUri: 'urn:scte:scte35:2014:xml+bin', timescale: 90_000 };
  const content = { kind: 'splice', section: MESSAGE } as const;
  assert.deepEqual(
    period?.eventStreams?.map((one) => ({ ...one, events: one.events.map((event) => ({ ...event })) })),
    [
      {
        ...stream35,
        value: 'onAdCue',
        events: [{ presentationTime: ticks(6 * 90_000), duration: ticks(30 * 90_000), id: 7, content }],
      },
      { ...stream35, value: 'splices', events: [{ presentationTime: ticks(40 * 90_000), id: 9, content }] },
    ],
  );
  const splices = ['onAdCue', 'splices'].map((value) => ({ schemeIdUri: 'urn:scte:scte35:2013:bin', value }));
  const [pictures, sound] = period.adaptationSets;
  assert.deepEqual(pictures?.inbandEventStreams, [...splices, { schemeIdUri: METADATA, value: 'notes' }]);
  assert.deepEqual(sound?.inbandEventStreams, [...splices, { schemeIdUri: METADATA }]);
});

test('a break that began before the recording begins with it, and is that much shorter', () => {
  const stream = streamWith(10, { windowSeconds: 10, archiveSegments: 0 });
  stream.cue(fakeCue());
  stream.end();
  stream.clock.advance(61_000);

  const [events] = stream.mpd().periods[0]?.eventStreams ?? [];

  // The recording begins at 10 s.
  assert.deepEqual(
    events?.events.map(({ presentationTime, duration }) => [presentationTime, duration]),
    [[0n, BigInt(26 * 90_000)]],
  );
});

test('a recording without cues announces none', () => {
  const stream = streamWith(6);
  stream.end();
  stream.clock.advance(61_000);

  assert.doesNotMatch(stream.text(DASH), /EventStream/);
});

// ---- in the segments

/** The event messages before the made-up media of a segment. */
function messagesIn(chunks: readonly Uint8Array[]): readonly EventMessage[] {
  const bytes = Buffer.concat(chunks);
  const media = bytes.indexOf(`[`);
  const messages: EventMessage[] = [];
  for (let offset = 0; bytes.toString('latin1', offset + 4, offset + 8) === 'emsg'; ) {
    const size = bytes.readUInt32BE(offset);
    messages.push(parseEmsg(readBoxes(Uint8Array.from(bytes.subarray(offset, offset + size))).require('emsg')));
    offset += size;
    assert(offset <= bytes.length && (media >= offset || media < 0));
  }
  return messages;
}

async function messagesOf(stream: Stream, sequence: number, index = 0): Promise<readonly EventMessage[]> {
  const { segments, track } = stream.presentation.tracks()[index]!;
  const answer = await stream.media(fragmentPath(track, segments.at(sequence - segments.firstSequence).time));
  assert.equal(answer.size, Buffer.concat(answer.chunks).length);
  return messagesIn(answer.chunks);
}

test('a splice is in every segment of pictures and sound from fifteen seconds before it on, with the time left', async () => {
  const stream = streamWith(20, { windowSeconds: 60 });
  stream.cue(fakeCue({ time: at(25.5), until: at(55.5) }));

  for (const track of [0, 1]) {
    const deltas = [];
    for (let sequence = 1; sequence <= 20; sequence += 1) {
      const [message, ...others] = await messagesOf(stream, sequence, track);
      assert.equal(others.length, 0);
      deltas.push(message && (message.start.kind === 'delta' ? message.start.ticks / 90_000 : 'absolute'));
    }
    // The segments begin at 0 s, 2 s, …; the first one that is near enough at 12 s.
    const expected = Array.from({ length: 20 }, (_, index) =>
      index >= 6 && index <= 12 ? 25.5 - 2 * index : undefined,
    );
    assert.deepEqual(deltas, expected);
  }
  const [message] = await messagesOf(stream, 10, 2);
  assert.deepEqual(
    [message?.schemeIdUri, message?.value, message?.timescale, message?.duration, message?.id],
    ['urn:scte:scte35:2013:bin', 'onAdCue', 90_000, 30 * 90_000, 7],
  );
  assert.deepEqual(message?.payload, MESSAGE);
});

test('a length that is not known is written as such', async () => {
  const stream = streamWith(6);
  stream.cue(fakeCue({ duration: undefined, until: undefined }));

  assert.equal((await messagesOf(stream, 2))[0]?.duration, 0xffff_ffff);
});

test('segments that somebody may have had before the cue came stay as they were', async () => {
  const stream = streamWith(6);
  const { time } = stream.presentation.tracks()[0]!.segments.at(2);
  const before = await stream.media(fragmentPath(BEST, time));

  stream.cue(fakeCue({ time: at(11), until: at(41), firstSequence: 5 }));

  const after = await stream.media(fragmentPath(BEST, time));
  assert.deepEqual([after.version, after.size, after.chunks], [before.version, before.size, before.chunks]);
  assert.equal((await messagesOf(stream, 4)).length, 0);
  assert.equal((await messagesOf(stream, 5)).length, 1);
});

test('one that comes late is in the first segment that can have it, with no time left, and a break that is over is not', async () => {
  const stream = streamWith(8);
  const late = (number: number, over: Partial<PlacedCue>): void =>
    stream.cue(fakeCue({ number, firstSequence: 6, ...over }));
  late(1, { time: at(8.5), duration: 5 * CUE_TIMESCALE, until: at(13.5) });
  late(2, { time: at(4), duration: 5 * CUE_TIMESCALE, until: at(9) });
  late(3, { time: at(5), duration: undefined, until: undefined });

  const messages = await messagesOf(stream, 6);
  assert.deepEqual(
    messages.map(({ id, start }) => [id, start]),
    [
      [3, { kind: 'delta', ticks: 0 }],
      [1, { kind: 'delta', ticks: 0 }],
    ],
  );
  assert.equal((await messagesOf(stream, 5)).length, 0);
  assert.equal((await messagesOf(stream, 7)).length, 0);
});

test('what was replaced stays in the segments that had it, and the other is in those behind', async () => {
  const stream = streamWith(8);
  stream.cue(fakeCue({ number: 7, time: at(13), withdrawn: true, firstSequence: 2, endSequence: 5 }));
  stream.cue(fakeCue({ number: 8, time: at(13), until: at(20), firstSequence: 5 }));

  const ids = [];
  for (let sequence = 1; sequence <= 7; sequence += 1) {
    ids.push((await messagesOf(stream, sequence)).map(({ id }) => id));
  }

  assert.deepEqual(ids, [[], [7], [7], [7], [8], [8], [8]]);
});

test('timed metadata is in one segment, the first that can have it, at its own time or at the beginning of that', async () => {
  const stream = streamWith(6);
  const note = { kind: 'metadata', scheme: METADATA, value: '', duration: undefined, firstSequence: 4 } as const;
  stream.cue(fakeCue({ ...note, number: 1, time: at(7.25) }));
  stream.cue(fakeCue({ ...note, number: 2, time: at(5.25) }));

  for (let sequence = 1; sequence <= 6; sequence += 1) {
    const messages = await messagesOf(stream, sequence);
    assert.deepEqual(
      messages.map(({ schemeIdUri, start, duration }) => [schemeIdUri, start, duration]),
      sequence === 4
        ? [
            [METADATA, { kind: 'absolute', ticks: at(6) }, 0xffff_ffff],
            [METADATA, { kind: 'absolute', ticks: at(7.25) }, 0xffff_ffff],
          ]
        : [],
    );
  }
});

test('timed metadata is in the pictures alone, and in the sound of a broadcast without any', async () => {
  const stream = streamWith(6);
  const note = { kind: 'metadata', scheme: METADATA, firstSequence: 4 } as const;
  stream.cue(fakeCue({ ...note, number: 1, carriers: 'video' }));
  stream.cue(fakeCue({ ...note, number: 2, carriers: 'all' }));

  const ids = async (track: number) => (await messagesOf(stream, 4, track)).map(({ id }) => id);

  assert.deepEqual([await ids(0), await ids(1), await ids(2)], [[1, 2], [1, 2], [2]]);
});

test('a segment is the same with its messages whole, in parts and while it grows', async () => {
  for (const chunksPerPart of [1, 2, 3]) {
    const stream = fakeStream({ chunksPerPart });
    stream.cue(fakeCue({ time: at(7) }));
    stream.cue(fakeCue({ number: 2, kind: 'metadata', scheme: METADATA, firstSequence: 4 }));
    stream.segments(3);
    stream.chunk();
    for (const [index, track] of FAKE_TRACKS.entries()) {
      const { time } = stream.presentation.tracks()[index]!.open!;
      const growing = await stream.growing(fragmentPath(track, time, { format: 'mpd-time-cmaf' }));
      const first = growing.read(0);
      assert.equal(first.chunks.length, 1, 'whoever reads counts chunks');
      assert.equal(messagesIn(first.chunks).length, track.kind === 'video' ? 2 : 1);
    }
    const paths = FAKE_TRACKS.map((track, index) =>
      fragmentPath(track, stream.presentation.tracks()[index]!.open!.time, { format: 'mpd-time-cmaf' }),
    );
    const growings = await Promise.all(paths.map((path) => stream.growing(path)));
    stream.segments(1, 9);

    for (const [index, track] of FAKE_TRACKS.entries()) {
      const whole = Buffer.concat((await stream.media(paths[index]!)).chunks);
      assert.deepEqual(Buffer.concat(growings[index]!.read(0).chunks), whole);
      const listed = stream.playlist(track).segments.at(-1)!;
      const parts = await Promise.all(
        listed.parts!.map((part) => stream.media(`QualityLevels(${track.bitrate})/${part.uri}`)),
      );
      assert.deepEqual(Buffer.concat(parts.flatMap(({ chunks }) => chunks)), whole);
      assert(parts.every(({ size, chunks }) => size === Buffer.concat(chunks).length));
    }
  }
});

test('everybody is given the same bytes of the messages before a segment', async () => {
  const stream = streamWith(6);
  stream.cue(fakeCue());
  const path = fragmentPath(BEST, stream.presentation.tracks()[0]!.segments.at(1).time);

  const [one, other] = [await stream.media(path), await stream.media(path)];

  assert.equal(one.chunks[0], other.chunks[0]);
});

// ---- captions

test('captions are listed as soon as there are any, with a group that every variant with pictures names', () => {
  const stream = streamWith(6);
  assert.match(stream.text(MASTER), /CLOSED-CAPTIONS=NONE/);

  stream.caption(BEST.id, ['CC1', 'SERVICE1']);

  for (const audioOnly of [false, true]) {
    const text = stream.text(`manifest(format=m3u8-cmaf,audio-only=${audioOnly})`);
    const playlist = parseMultivariantPlaylist(text);
    assert.deepEqual(
      playlist.renditions
        .filter(({ type }) => type === 'CLOSED-CAPTIONS')
        .map((one) => [one.name, one.instreamId]),
      [
        ['CC1', 'CC1'],
        ['SERVICE1', 'SERVICE1'],
      ],
    );
    assert.equal(text.match(/CLOSED-CAPTIONS="captions"/g)?.length, 2);
    assert.doesNotMatch(text, /CLOSED-CAPTIONS=NONE/);
    assert.deepEqual(checkMultivariantPlaylist(playlist), []);
  }
});

test('an MPD tells of captions in the set of the pictures', () => {
  const stream = streamWith(6);
  const before = stream.mpd();
  stream.caption(BEST.id, ['CC1']);

  const [pictures, sound] = stream.mpd().periods[0]!.adaptationSets;

  assert.equal(before.periods[0]?.adaptationSets[0]?.accessibilities, undefined);
  assert.deepEqual(pictures?.accessibilities, [
    { schemeIdUri: 'urn:scte:dash:cc:cea-608:2015', value: 'CC1=und' },
  ]);
  assert.equal(sound?.accessibilities, undefined);
});

// ---- on file

test('a broadcast with cues and captions is written as on file', () => {
  const stream = fakeStream({ windowSeconds: 30 });
  stream.segments(9);
  stream.cue(fakeCue());
  stream.cue(fakeCue({ number: 8, rangeId: '8', time: at(24), until: undefined, duration: undefined }));
  stream.cue(fakeCue({ number: 9, kind: 'metadata', scheme: METADATA, value: '' }));
  stream.caption(BEST.id, ['CC1']);
  stream.chunk();
  stream.chunk();
  stream.follow();

  assertGoldenManifest('cues/multivariant.m3u8', stream.text(LEGACY_MASTER));
  assertGoldenManifest('cues/video.m3u8', stream.text(playlistPath(BEST)));
  assertGoldenManifest('cues/video-delta.m3u8', stream.text(playlistPath(BEST), '_HLS_skip=v2'));
  assertGoldenManifest('cues/video-legacy.m3u8', stream.text(legacyPath(BEST)));
  assertGoldenManifest('cues/live.mpd', stream.text(DASH));
});

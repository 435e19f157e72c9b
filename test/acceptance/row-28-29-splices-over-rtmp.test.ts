import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { parseSpliceInfo } from '../../src-main/media/scte35/splice-info.ts';
import { spliceInstant, spliceSignals } from '../../src-main/media/scte35/splice-signals.ts';
import type { LiveEvent } from '../../src-main/shared/api/live-events.ts';
import { sendWithCues } from '../support/cue-encoder.ts';
import {
  cueMpd,
  cuePlaylists,
  type ListedEvent,
  type ListedRange,
  legacy,
  segmentAt,
  timescaleOf,
} from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  type Published,
  previewBase,
  record,
  request,
  startEvent,
} from '../support/service-stage.ts';
import { insertSection } from '../support/splice-messages.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

const SPLICES = 'urn:scte:scte35:2013:bin';
const SPLICES_IN_MPD = 'urn:scte:scte35:2014:xml+bin';
const SECONDS = 2;
/** Dates have milliseconds, and so has RTMP. */
const ROUNDING = 0.0025;
const ANNOUNCED = 15;
const NEAR = 0.1;

/** A break as it was asked for. `at`: UTC. */
type Break = { readonly id: string; readonly at: number; readonly section: string };

describe('breaks that an encoder announces over RTMP', { skip: missingPrograms('ffmpeg') }, () => {
  const opened = new AsyncDisposableStack();
  let stage: Stage;
  let event: LiveEvent;
  let published: Published;
  let spliced: Break;
  let simple: Break;

  before(async () => {
    const file = await mediaFile({
      seconds: 60,
      layers: [
        { size: '320x180', kbps: 300 },
        { size: '160x90', kbps: 100 },
      ],
      gopSeconds: 1,
    });
    stage = opened.use(await openStage());
    await using events = followEvents(stage.lectern);
    event = await startEvent(stage.lectern, 'cues', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    published = await record(stage.lectern, 'cues');
    const base = ingestUrl(event, 'rtmp');
    const [high, low] = await Promise.all([
      sendWithCues(base, 'high', file, { layer: 0 }),
      sendWithCues(base, 'low', file, { layer: 1 }),
    ]);
    opened.use(high);
    opened.use(low);
    const [playlist] = await until('the stream', async () => {
      const playlists = await cuePlaylists(published.hls);
      return playlists.length === 3 && playlists.every(({ segments }) => segments.length >= 2)
        ? playlists
        : undefined;
    });
    await events.next('Microsoft.Media.LiveEventIncomingStreamReceived');
    const first = playlist?.segments[0];
    assert.equal(first?.sequence, 1);
    /** UTC of the encoder's time 0: its first picture is the first of the first segment. */
    const zero = first.start - high.first;
    // Segments begin at whole seconds behind the first picture: breaks that begin amid them are in one of them however times are rounded.
    const now = Math.max(high.seconds(), low.seconds());
    const whole = high.first + Math.ceil(now - high.first);
    const [splicedAt, simpleAt] = [whole + 4.5, whole + 7.8];
    const section = Buffer.from(insertSection(7, 'out', { breakTicks: SECONDS * 90_000 })).toString('base64');
    spliced = { id: '7', at: zero + splicedAt, section };
    simple = { id: 'ad-2', at: zero + simpleAt, section: '' };
    for (const encoder of [high, low]) {
      const unknown = { comment: 'fields that nobody knows are left alone' };
      encoder.adCue({
        ...{ cue: section, type: 'scte35', id: '7', duration: SECONDS, time: splicedAt, elapsed: 0 },
        ...unknown,
      });
      encoder.adCue({ cue: 'SpliceOut', id: 'ad-2', duration: SECONDS, time: simpleAt });
    }
    await until('both encoders have said both', () => {
      const told = events.seen().filter(({ eventType }) => eventType === 'Lectern.LiveEventCue');
      return told.length === 4 && told.every(({ data }) => field(data, 'accepted') === true) ? true : undefined;
    });
  });
  after(() => opened.disposeAsync());

  /** Both breaks are in the manifests at once; their segments are when the encoder has come there. */
  async function untilOver(): Promise<void> {
    await until(
      'both breaks are over',
      async () => {
        const playlists = await cuePlaylists(published.hls);
        const isOver = playlists.every(({ segments }) => (segments.at(-1)?.end ?? 0) > simple.at + SECONDS + 1);
        return isOver ? true : undefined;
      },
      30_000,
    );
  }

  function assertRange(range: ListedRange | undefined, { id, at, section }: Break): void {
    assert.ok(range !== undefined, `no range of ${id}`);
    assert.ok(Math.abs(range.start - at) < ROUNDING, `${id}: ${range.start} and not ${at}`);
    assert.deepEqual(
      [range.planned, range.duration, range.out, range.in, range.command],
      [SECONDS, undefined, section, undefined, undefined],
    );
  }

  for (const [where, base] of [
    ['of the output', () => published.base],
    ['of the preview', () => previewBase(stage.lectern, event)],
  ] as const) {
    test(`28: a section in onAdCue is a date range in every playlist ${where}, once, with the same bytes`, async () => {
      for (const [format, kinds] of [
        ['m3u8-cmaf', ['video', 'video', 'audio']],
        ['m3u8-aapl', ['video', 'video', 'audio']],
        ['m3u8-aapl-v3', ['video', 'video']],
      ] as const) {
        const playlists = await cuePlaylists(`${base()}/manifest(format=${format})`);

        assert.deepEqual(
          playlists.map(({ kind }) => kind),
          kinds,
          format,
        );
        for (const { ranges } of playlists) {
          assert.deepEqual(
            ranges.map(({ id }) => id),
            ['7', 'ad-2'],
            format,
          );
          assertRange(ranges[0], spliced);
        }
      }
    });
  }

  test('29: SpliceOut is the same with a section that says what it said', async () => {
    const playlists = await cuePlaylists(published.hls);

    const sections = new Set(playlists.map(({ ranges }) => ranges[1]?.out));
    assert.equal(sections.size, 1);
    simple = { ...simple, section: [...sections][0] ?? '' };
    playlists.forEach(({ ranges }) => assertRange(ranges[1], simple));
    const info = parseSpliceInfo(Buffer.from(simple.section, 'base64'));
    const [signal] = spliceSignals(info);
    assert.deepEqual(
      [signal?.kind, signal?.duration, signal?.autoReturn, signal?.isCancel],
      ['out', SECONDS * 90_000, true, false],
    );
    assert.equal(spliceInstant(info)?.kind, 'at');
  });

  test('28, 29: EXT-X-CUE stands before the segment in which it applies, in every playlist, when it is asked for', async () => {
    await untilOver();

    for (const { url, segments } of await cuePlaylists(legacy(published.hls))) {
      for (const { id, at, section } of [spliced, simple]) {
        const carriers = segments.filter(({ cues }) => cues.some((cue) => cue['ID'] === id));
        assert.equal(carriers.length, 1, `${id} in ${url}`);
        const [{ start, end, cues } = { start: 0, end: 0, cues: [] }] = carriers;
        // Sound is cut up to a frame behind the picture: what lies that near to the next segment is told with it.
        assert.ok(start - NEAR <= at && at < end, `${id} at ${at} is before ${start}..${end}`);
        const { TIME, ...rest } = cues[0] ?? {};
        assert.ok(Math.abs(Number(TIME) - at) < ROUNDING);
        assert.deepEqual(rest, { ID: id, TYPE: 'scte35', DURATION: String(SECONDS), CUE: section });
      }
    }
    const plain = await cuePlaylists(published.hls);
    assert.ok(plain.every(({ segments }) => segments.every(({ cues }) => cues.length === 0)));
  });

  test('28, 29: DASH has an event of each with the same bytes, and announces the boxes', async () => {
    const { events, inband, isLive } = await cueMpd(published.dash);

    assert.equal(isLive, true);
    assert.deepEqual(
      events.map(({ scheme, value, duration, section }) => ({ scheme, value, duration, section })),
      [spliced, simple].map(({ section }) => ({
        scheme: SPLICES_IN_MPD,
        value: 'onAdCue',
        duration: SECONDS,
        section,
      })),
    );
    assert.equal(events[0]?.id, '7');
    for (const [index, { at }] of [spliced, simple].entries()) {
      assert.ok(Math.abs((events[index]?.start ?? 0) - at) < ROUNDING);
    }
    assert.deepEqual(Object.keys(inband), ['video', 'audio']);
    Object.values(inband).forEach((streams) => assert.ok(streams.includes(`${SPLICES} onAdCue`)));
  });

  test('28, 29: every segment that begins up to 15 s before a break has it, in HLS and DASH, and no later one', async () => {
    await untilOver();
    const { events, tracks } = await cueMpd(published.dash);
    const playlists = await cuePlaylists(published.hls);
    const lists = [
      ...tracks.map(({ timescale, segments }) => ({ timescale, segments })),
      ...(await Promise.all(
        playlists.map(async ({ map, segments }) => ({
          timescale: await timescaleOf(map),
          segments: segments.map(({ url }) => url),
        })),
      )),
    ];

    assert.equal(lists.length, 6);
    for (const { timescale, segments } of lists) {
      const views = await Promise.all(segments.map((url) => segmentAt(url, timescale)));
      for (const [index, { at, section }] of [spliced, simple].entries()) {
        const id = Number(events[index]?.id);
        const carrying = views.filter(({ messages }) => messages.some((message) => message.id === id));
        const first = views.indexOf(carrying[0] ?? views[0]!);
        const last = views.findLastIndex(({ start }) => start <= at + ROUNDING);
        assert.deepEqual(
          carrying.map(({ start }) => start),
          views.slice(first, last + 1).map(({ start }) => start),
        );
        // It was announced when there were few segments: the first one of which nobody had a byte has it.
        assert.ok(first <= 5 && carrying.length >= 3, `from ${first} on, ${carrying.length} times`);
        for (const { messages } of carrying) {
          const { start, delta, payload, ...rest } = messages.find((message) => message.id === id)!;
          assert.ok(Math.abs(start - at) < ROUNDING && delta >= 0 && delta <= ANNOUNCED, `${delta}`);
          assert.equal(payload.toString('base64'), section);
          assert.deepEqual(rest, { scheme: SPLICES, value: 'onAdCue', version: 0, id, duration: SECONDS });
        }
      }
    }
  });

  test('28, 29: the recording has them too', async () => {
    await untilOver();
    const before = await cueMpd(published.dash);
    await request(stage.lectern, 'DELETE', '/liveEvents/cues/liveOutputs/tape');

    const mpd = await until('the recording is on demand', async () => {
      const shown = await cueMpd(published.dash);
      return shown.isLive ? undefined : shown;
    });
    const playlists = await cuePlaylists(legacy(published.hls));

    // Counted from the beginning of another Period.
    assert.deepEqual(mpd.events.map(withoutStart), before.events.map(withoutStart));
    for (const [index, { at }] of [spliced, simple].entries()) {
      assert.ok(Math.abs((mpd.events[index]?.start ?? 0) - at) < ROUNDING);
    }
    for (const { ranges, segments, hasEnded } of playlists) {
      assert.ok(hasEnded);
      assertRange(ranges[0], spliced);
      assertRange(ranges[1], simple);
      const placed = segments.flatMap(({ cues }) => cues.map((cue) => [cue['ID'], cue['CUE']]));
      assert.deepEqual(
        placed,
        [spliced, simple].map(({ id, section }) => [id, section]),
      );
    }
  });
});

function withoutStart({ start: _, ...rest }: ListedEvent): Omit<ListedEvent, 'start'> {
  return rest;
}

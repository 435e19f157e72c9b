import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendWithCues } from '../support/cue-encoder.ts';
import { cueMpd, cuePlaylists, type ListedRange, segmentAt, timescaleOf } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import { field, followEvents, ingestUrl, type Published, record, startEvent } from '../support/service-stage.ts';
import { insertSection } from '../support/splice-messages.ts';
import { openStage, until } from '../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg');

function section(eventId: number, kind: 'out' | 'cancel', seconds?: number): string {
  const options = seconds === undefined ? {} : { breakTicks: seconds * 90_000 };
  return Buffer.from(insertSection(eventId, kind, options)).toString('base64');
}

test('31: the last message of an id and a time counts, unless it comes less than four seconds before that time', {
  skip,
}, async () => {
  await using stage = await openStage();
  await using events = followEvents(stage.lectern);
  const event = await startEvent(stage.lectern, 'cues', {
    input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
  });
  const published = await record(stage.lectern, 'cues');
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  await using encoder = await sendWithCues(ingestUrl(event, 'rtmp'), 'one', file);
  await until('the stream', async () => {
    const playlists = await cuePlaylists(published.hls);
    return playlists.length === 2 && playlists.every(({ segments }) => segments.length > 0) ? true : undefined;
  });
  await events.next('Microsoft.Media.LiveEventIncomingStreamReceived');
  const told = async (id: string, count: number, isAccepted: boolean): Promise<void> => {
    await until(`${count} messages of ${id} that are ${isAccepted ? '' : 'not '}accepted`, () => {
      const cues = events.seen().filter(({ eventType }) => eventType === 'Lectern.LiveEventCue');
      const own = cues.filter(({ data }) => field(data, 'id') === id);
      const isSo = own.length === count && field(own.at(-1)?.data, 'accepted') === isAccepted;
      return isSo ? true : undefined;
    });
  };
  const now = encoder.seconds();
  const [changed, cancelled] = [now + 9, now + 10.5];
  const say = (seconds: number): void =>
    encoder.adCue({
      ...{ cue: section(7, 'out', seconds), type: 'scte35' },
      ...{ id: '7', duration: seconds, time: changed },
    });

  say(10);
  encoder.adCue({ cue: section(8, 'out', 5), type: 'scte35', id: '8', duration: 5, time: cancelled });
  await told('8', 1, true);
  assert.deepEqual(await outs(published), [section(7, 'out', 10), section(8, 'out', 5)]);

  say(20);
  encoder.adCue({ cue: section(8, 'cancel'), type: 'scte35', id: '8', duration: 0, time: cancelled });
  await told('8', 2, true);
  const [range] = await sameRanges(published, ({ out }) => out === section(7, 'out', 20));
  assert.equal(range?.planned, 20);
  assert.deepEqual(await outs(published), [section(7, 'out', 20)]);
  assert.deepEqual(
    (await cueMpd(published.dash)).events.map((shown) => [shown.section, shown.duration]),
    [
      [section(7, 'out', 20), 20],
      [section(8, 'cancel'), undefined],
    ],
  );

  await until('less than four seconds are left', () => (encoder.seconds() > changed - 3.5 ? true : undefined));
  const before = await sameRanges(published, () => true);
  say(30);
  await told('7', 3, false);
  await until('the break has begun', async () => {
    const playlists = await cuePlaylists(published.hls);
    return playlists.every(({ segments }) => (segments.at(-1)?.end ?? 0) > range.start + 1) ? true : undefined;
  });
  assert.deepEqual(await sameRanges(published, () => true), before);

  // What stands in the segments is what was last said when they began.
  for (const { map, segments } of await cuePlaylists(published.hls)) {
    const timescale = await timescaleOf(map);
    const views = await Promise.all(segments.map(({ url }) => segmentAt(url, timescale)));
    const announced = views.flatMap(({ messages }) => messages.map(({ payload }) => payload.toString('base64')));
    const ofBreak = announced.filter((bytes) =>
      [10, 20, 30].some((seconds) => bytes === section(7, 'out', seconds)),
    );
    assert.equal(ofBreak.at(-1), section(7, 'out', 20));
    assert.ok(!ofBreak.includes(section(7, 'out', 30)));
    assert.ok(views.at(-3)?.messages.every(({ payload }) => payload.toString('base64') !== section(8, 'out', 5)));
  }
});

/** The ranges that fit, which must be the same in every playlist. */
async function sameRanges(
  { hls }: Published,
  fits: (range: ListedRange) => boolean,
): Promise<readonly ListedRange[]> {
  const [first, ...others] = (await cuePlaylists(hls)).map(({ ranges }) => ranges.filter(fits));
  others.forEach((other) => assert.deepEqual(other, first));
  return first ?? [];
}

async function outs(published: Published): Promise<readonly (string | undefined)[]> {
  const ranges = await sameRanges(published, ({ out }) => out !== undefined);
  return ranges.map(({ out }) => out);
}

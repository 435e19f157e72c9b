import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sendWithCues } from '../support/cue-encoder.ts';
import { type CuePlaylist, cueMpd, cuePlaylists, legacy } from '../support/cue-views.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { mediaFile } from '../support/senders.ts';
import { ingestUrl, record, startEvent } from '../support/service-stage.ts';
import { insertSection } from '../support/splice-messages.ts';
import { openStage, until } from '../support/studio-stage.ts';

/** Media minutes in seconds: windows are measured by the times of the media. */
const SPEED = 6;
const WINDOW = 60;
const SEGMENT = 2;
const SECONDS = 30;
const ROUNDING = 0.003;
const SECTION = Buffer.from(insertSection(7, 'out', { breakTicks: SECONDS * 90_000 })).toString('base64');

test('32: a break is told of while it reaches into the window, with the time that has gone by, and then no more', {
  skip: missingPrograms('ffmpeg'),
}, async () => {
  const file = await mediaFile({
    seconds: 150,
    layers: [{ size: '320x180', kbps: 100 }],
    frameRate: 10,
    audio: [{ kbps: 48 }],
  });
  await using stage = await openStage();
  const event = await startEvent(stage.lectern, 'cues');
  const published = await record(stage.lectern, 'cues', { archiveWindowLength: 'PT1M' });
  await using encoder = await sendWithCues(ingestUrl(event, 'rtmp'), 'one', file, { speed: SPEED });
  // In the middle of a segment.
  const at = 21;
  encoder.adCue({ cue: SECTION, type: 'scte35', id: '7', duration: SECONDS, time: encoder.first + at });

  const seen: (readonly CuePlaylist[])[] = [];
  let zero: number | undefined;
  let mpdsWith = 0;
  await until(
    'the break has left the window',
    async () => {
      const playlists = await cuePlaylists(legacy(published.hls));
      const begins = playlists.map(({ segments }) => segments[0]?.start ?? 0);
      if (playlists.length < 2 || begins.some((begin) => begin === 0)) {
        return undefined;
      }
      zero ??= playlists[0]?.segments[0]?.sequence === 1 ? begins[0] : undefined;
      seen.push(playlists);
      const { events } = await cueMpd(published.dash);
      mpdsWith += events.length;
      // A break that has gone from one manifest has gone from the others that are asked for behind it.
      assert.ok(events.length <= (playlists[0]?.ranges.length ?? 0));
      return Math.min(...begins) > (zero ?? 0) + at + SECONDS + 2 * SEGMENT ? true : undefined;
    },
    60_000,
  );

  const start = (zero ?? 0) + at;
  const end = start + SECONDS;
  assert.ok(mpdsWith > 10, `${mpdsWith} MPDs with the break`);
  assert.deepEqual((await cueMpd(published.dash)).events, []);
  for (const kind of ['video', 'audio'] as const) {
    const shown = seen.flatMap((playlists) => playlists.filter((playlist) => playlist.kind === kind));
    assert.ok(shown.some(({ segments }) => segments.length >= WINDOW / SEGMENT));
    const elapsed = shown.flatMap((playlist) => checked(playlist, start, end));
    assert.ok(new Set(elapsed).size >= 4, `${kind}: ${elapsed.join()}`);
    assert.deepEqual(
      elapsed,
      elapsed.toSorted((a, b) => a - b),
    );
    assert.ok((elapsed[0] ?? SECONDS) < SECONDS / 2 && (elapsed.at(-1) ?? 0) > SECONDS - 2 * SEGMENT);
  }
});

/** One playlist against what must be in it; the time that has gone by, where it has to say one. */
function checked({ ranges, segments }: CuePlaylist, start: number, end: number): readonly number[] {
  const [first, last] = [segments[0], segments.at(-1)];
  assert.ok(first !== undefined && last !== undefined);
  const reachesIn = first.start < end + ROUNDING;
  assert.equal(ranges.length, reachesIn ? 1 : 0, `the window begins ${first.start - end} s behind the end`);
  const placed = segments.flatMap(({ cues, sequence }) => cues.map((cue) => ({ cue, sequence })));
  // What is to come is placed when its segment is there.
  const isThere = reachesIn && last.end > start;
  assert.equal(placed.length, isThere ? 1 : 0);
  const [range] = ranges;
  const [{ cue, sequence } = { cue: {}, sequence: 0 }] = placed;
  if (range !== undefined) {
    assert.ok(Math.abs(range.start - start) < ROUNDING);
    assert.deepEqual([range.planned, range.out], [SECONDS, SECTION]);
  }
  if (!isThere) {
    return [];
  }
  assert.equal(cue['CUE'], SECTION);
  assert.equal(cue['DURATION'], String(SECONDS));
  if (cue['ELAPSED'] === undefined) {
    const carrier = segments.find((segment) => segment.sequence === sequence);
    assert.ok(carrier !== undefined && carrier.start <= start + 0.1 && carrier.end > start);
    return [];
  }
  assert.equal(sequence, first.sequence);
  assert.ok(Math.abs(Number(cue['ELAPSED']) - (first.start - start)) < ROUNDING);
  return [Number(cue['ELAPSED'])];
}

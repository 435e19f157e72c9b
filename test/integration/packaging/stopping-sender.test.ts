import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { checkMpd } from '../../../src-main/manifest/dash/check/check-mpd.ts';
import { type Mpd, parseMpd } from '../../../src-main/manifest/dash/mpd.ts';
import { endOfRun, timelineRuns } from '../../../src-main/manifest/dash/segment-timeline.ts';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { mediaFile, realTime, type Sender, send } from '../../support/senders.ts';
import { ingestUrl, record, segmentsAt, startEvent, textOf } from '../../support/service-stage.ts';
import { openStage } from '../../support/studio-stage.ts';

const QUALITIES = ['hi', 'mid', 'lo'] as const;
const LAYERS = [
  { size: '640x360', kbps: 800 },
  { size: '480x270', kbps: 500 },
  { size: '320x180', kbps: 300 },
] as const;
const WATCHED_SECONDS = 16;
/** Two segments. */
const MAX_STILL_SECONDS = 4;

/** Where the newest segment that is listed ends, in ms since 1970. */
function edgeOf({ periods, availabilityStartTimeMs = 0 }: Mpd): number {
  const { startSeconds = 0, adaptationSets } = periods.at(-1)!;
  const ends = adaptationSets.map(({ segmentTemplate }) => {
    const { timescale, presentationTimeOffset = 0n, timeline } = segmentTemplate!;
    const end = timelineRuns(timeline!).map(endOfRun).at(-1);
    return end === undefined ? 0 : startSeconds + Number(end - presentationTimeOffset) / timescale;
  });
  return availabilityStartTimeMs + Math.max(...ends) * 1000;
}

/** For how long something did not move on, at most. */
function stillness(): { look(value: number): void; longestSeconds(): number } {
  let newest = Number.NEGATIVE_INFINITY;
  let movedAt = performance.now();
  let longest = 0;
  return {
    look(value) {
      if (value > newest) {
        newest = value;
        movedAt = performance.now();
      }
      longest = Math.max(longest, performance.now() - movedAt);
    },
    longestSeconds: () => longest / 1000,
  };
}

test('one of three encoders is killed, and what the others send goes on everywhere', {
  skip: missingPrograms('ffmpeg'),
}, async (context) => {
  await using stage = await openStage();
  const { lectern } = stage;
  const event = await startEvent(lectern, 'news');
  const published = await record(lectern, 'news');
  const file = await mediaFile({ seconds: 90, layers: LAYERS });
  await using senders = new AsyncDisposableStack();
  const [best] = QUALITIES.map((name, index): Sender => {
    const layer = ['-map', `0:v:${index}`, '-map', '0:a:0', '-c', 'copy', '-f', 'flv'];
    return senders.use(send([...layer, `${ingestUrl(event, 'rtmp')}/${name}`], realTime(file)));
  });
  const playlists = await segmentsAt(published.hls, 3, 60_000);
  assert.equal(playlists.length, 4);
  const bests = playlists[0]!;
  const others = playlists.slice(1);
  const edges = { dash: stillness(), hls: others.map(stillness) };
  let previous: Mpd | undefined;

  async function look(): Promise<void> {
    const [mpdText, ...texts] = await Promise.all([published.dash, ...others].map((url) => textOf(url)));
    const mpd = parseMpd(mpdText!);
    const broken = checkMpd(previous, mpd).filter(({ level }) => level === 'must');
    assert.deepEqual(
      broken.filter(({ message }) => !/changed an S|gap before/.test(message)),
      [],
    );
    previous = mpd;
    edges.dash.look(edgeOf(mpd));
    for (const [index, text] of texts.entries()) {
      const { mediaSequence, segments, open } = parseMediaPlaylist(text!);
      edges.hls[index]!.look(mediaSequence + segments.length + (open?.parts?.length ?? 0) / 100);
    }
  }

  await best!.kill();
  for (const until = performance.now() + WATCHED_SECONDS * 1000; performance.now() < until; ) {
    await look();
    await pause(250);
  }

  const still = [edges.dash, ...edges.hls].map((edge) => edge.longestSeconds());
  context.diagnostic(`DASH and HLS stood still for ${still.map((one) => one.toFixed(1)).join(', ')} s`);
  assert(Math.max(...still) <= MAX_STILL_SECONDS, `an edge stood still for ${Math.max(...still)} s`);
  const widths = previous!.periods.map(({ adaptationSets }) =>
    adaptationSets.flatMap(({ representations }) => representations.flatMap(({ width }) => width ?? [])),
  );
  assert.deepEqual(widths[0], [640, 480, 320]);
  assert(widths.length > 1 && widths.slice(1).every((shown) => !shown.includes(640)), JSON.stringify(widths));
  assert.equal(parseMediaPlaylist((await textOf(bests))!).segments.at(-1)?.gap, true);
  assert.doesNotMatch((await textOf(published.hls))!, /RESOLUTION=640x360/);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMediaPlaylist } from '../../../src-main/manifest/hls/parse-media-playlist.ts';
import {
  FAKE,
  FAKE_TRACKS,
  fakeAudio,
  fakePresentation,
  fakePublication,
  fakeVideo,
} from '../../support/fake-presentation.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { fakeStream, packagedStream, playlistPath } from '../../support/packaged-stream.ts';

const { BEST, SMALL, SOUND } = FAKE;
const MASTER = 'manifest(format=m3u8-cmaf)';

test('the variant of sound alone is listed only when it is asked for', () => {
  const stream = fakeStream();
  stream.segments(4);

  const usual = stream.text(MASTER);
  const withAudioOnly = stream.text('manifest(format=m3u8-cmaf,audio-only=true)');

  assert.equal(usual.match(/#EXT-X-STREAM-INF/g)?.length, 2);
  assert.equal(withAudioOnly.match(/#EXT-X-STREAM-INF/g)?.length, 3);
  assert.match(withAudioOnly, /CODECS="mp4a\.40\.2",AUDIO="audio".*\nQualityLevels\(128000\)/);
});

test('a broadcast of sound only has its qualities as variants', () => {
  const stream = fakeStream({ tracks: [fakeAudio(128_000), fakeAudio(64_000)] });
  stream.segments(4);

  assert.match(stream.text(MASTER), /QualityLevels\(128000\)[^]*QualityLevels\(64000\)/);
  assert.equal(stream.playlist(fakeAudio(64_000)).segments.length, 4);
});

test('nothing is shown before there is a segment of every track, and whoever asks waits for it', async () => {
  const stream = fakeStream();
  stream.chunk();

  const waiting = await stream.notYet(MASTER);
  const waitingPlaylist = await stream.notYet(playlistPath(BEST));
  assert.equal(waiting.isReady(), false);
  stream.cut();

  assert.equal(waiting.isReady() && waitingPlaylist.isReady(), true);
  assert.equal((await waiting.again()).kind, 'manifest');
  assert.equal((await waitingPlaylist.again()).kind, 'manifest');
  assert.equal(waiting.tooLate().code, 'MPE_FRAGMENT_NOT_READY');
});

test('a track that has nothing keeps nobody waiting for long: the others are shown without it', async () => {
  const stream = fakeStream();
  stream.silence(SOUND.id, true);
  stream.segments(2);
  assert.equal((await stream.notYet(MASTER)).isReady(), false);

  stream.segments(1);

  assert.doesNotMatch(stream.text(MASTER), /audio/i);
  assert.equal(stream.mpd().periods[0]?.adaptationSets.length, 1);
});

test('a broadcast that ended before its first segment is not found', async () => {
  const stream = fakeStream();
  const waiting = await stream.notYet(MASTER);

  stream.end();

  assert.equal(waiting.isReady(), true);
  await stream.refuses('MPE_RESOURCE_NOT_FOUND', MASTER);
  await stream.refuses('MPE_RESOURCE_NOT_FOUND', playlistPath(BEST));
  await stream.refuses('MPE_RESOURCE_NOT_FOUND', 'manifest(format=mpd-time-cmaf)');
});

test('a blocking reload waits for the segment it names, and no longer', async () => {
  const stream = fakeStream();
  stream.segments(4);
  stream.chunk();

  const waiting = await stream.notYet(playlistPath(BEST), '_HLS_msn=5');
  assert.equal(waiting.waitSeconds, 6);
  assert.equal(waiting.tooLate().code, 'origin/not-updated');
  assert.equal(waiting.tooLate().status, 503);
  for (let chunk = 0; chunk < 9; chunk += 1) {
    stream.chunk();
    assert.equal(waiting.isReady(), false);
  }
  stream.cut();

  assert.equal(waiting.isReady(), true);
  const answer = await waiting.again();
  assert(answer.kind === 'manifest');
  assert.match(Buffer.from(answer.document.identity()).toString(), /MEDIA-SEQUENCE:1\n/);
  assert.equal(answer.lifetime, 12);
  assert.equal(stream.playlist(BEST, '_HLS_msn=5').segments.length, 5);
});

test('a blocking reload waits for the part it names; one behind the last of a segment is the first of the next', async () => {
  const stream = fakeStream();
  stream.segments(4);

  const third = await stream.notYet(playlistPath(BEST), '_HLS_msn=5&_HLS_part=2');
  const passed = await stream.notYet(playlistPath(BEST), '_HLS_msn=4&_HLS_part=5');
  stream.chunk();
  assert.equal(passed.isReady(), false);
  stream.chunk();
  assert.deepEqual([passed.isReady(), third.isReady()], [true, false]);
  stream.chunk();
  stream.chunk();
  assert.equal(third.isReady(), false);
  stream.chunk();
  stream.chunk();

  assert.equal(third.isReady(), true);
  assert.equal(stream.playlist(BEST, '_HLS_msn=5&_HLS_part=2').open?.parts?.length, 3);
});

test('what no player may ask for yet, and what makes no sense, is refused at once', async () => {
  const stream = fakeStream();
  stream.segments(4);
  const path = playlistPath(BEST);

  for (const query of [
    '_HLS_msn=7',
    '_HLS_msn=999999999999',
    '_HLS_msn=5&_HLS_part=8',
    '_HLS_part=1',
    '_HLS_msn=-1',
    '_HLS_msn=abc',
    '_HLS_msn=',
    '_HLS_msn=5&_HLS_msn=6',
    '_HLS_msn=99999999999999999999',
  ]) {
    await stream.refuses('MPE_BAD_URL_SYNTAX', path, query);
  }
  assert.equal(stream.playlist(BEST, '_HLS_skip=perhaps&token=x').segments.length, 4);
});

test('whoever waits when the broadcast ends is given the end', async () => {
  const stream = fakeStream();
  stream.segments(4);
  const waiting = await stream.notYet(playlistPath(BEST), '_HLS_msn=5');

  stream.end();

  assert.equal(waiting.isReady(), true);
  const answer = await waiting.again();
  assert(answer.kind === 'manifest');
  assert.match(Buffer.from(answer.document.identity()).toString(), /#EXT-X-ENDLIST\n$/);
  assert.equal(stream.playlist(BEST, '_HLS_msn=99').endList, true);
});

test('players stay three parts away from the end, and never nearer than video.js can bear', () => {
  const holdBack = (chunksPerPart: number): unknown => {
    const stream = fakeStream({ chunksPerPart });
    stream.segments(4);
    return stream.playlist(BEST).serverControl?.partHoldBackSeconds;
  };

  assert.deepEqual([holdBack(1), holdBack(2)], [0.75, 1.2804]);
});

test('a delta update leaves out what is older than six target durations, and is given only to who asks', () => {
  const stream = fakeStream({ windowSeconds: 3600 });
  stream.segments(100);

  const full = stream.playlist(BEST);
  const delta = stream.playlist(BEST, '_HLS_skip=YES');

  assert.equal(full.skip, undefined);
  assert.equal(full.segments.length, 100);
  assert.equal(delta.skip?.skippedSegments, 93);
  assert.equal(delta.segments.length, 7);
  assert.equal(delta.mediaSequence, 1);
  assert.equal(stream.playlist(BEST, '_HLS_skip=v2').skip?.skippedSegments, 93);
  assert.equal(fewSegments().skip, undefined);

  function fewSegments() {
    const young = fakeStream();
    young.segments(4);
    return young.playlist(BEST, '_HLS_skip=YES');
  }
});

test('a break is marked, counted when it has left, and the same in every track', () => {
  const stream = fakeStream({ windowSeconds: 12 });
  stream.segments(3);
  stream.chunk();
  stream.cut(4.5);
  stream.segments(2);
  const marked = FAKE_TRACKS.map((track) => stream.playlist(track));
  stream.segments(12);
  const left = FAKE_TRACKS.map((track) => stream.playlist(track));

  for (const playlist of marked) {
    const index = playlist.segments.findIndex(({ discontinuity }) => discontinuity === true);
    assert.equal(playlist.mediaSequence + index, 5);
    assert.equal(playlist.discontinuitySequence, 0);
    const [before, after] = [playlist.segments[index - 1]!, playlist.segments[index]!];
    assert(after.programDateTimeMs! - before.programDateTimeMs! > 4500);
  }
  for (const playlist of left) {
    assert.equal(playlist.discontinuitySequence, 1);
    assert(playlist.segments.every(({ discontinuity }) => discontinuity !== true));
  }
});

test('where a track has nothing it says so, and the numbers of the tracks still agree', () => {
  const stream = fakeStream();
  stream.segments(3);
  stream.silence(SMALL.id, true);
  stream.segments(1);
  stream.silence(SMALL.id, false);
  stream.segments(2);
  stream.lose(BEST.id, 2);

  const [best, small] = [stream.playlist(BEST), stream.playlist(SMALL)];

  assert.deepEqual(
    small.segments.map(({ gap }) => gap === true),
    [false, false, false, true, false, false],
  );
  assert.deepEqual(
    best.segments.map(({ gap }) => gap === true),
    [false, true, false, false, false, false],
  );
  assert.deepEqual(
    best.segments.map(({ programDateTimeMs }) => programDateTimeMs),
    small.segments.map(({ programDateTimeMs }) => programDateTimeMs),
  );
});

test('after the end a player that was watching keeps its window and numbers, and later it is a recording on the same address', () => {
  const stream = fakeStream({ windowSeconds: 12 });
  stream.segments(30);
  const live = stream.playlist(BEST);

  stream.end();
  const closing = stream.playlist(BEST);
  stream.clock.advance(61_000);
  const recording = stream.playlist(BEST);

  assert.equal(live.endList, undefined);
  assert.deepEqual(
    [closing.endList, closing.playlistType, closing.mediaSequence, closing.segments.length],
    [true, undefined, live.mediaSequence, live.segments.length],
  );
  assert.deepEqual([recording.endList, recording.playlistType, recording.mediaSequence], [true, 'VOD', 1]);
  assert.equal(recording.segments.length, 30);
  assert.equal(recording.serverControl, undefined);
});

test('the lifetimes are those of Azure Media Services, and of low-latency HLS for playlists', async () => {
  const stream = fakeStream();
  stream.segments(4);
  const lifetime = async (path: string, query?: string): Promise<unknown> => {
    const answer = await stream.answer(path, query);
    assert(answer.kind !== 'not-yet');
    return answer.lifetime;
  };

  assert.equal(await lifetime(MASTER), 2);
  assert.equal(await lifetime(playlistPath(BEST)), 1);
  assert.equal(await lifetime(playlistPath(BEST), '_HLS_msn=4'), 12);
  stream.end();
  assert.equal(await lifetime(playlistPath(BEST)), 2);
  stream.clock.advance(61_000);
  assert.equal(await lifetime(playlistPath(BEST)), 259_200);
});

test('without low latency live playlists hold for two seconds, as with Azure Media Services', async () => {
  const stream = fakeStream({ partSeconds: undefined });
  stream.segments(4);

  const answer = await stream.answer(playlistPath(BEST));

  assert(answer.kind === 'manifest');
  assert.equal(answer.lifetime, 2);
});

test('a playlist is told from every other version of it, and from none of its own after a restart', () => {
  const fake = fakePresentation();
  fake.segments(4);
  const versionOf = (): string =>
    packagedStream(fakePublication(fake.presentation), manualClock(fake.edgeMs())).manifest(playlistPath(BEST))
      .version;
  const stream = packagedStream(fakePublication(fake.presentation), manualClock(fake.edgeMs()));
  const seen = new Set<string>();

  for (let index = 0; index < 20; index += 1) {
    const { version } = stream.manifest(playlistPath(BEST));
    assert.match(version, /^[\w-]+$/);
    assert.equal(version, versionOf());
    seen.add(version);
    fake.segments(1);
  }

  assert.equal(seen.size, 20);
});

test('tracks and protocols that are not offered are refused by name', async () => {
  const stream = fakeStream();
  stream.segments(4);
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', playlistPath(fakeVideo(720, 1)));
  await stream.refuses('MPE_EGRESS_TRACK_NOT_FOUND', 'QualityLevels(128000)/Manifest(video,format=m3u8-cmaf)');
  const blocked = packagedStream(fakePublication(stream.presentation, { hls: false }), stream.clock);
  await blocked.refuses('MPE_OUTPUT_FORMAT_BLOCKED', MASTER);
  await blocked.refuses('MPE_OUTPUT_FORMAT_BLOCKED', 'QualityLevels(2500000)/Fragments(video=i,format=m3u8-cmaf)');
  assert.equal(blocked.mpd().type, 'dynamic');
});

test('the two names of one kind of track are two renditions with names of their own', () => {
  const stream = fakeStream({
    tracks: [
      fakeVideo(720, 2_500_000),
      fakeAudio(128_000, { id: 'a1', name: 'commentary', language: 'en' }),
      fakeAudio(128_000, { id: 'a2', name: 'ambience', language: 'und' }),
    ],
  });
  stream.segments(4);

  const text = stream.text(MASTER);

  assert.match(text, /NAME="commentary",LANGUAGE="en",DEFAULT=YES/);
  assert.match(text, /NAME="ambience",AUTOSELECT=YES/);
});

/** A reload loop as that of hls.js: it blocks for the next part and takes delta updates. */
test('a player that polls never sees a playlist go backwards, wait for ever, or miss a part', async () => {
  const stream = fakeStream({ windowSeconds: 14 });
  stream.segments(3);
  let sequence = 0;
  let end = 0;
  let parts = 0;
  let partsSeen = 0;
  let query = '_HLS_skip=YES';

  for (let step = 0; step < 400; step += 1) {
    const answer = await stream.answer(playlistPath(BEST), query);
    if (answer.kind === 'not-yet') {
      if (step % 57 === 56) {
        stream.cut(3);
      } else if (step % 12 === 11) {
        stream.cut();
      } else {
        stream.chunk();
      }
      continue;
    }
    assert(answer.kind === 'manifest');
    const playlist = parseMediaPlaylist(Buffer.from(answer.document.identity()).toString());
    assert(playlist.mediaSequence >= sequence, 'the media sequence number does not go back');
    const nextEnd = playlist.mediaSequence + (playlist.skip?.skippedSegments ?? 0) + playlist.segments.length;
    const nextParts = playlist.open?.parts?.length ?? 0;
    assert(nextEnd > end || (nextEnd === end && nextParts >= parts), 'the playlist grows');
    sequence = playlist.mediaSequence;
    end = nextEnd;
    parts = nextParts;
    partsSeen += 1;
    query = `_HLS_msn=${end}&_HLS_part=${parts}&_HLS_skip=YES`;
  }

  assert(end > 30 && partsSeen > 100, `${end} segments, ${partsSeen} reloads`);
});

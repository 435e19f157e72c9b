import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { parseMediaPlaylist } from '../../src-main/manifest/hls/parse-media-playlist.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import {
  type MediaRecipe,
  mediaFile,
  packetHashes,
  realTime,
  rtmpOutputs,
  send,
  smoothOutput,
} from '../support/senders.ts';
import {
  field,
  followEvents,
  ingestUrl,
  type Published,
  playlistsOf,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

/** Each sender is away for so long, one after the other. */
const AWAY_SECONDS = 60;
/** What is sent: with a minute for the starts, and for a computer that is busy. */
const RECIPE: MediaRecipe = {
  seconds: 2 * AWAY_SECONDS + 60,
  layers: [{ size: '320x180', kbps: 300 }],
  gopSeconds: 1,
};

describe('a live event with more than one sender', { skip: missingPrograms('ffmpeg'), concurrency: true }, () => {
  let stage: Stage;
  let file: string;
  let source: readonly string[];

  before(async () => {
    file = await mediaFile(RECIPE);
    source = await packetHashes(file);
    stage = await openStage();
  });
  after(() => stage[Symbol.asyncDispose]());

  /** What was recorded is one piece of what was sent, nothing twice and nothing missing. */
  async function assertWhole(name: string, published: Published): Promise<void> {
    const playlists = await segmentsAt(published.hls, 3);
    const [video = ''] = playlists;
    assert.doesNotMatch((await textOf(video)) ?? '', /#EXT-X-DISCONTINUITY\n/);
    await request(stage.lectern, 'DELETE', `/liveEvents/${name}/liveOutputs/tape`);
    const recorded = await packetHashes(video);
    const from = source.indexOf(recorded[0] ?? '');
    assert.ok(from >= 0 && recorded.length > 300, `${recorded.length} pictures`);
    assert.deepEqual(recorded, source.slice(from, from + recorded.length));
  }

  for (const [row, scheme, name] of [
    [22, 'rtmp', 'pair'],
    [23, 'http', 'smooth-pair'],
  ] as const) {
    test(`${row}: identical pushes are one, and either may be gone for ${AWAY_SECONDS} s (${scheme})`, async () => {
      const event = await startEvent(stage.lectern, name, {
        input: {
          streamingProtocol: scheme === 'rtmp' ? 'RTMP' : 'FragmentedMP4',
          keyFrameIntervalDuration: 'PT1S',
        },
      });
      const published = await record(stage.lectern, name);
      const outputs = (index: number): readonly string[] =>
        scheme === 'rtmp'
          ? rtmpOutputs(ingestUrl(event, scheme, index), ['one'])
          : smoothOutput(ingestUrl(event, scheme));
      await using events = followEvents(stage.lectern);
      const encoders = (count: number): Promise<unknown> =>
        until(`pictures of ${count} encoders`, () => {
          const ports = events
            .seen()
            .filter(
              ({ eventType, subject }) => eventType.endsWith('StreamReceived') && subject.endsWith(`/${name}`),
            )
            .filter(({ data }) => field(data, 'trackType') === 'video')
            .map(({ data }) => field(data, 'encoderPort'));
          return new Set(ports).size >= count ? true : undefined;
        });
      const shown = async (): Promise<number> => {
        const [video = ''] = await playlistsOf(published.hls);
        return (await textOf(video))?.match(/#EXTINF/g)?.length ?? 0;
      };

      /** As the newest segments are now, by address. */
      const seen = new Map<string, string>();
      const lookAtNewest = async (): Promise<void> => {
        const [video = ''] = await playlistsOf(published.hls);
        const { segments } = parseMediaPlaylist((await textOf(video)) ?? '');
        for (const { uri } of segments.slice(-3)) {
          seen.set(new URL(uri, video).href, await hashOf(new URL(uri, video).href));
        }
      };
      /** Alone for so long: a segment is a second. */
      const aloneFor = async (seconds: number): Promise<void> => {
        await segmentsAt(published.hls, (await shown()) + seconds, 1000 * seconds + 30_000);
        await lookAtNewest();
      };

      // Behind the first second, because a muxer moves all times of a stream that begins below zero, as that of AAC does.
      const from = (seconds: number): readonly string[] => ['-re', '-copyts', '-ss', `${seconds}`, '-i', file];

      await using first = send(outputs(0), from(1));
      await using second = send(outputs(1), from(1));
      // One that begins when no other is left is an encoder that was restarted, and no second one: both have to be there.
      await encoders(2);
      await segmentsAt(published.hls, 3);
      await lookAtNewest();
      await first.kill();
      await aloneFor(AWAY_SECONDS);
      // It comes back as an encoder does whose clock has gone on.
      await using _back = send(outputs(0), from(1 + (await shown())));
      await encoders(3);
      await segmentsAt(published.hls, (await shown()) + 1);
      await lookAtNewest();
      await second.kill();
      await aloneFor(AWAY_SECONDS);
      await using _again = send(outputs(1), from(1 + (await shown())));
      await encoders(4);
      await segmentsAt(published.hls, (await shown()) + 1);
      await lookAtNewest();

      const { body } = await request(stage.lectern, 'GET', `/liveEvents/${name}/trackIngestHeartbeats`);
      const counts = JSON.stringify(body).match(/"discontinuityCount":(\d+)/g) ?? [];
      assert.ok(
        counts.every((count) => count.endsWith(':0')),
        counts.join(),
      );
      // Three of each look, but where it followed one segment after the other: 3 + 3 + 1 + 3 + 1.
      assert.ok(seen.size >= 11, `${seen.size} segments`);
      for (const [url, hash] of seen) {
        assert.equal(await hashOf(url), hash, `${url} is the same whoever sends`);
      }
      await assertWhole(name, published);
    });
  }

  test('24: an encoder that is away for 20 s comes back to the same address, and the gap is told', async () => {
    const event = await startEvent(stage.lectern, 'away', {
      input: { streamingProtocol: 'RTMP', keyFrameIntervalDuration: 'PT1S' },
    });
    const published = await record(stage.lectern, 'away');
    await using events = followEvents(stage.lectern);
    const before = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    const [video = ''] = await segmentsAt(published.hls, 3);
    await before.kill();
    const killedMs = Date.now();
    await events.next('Microsoft.Media.LiveEventEncoderDisconnected');
    await wait(20_000);
    const state = await stage.lectern.call('getLiveEvent', { params: { name: 'away' } });
    assert.equal(state.resourceState, 'Running');

    await using _back = send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file));
    const awaySeconds = (Date.now() - killedMs) / 1000;
    let lookedMs = Date.now();
    const resumed = await until('the stream goes on', async () => {
      const sinceMs = lookedMs;
      lookedMs = Date.now();
      const [, text] = ((await textOf(video)) ?? '').split('#EXT-X-DISCONTINUITY\n');
      const unseenSeconds = (Date.now() - sinceMs) / 1000;
      return text === undefined ? undefined : { segments: text.match(/#EXTINF/g)?.length ?? 0, unseenSeconds };
    });

    // Of a second each. More may have come between two looks.
    const { segments, unseenSeconds } = resumed;
    assert.ok(segments >= 1 && segments <= 2 + unseenSeconds, `${segments} segments, ${unseenSeconds} s unseen`);
    const { data } = await events.next(
      'Microsoft.Media.LiveEventTrackDiscontinuityDetected',
      ({ trackType }) => trackType === 'video',
    );
    const gap = Number(field(data, 'discontinuityGap')) / Number(field(data, 'timescale'));
    assert.ok(Math.abs(gap - awaySeconds) < 2.5, `a gap of ${gap} s after ${awaySeconds} s`);
    await request(stage.lectern, 'DELETE', '/liveEvents/away/liveOutputs/tape');
    const shown = await packetHashes(video);
    const at = shown.findIndex(
      (hash, index) => index > 0 && source.indexOf(hash) < source.indexOf(shown[index - 1] ?? ''),
    );
    const again = source.indexOf(shown[at] ?? '');
    assert.ok(at > 0 && again >= 0 && again < 2 * 30, `what is shown again begins at picture ${again}`);
  });
});

async function hashOf(url: string): Promise<string> {
  const answer = await fetch(url);
  assert.equal(answer.status, 200, url);
  return createHash('sha256')
    .update(new Uint8Array(await answer.arrayBuffer()))
    .digest('hex');
}

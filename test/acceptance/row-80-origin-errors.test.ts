import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RawBroadcast, rawBroadcast } from '../support/raw-broadcast.ts';
import { field, request, textOf } from '../support/service-stage.ts';
import { fetchManifest, fragmentPath, fragmentsOf } from '../support/smooth-client.ts';
import { openStage, type Stage } from '../support/studio-stage.ts';

describe('why the origin refuses', () => {
  let stage: Stage;
  let live: RawBroadcast;

  before(async () => {
    stage = await openStage();
    live = await rawBroadcast(stage.lectern);
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Status and code, which header and body both name. */
  async function refusal(url: string): Promise<readonly [status: number, code: string]> {
    const answer = await fetch(url);
    const code = answer.headers.get('x-ms-error-code') ?? '';
    assert.equal(answer.headers.get('content-type'), 'application/problem+json', url);
    assert.equal(field(await answer.json(), 'code'), code, url);
    const head = await fetch(url, { method: 'HEAD' });
    assert.deepEqual([head.status, head.headers.get('x-ms-error-code')], [answer.status, code], url);
    return [answer.status, code];
  }

  type Edges = {
    readonly at: (time: bigint) => string;
    readonly first: bigint;
    /** Behind what is being written now. */
    readonly next: bigint;
    readonly perSecond: bigint;
  };

  /** Where the picture begins and ends now, in each kind of addresses. */
  async function edges(): Promise<readonly Edges[]> {
    const [playlist = ''] = live.playlists;
    const text = (await textOf(playlist)) ?? '';
    const uris = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const times = uris.map((uri) => BigInt(/=(\d+),/.exec(decodeURIComponent(uri))?.[1] ?? 0));
    const [first = 0n, second = 0n] = times;
    const next = (times.at(-1) ?? 0n) + 3n * (second - first);
    const hls = (time: bigint): string =>
      new URL((uris[0] ?? '').replace(String(first), String(time)), playlist).href;
    const perSecond = 90_000n;
    const { streams, timescale } = await fetchManifest(`${live.tape.base}/manifest`);
    const video = streams.find(({ type }) => type === 'video');
    const quality = video?.qualities[0];
    assert.ok(video !== undefined && quality !== undefined);
    const fragments = fragmentsOf(video);
    const { time: last = 0n, duration = 0 } = fragments.at(-1) ?? {};
    return [
      { at: hls, first, next, perSecond },
      { at: (time) => hls(time).replace('m3u8-cmaf', 'mpd-time-cmaf'), first, next, perSecond },
      {
        at: (time) => `${live.tape.base}/${fragmentPath(video, quality, time)}`,
        first: fragments[0]?.time ?? 0n,
        next: last + 2n * BigInt(duration),
        perSecond: BigInt(timescale),
      },
    ];
  }

  test('80: a fragment just past the edge is not ready yet: 412, and not 404', async () => {
    for (const { at, first, next } of await edges()) {
      assert.equal((await fetch(at(first))).status, 200, at(first));
      assert.deepEqual(await refusal(at(next)), [412, 'MPE_FRAGMENT_NOT_READY'], at(next));
    }
  });

  test('80: a fragment behind the window, and one far ahead of the edge, is not found', async () => {
    for (const { at, first, next, perSecond } of await edges()) {
      for (const time of [first - 2n * perSecond, next + 3600n * perSecond]) {
        assert.deepEqual(await refusal(at(time)), [404, 'MPE_FRAGMENT_TIMESTAMP_NOT_FOUND'], at(time));
      }
    }
  });

  test('80: a format that the policy does not allow is blocked', async () => {
    const enabledProtocols = { hls: true };
    await request(stage.lectern, 'PUT', '/streamingPolicies/hls-only', { noEncryption: { enabledProtocols } });
    const made = await request(stage.lectern, 'PUT', '/streamingLocators/narrow', {
      assetName: live.tape.asset,
      streamingPolicyName: 'hls-only',
    });
    const base = `${stage.lectern.originUrl}/${String(field(made.body, 'streamingLocatorId'))}/show.ism`;

    assert.equal((await fetch(`${base}/manifest(format=m3u8-cmaf)`)).status, 200);
    for (const path of ['manifest', 'manifest(format=mpd-time-cmaf)']) {
      assert.deepEqual(await refusal(`${base}/${path}`), [403, 'MPE_OUTPUT_FORMAT_BLOCKED'], path);
    }
  });

  test('80: every other refusal names its code too', async () => {
    const { base } = live.tape;
    const { originUrl } = stage.lectern;
    const nobody = '00000000-0000-4000-8000-000000000000';
    const cases: readonly (readonly [url: string, status: number, code: string])[] = [
      [`${originUrl}/nothing`, 400, 'MPE_BAD_URL_SYNTAX'],
      [`${base}/manifest(colour=red)`, 400, 'MPE_BAD_URL_SYNTAX'],
      [`${base}/manifest(format=mp3)`, 400, 'MPE_BAD_URL_SYNTAX'],
      [`${originUrl}/${nobody}/show.ism/manifest`, 404, 'MPE_RESOURCE_NOT_FOUND'],
      [`${base.replace('show.ism', 'other.ism')}/manifest`, 404, 'MPE_RESOURCE_NOT_FOUND'],
      [`${base}/QualityLevels(1)/Manifest(video,format=m3u8-cmaf)`, 404, 'MPE_EGRESS_TRACK_NOT_FOUND'],
      [`${base}/manifest(format=m3u8-cmaf,filter=none)`, 404, 'MPE_EGRESS_FILTER_NOT_FOUND'],
      [`${base}/manifest(filter=a;b;c;d)`, 415, 'MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT'],
    ];
    for (const [url, status, code] of cases) {
      assert.deepEqual(await refusal(url), [status, code], url);
    }
    const [playlist = ''] = live.playlists;
    const [segment = ''] = ((await textOf(playlist)) ?? '').split('\n').filter((line) => /^[^#]/.test(line));
    const beyond = await fetch(new URL(segment, playlist), { headers: { Range: 'bytes=99999999-' } });
    assert.deepEqual([beyond.status, beyond.headers.get('x-ms-error-code')], [416, 'MPE_STORAGE_INVALID_RANGE']);
  });

  test('80: an endpoint that is stopped says so, and that it may be tried again', async () => {
    await request(stage.lectern, 'POST', '/streamingEndpoints/default/stop?wait=PT10S', {});

    assert.deepEqual(await refusal(live.tape.hls), [503, 'origin/stopped']);
    assert.equal((await fetch(live.tape.hls)).headers.get('retry-after'), '1');
    await request(stage.lectern, 'POST', '/streamingEndpoints/default/start?wait=PT10S', {});
    assert.equal((await fetch(live.tape.hls)).status, 200);
  });
});

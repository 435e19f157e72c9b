import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type RawBroadcast, rawBroadcast } from '../support/raw-broadcast.ts';
import { request, textOf } from '../support/service-stage.ts';
import { openStage, type Stage, until } from '../support/studio-stage.ts';

/** The lines of a playlist that are addresses, and the init segment. */
async function addressesIn(playlist: string): Promise<readonly string[]> {
  const text = (await textOf(playlist)) ?? '';
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const [, init] = /#EXT-X-MAP:URI="([^"]+)"/.exec(text) ?? [];
  return [...(init === undefined ? [] : [init]), ...lines].map((path) => new URL(path, playlist).href);
}

describe('for how long viewers and caches may keep what they get', () => {
  let stage: Stage;
  let live: RawBroadcast;

  before(async () => {
    stage = await openStage();
    live = await rawBroadcast(stage.lectern);
  });
  after(() => stage[Symbol.asyncDispose]());

  /** Seconds, as both headers say it, of the whole, the head and what is there already. */
  async function kept(url: string): Promise<number> {
    const whole = await fetch(url);
    await whole.arrayBuffer();
    assert.equal(whole.status, 200, url);
    const head = await fetch(url, { method: 'HEAD' });
    const same = await fetch(url, { headers: { 'If-None-Match': whole.headers.get('etag') ?? '' } });
    assert.equal(head.status, 200, url);
    const seconds = [whole, head, same].map(({ headers }) => {
      const [, age] = /^public, max-age=(\d+)(?:, immutable)?$/.exec(headers.get('cache-control') ?? '') ?? [];
      const expires = Date.parse(headers.get('expires') ?? '') - Date.parse(headers.get('date') ?? '');
      assert.equal(expires / 1000, Number(age), `${url}: ${headers.get('cache-control') ?? ''}`);
      return Number(age);
    });
    assert.equal(new Set(seconds).size, 1, url);
    return seconds[0] ?? Number.NaN;
  }

  const manifests = (): readonly string[] =>
    [
      'manifest',
      'manifest(format=m3u8-cmaf)',
      'manifest(format=m3u8-aapl-v3)',
      'manifest(format=mpd-time-cmaf)',
    ].map((path) => new URL(`show.ism/${path}`, live.tape.base).href);

  async function fragments(): Promise<readonly string[]> {
    const [video = '', audio = ''] = live.playlists;
    const smooth = (await textOf(`${live.tape.base}/manifest`)) ?? '';
    const [, bitrate] = /<QualityLevel[^>]* Bitrate="(\d+)"/.exec(smooth) ?? [];
    const [, name] = /<StreamIndex[^>]* Name="([^"]+)"/.exec(smooth) ?? [];
    const [, time] = /<c t="(\d+)"/.exec(smooth) ?? [];
    return [
      ...(await addressesIn(video)).slice(0, 2),
      ...(await addressesIn(audio)).slice(0, 2),
      `${live.tape.base}/QualityLevels(${bitrate ?? ''})/Fragments(${name ?? ''}=${time ?? ''})`,
    ];
  }

  const patch = async (maxCacheAge: number | null): Promise<void> => {
    const { status } = await request(stage.lectern, 'PATCH', '/streamingEndpoints/default', { maxCacheAge });
    assert.equal(status, 200);
  };

  test('76: live manifests two seconds, fragments three days', async () => {
    for (const url of [...manifests(), ...live.playlists]) {
      assert.equal(await kept(url), 2, url);
    }
    const all = await fragments();
    assert.equal(all.length, 5);
    for (const url of all) {
      assert.equal(await kept(url), 259_200, url);
    }
  });

  test('76: maxCacheAge is for fragments and never for live manifests', async () => {
    await patch(600);

    for (const url of [...manifests(), ...live.playlists]) {
      assert.equal(await kept(url), 2, url);
    }
    for (const url of await fragments()) {
      assert.equal(await kept(url), 600, url);
    }
  });

  test('76: what is recorded has manifests for three days, or as long as maxCacheAge says, also after a restart', async () => {
    live.encoder.socket.destroy();
    await request(stage.lectern, 'DELETE', `/liveEvents/show/liveOutputs/${live.tape.output}`);
    await until('it is recorded', async () =>
      (await stage.lectern.call('getAsset', { params: { name: live.tape.asset } })).state === 'ready'
        ? true
        : undefined,
    );
    const { originUrl: before } = stage.lectern;
    await stage.lectern.stop();
    const { originUrl } = await stage.restart();
    const at = (url: string): string => url.replace(before, originUrl);
    const recorded = [...manifests(), ...live.playlists].map(at);

    for (const url of recorded) {
      assert.equal(await kept(url), 600, url);
    }
    await patch(null);

    for (const url of [...recorded, ...(await addressesIn(at(live.playlists[0] ?? ''))).slice(0, 2)]) {
      assert.equal(await kept(url), 259_200, url);
    }
  });
});

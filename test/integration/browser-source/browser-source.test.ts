import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { type Api, captureApi, describe, sendClip } from '../../support/page-sender.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openStudioPreview, type StudioPreview } from '../../support/studio-preview.ts';
import { openStage, type Stage, until } from '../../support/studio-stage.ts';
import { type Clip, makeClip } from '../live-encoding/rig.ts';

// One service and one source for all; each test leaves the source without a page.

const skip = missingPrograms('ffmpeg');
const SECONDS = 2;

let stage: Stage;
let bright: Clip;
let dark: Clip;
/** A second dark, a second bright. */
let flash: Clip;
let preview: StudioPreview;
let api: Api;

before(async () => {
  if (skip !== false) {
    return;
  }
  const clip = (luma: string, filter = 'null'): Clip =>
    makeClip({
      picture: `color=c=${luma}:s=640x360:r=30,${filter}`,
      sound: 'sine=frequency=440:sample_rate=48000',
      seconds: SECONDS,
      video: ['-profile:v', 'baseline', '-tune', 'zerolatency', '-g', '30'],
    });
  bright = clip('0xe0e0e0');
  dark = clip('0x202020');
  flash = clip('0x202020', "drawbox=color=0xe0e0e0:t=fill:enable='gte(t,1)'");
  stage = await openStage();
  const { call } = stage.lectern;
  await call('putSources', { body: { sources: [{ id: 'guest', kind: 'browser', name: 'Anna' }] } });
  const { links } = await call('getBrowserSource', { params: { source: 'guest' } });
  assert.equal(links[0]?.reach, 'this-computer');
  api = captureApi(links[0].url);
  preview = await openStudioPreview(stage.lectern);
});

after(async () => {
  if (skip === false) {
    preview[Symbol.dispose]();
    await stage[Symbol.asyncDispose]();
  }
});

const luma = (): number => preview.pixel(0.5, 0.5).y;

async function waitFor(what: string, isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!isSo()) {
    assert.ok(performance.now() < deadline, `in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function guest(): Promise<SourceStatus | undefined> {
  return (await stage.lectern.call('getStudio', {})).sources.find(({ spec }) => spec.id === 'guest');
}

async function reaches(state: SourceStatus['state'], withinMs = 20_000): Promise<void> {
  await until(
    `the source is ${state}`,
    async () => ((await guest())?.state === state ? true : undefined),
    withinMs,
  );
}

test('picture and sound of a page are in the programme, and the slate when it sends no more', {
  skip,
}, async () => {
  const sender = await sendClip(api, bright, SECONDS);

  await until('it is bright', () => (luma() > 180 ? true : undefined));
  await until('it is heard', () => (preview.level() > -40 ? true : undefined));
  await reaches('live');
  const { page } = await stage.lectern.call('getBrowserSource', { params: { source: 'guest' } });
  assert.equal(page?.width, 640);
  assert.equal(page.from, 'localhost');

  await sender.stop();
  await reaches('lost');
  // The stock slate is neither dark nor bright.
  await until('the slate is shown', () => (luma() < 160 ? true : undefined));
  const { error } = (await guest()) ?? {};
  assert.ok(error === undefined || error.code === 'capture/no-frames', error?.code);
});

test('a page that comes back is shown again by itself', { skip }, async () => {
  const sender = await sendClip(api, bright, SECONDS, { isResumed: false });
  await until('it is bright', () => (luma() > 180 ? true : undefined));
  await reaches('live');
  await sender.stop();
});

test('the newest page wins, the older one is told, and cannot take it back by itself', { skip }, async () => {
  const first = await sendClip(api, bright, SECONDS);
  await until('it is bright', () => (luma() > 180 ? true : undefined));

  const second = await sendClip(api, dark, SECONDS);
  const refused = await first.refused;
  assert.deepEqual([refused.status, refused.code], [409, 'browser/replaced']);
  await until('the other is seen', () => (luma() < 60 ? true : undefined));

  const back = await api('POST', '/streams', { ...describe(bright), isResumed: true });
  assert.deepEqual([back.status, back.code], [409, 'browser/replaced']);
  await second.stop();
});

test('what is no piece, or is described wrongly, is refused, and the picture goes on', { skip }, async () => {
  const sender = await sendClip(api, bright, SECONDS);
  await until('it is bright', () => (luma() > 180 ? true : undefined));

  const webm = await api(
    'POST',
    `/streams/${sender.stream}/pieces`,
    new Uint8Array([0x1a, 0x45, 0xdf, 0xa3, 1, 2, 3, 4, 5, 6, 7, 8]),
  );
  const strange = await api('POST', '/streams', {
    ...describe(bright),
    video: { ...describe(bright).video, config: 'AAAA' },
  });
  const large = await api('POST', `/streams/${sender.stream}/pieces`, new Uint8Array(9 * 1024 * 1024));

  assert.ok(webm.code === 'browser/bad-piece' || webm.code === 'resource/busy', webm.code);
  assert.deepEqual([strange.status, strange.code], [400, 'browser/bad-stream']);
  assert.ok(large.status === 413 || large.status === 409, String(large.status));
  await reaches('live');
  await until('it is bright again', () => (luma() > 180 ? true : undefined));
  assert.equal((await sender.stop())?.status, 200);
});

test('what changes in the page changes in the programme a moment later', { skip }, async (t) => {
  const sender = await sendClip(api, flash, SECONDS);
  await reaches('live');
  const delays: number[] = [];
  for (let turn = 0; turn < 4; turn += 1) {
    await waitFor('it is dark', () => luma() < 60);
    await waitFor('it is bright', () => luma() > 180);
    // Bright from the first second of each two on.
    delays.push((performance.now() - sender.beganMs - 1000) % (SECONDS * 1000));
  }
  await sender.stop();

  t.diagnostic(`from page to programme: ${delays.map(Math.round).join(', ')} ms`);
  assert.ok(Math.min(...delays) < 1000, String(delays));
});

test('computers of the network come in by the server of the remote, and only while it is on', {
  skip,
}, async () => {
  const { call } = stage.lectern;
  const asked = async () => (await call('getBrowserSource', { params: { source: 'guest' } })).links;
  assert.deepEqual(
    (await asked()).map(({ reach }) => reach),
    ['this-computer'],
  );

  await call('patchSettings', { body: { network: { remote: true, remotePort: 0 } } });
  const link = await until('there is a link', async () =>
    (await asked()).find(({ reach }) => reach === 'network'),
  );
  // There is no certificate: browsers would not capture there, and the studio says so.
  assert.equal(link.isSecure, false);
  const outside = captureApi(link.url);
  assert.equal((await outside('GET', '')).status, 200);
  assert.equal((await captureApi(link.url.replace(/#.*/, '#guessed'))('GET', '')).code, 'browser/unknown-link');
  const page = await fetch(link.url.replace(/#.*/, ''));
  assert.match(page.headers.get('permissions-policy') ?? '', /camera=\(self\).*display-capture=\(self\)/);
  await page.body?.cancel();

  await call('patchSettings', { body: { network: { remote: false } } });
  await until('it is gone', async () => ((await asked()).length === 1 ? true : undefined));
  await assert.rejects(outside('GET', ''));
});

test('a link that was renewed lets nobody in, and whoever sent by it is told', { skip }, async () => {
  const sender = await sendClip(api, bright, SECONDS);
  const renewed = await stage.lectern.call('renewBrowserLinks', { params: { source: 'guest' }, body: undefined });

  assert.equal((await sender.refused).code, 'browser/unknown-link');
  assert.equal((await api('GET', '')).status, 401);
  api = captureApi(renewed.links[0]?.url ?? '');
  assert.equal((await api('GET', '')).status, 200);
});

test('a source that is removed while a page sends ends that, and nothing else', { skip }, async () => {
  const sender = await sendClip(api, bright, SECONDS);
  await reaches('live');

  await stage.lectern.call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });

  assert.equal((await sender.refused).code, 'browser/unknown-link');
  await assert.rejects(stage.lectern.call('getBrowserSource', { params: { source: 'guest' } }));
});

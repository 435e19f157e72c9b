import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { seededRandom } from '../../soak/random.ts';
import { descendants, isAlive } from '../../support/descendants.ts';
import { ffprobe, frameMd5s } from '../../support/ffprobe.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { listedUntilMs, parseListing, type Watcher, watchListing } from '../../support/listed-media.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { playlistsOf, textOf } from '../../support/service-stage.ts';
import { goLive, openStage, type Session, type Stage, until } from '../../support/studio-stage.ts';

const ROUNDS = 5;
/** After the first picture can be watched. */
const LONGEST_MS = 4000;
/** The first ones are killed while viewers are given the first segments. */
const FIRST_MS = 400;
/** The longest part that there is, as playlists say, and what rounding to milliseconds adds. */
const CHUNK_MS = 213.4 + 2;

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'ffprobe') : 'needs Linux';

type Moment = {
  readonly afterMs: number;
  /** When viewers are told of the next part: it may not be on the disk yet. */
  readonly isAtPart: boolean;
};

/** A broadcast that is watched in every rendition until everything of it is killed. */
async function broadcastAndKill(
  stage: Stage,
  { afterMs, isAtPart }: Moment,
): Promise<{ readonly session: Session; readonly watchers: readonly { url: string; watcher: Watcher }[] }> {
  const { lectern } = stage;
  const session = await goLive(lectern);
  const playlists = await until('it can be watched', async () => {
    const urls = await playlistsOf(session.urls.hls);
    return urls.length === 3 ? urls : undefined;
  });
  const watchers = playlists.map((url) => ({ url, watcher: watchListing(url) }));
  await wait(afterMs);
  const children = descendants(lectern.pid);
  if (isAtPart) {
    await Promise.race(watchers.map(({ watcher }) => watcher.more()));
  }
  await lectern.kill();

  await Promise.all(watchers.map(({ watcher }) => watcher.gone));
  for (const what of [/mixer-main/, /ffmpeg.*libx264/, /rtmp-main/]) {
    assert.ok(
      children.some(({ command }) => what.test(command)),
      `one of the children was ${String(what)}`,
    );
  }
  await until(
    'its children are gone too',
    () => (children.some(({ pid }) => isAlive(pid)) ? undefined : true),
    5000,
  );
  return { session, watchers };
}

/** How much less a recording has than its playlist had listed, in ms. What it has must be what viewers were given, byte for byte. */
async function lostOf(lectern: Lectern, { url, watcher }: { url: string; watcher: Watcher }): Promise<number> {
  const listed = watcher.listing();
  const untilMs = listed === undefined ? undefined : listedUntilMs(listed);
  if (listed === undefined || untilMs === undefined) {
    return 0;
  }
  const there = onNow(lectern, url);
  const recorded = parseListing((await textOf(there)) ?? '', url);
  assert.equal(recorded.isEnded, true);
  assert.deepEqual(recorded.segments.slice(0, listed.segments.length), listed.segments, 'every segment is there');
  for (const [index, segment] of recorded.segments.entries()) {
    const bytes = Buffer.from(await (await fetch(onNow(lectern, segment.url))).arrayBuffer());
    const given = watcher.media.get(segment.url);
    // The last of them may still have been on its way.
    assert.ok(given !== undefined || index >= listed.segments.length - 1, `${segment.url} was not looked at`);
    assert.ok(given === undefined || given.equals(bytes), `${segment.url} is another`);
    if (segment.startMs === listed.open?.startMs) {
      const parts = listed.open.parts.map((part) => watcher.media.get(part) ?? Buffer.alloc(0));
      // The last one may be the chunk that was lost.
      const whole = Buffer.concat(parts.slice(0, -1));
      assert.ok(whole.equals(bytes.subarray(0, whole.length)), `the parts of ${segment.url} are others`);
    }
  }
  return Math.round(untilMs - (listedUntilMs(recorded) ?? 0));
}

/** The same address at a service that was started again. */
function onNow(lectern: Lectern, url: string): string {
  return url.replace(/^http:\/\/[^/]+/, lectern.originUrl);
}

/** It plays, frame after frame without a hole, and a file of it has the same frames. */
async function playsAndExports(lectern: Lectern, session: Session, out: string): Promise<number> {
  const name = session.asset ?? '';
  const [asset, job] = await Promise.all([
    lectern.call('getAsset', { params: { name } }),
    lectern.call('createExport', { params: { name }, body: { format: 'mp4', quality: 'top', out } }),
    lectern.call('createCertificate', { params: { name } }),
  ]);
  assert.deepEqual([asset.state, asset.gaps], ['ready', []]);
  const frames = await frameMd5s(['-i', onNow(lectern, session.urls.hls)], 'v:0');
  assert.equal(frames.length, Math.round(asset.duration * 30));
  const ended = await until('the export has ended', async () => {
    const now = await lectern.call('getExport', { params: { name, id: job.id } });
    return now.state === 'done' || now.state === 'failed' ? now : undefined;
  });
  assert.equal(ended.state, 'done', JSON.stringify(ended.error));
  assert.deepEqual(await frameMd5s(['-i', out], 'v:0'), frames);
  const { state, faults } = await until('the recording was checked', async () => {
    const now = await lectern.call('getCertificate', { params: { name } });
    return now.state === 'checking' ? undefined : now;
  });
  assert.deepEqual([state, faults], ['whole', []]);
  const { codecs, seconds = 0 } = await ffprobe(out);
  assert.deepEqual(codecs, ['video h264', 'audio aac']);
  assert.ok(Math.abs(seconds - asset.duration) < 0.1, `a file of ${seconds} s of ${asset.duration} s`);
  return frames.length;
}

/** Each one that was left would count against the quota, until nobody can go live any more. */
async function leavesNoEvent(lectern: Lectern, what: string): Promise<void> {
  const { value } = await lectern.call('listLiveEvents', {});
  assert.deepEqual(
    value.map(({ name }) => name),
    [],
    what,
  );
}

async function round(t: TestContext, stage: Stage, number: number, moment: Moment): Promise<string> {
  const { afterMs, isAtPart } = moment;
  const when = `${afterMs.toFixed(0)} ms after it could be watched${isAtPart ? ', with the next part' : ''}`;
  const what = `round ${number}, killed ${when}`;
  const { session, watchers } = await broadcastAndKill(stage, moment);
  const lectern = await stage.restart();

  const { phase } = await lectern.call('getStudio', {});
  assert.equal(phase, 'off-air', what);
  await leavesNoEvent(lectern, what);
  const lost: number[] = [];
  for (const watched of watchers) {
    lost.push(await lostOf(lectern, watched));
  }
  const frames = await playsAndExports(lectern, session, join(stage.dataDir, `../${number}.mp4`));
  t.diagnostic(`${what}: ${frames} frames, ${lost.join(', ')} ms lost of what was listed`);
  for (const ms of lost) {
    assert.ok(ms <= CHUNK_MS, `${what}: ${ms} ms that were listed are lost`);
  }
  return session.asset ?? '';
}

test(`the whole service is killed at any moment of a broadcast (${ROUNDS} times, one data folder): at most the chunk in flight is lost, and each recording opens by itself, plays and is exported`, {
  skip,
  timeout: 240_000,
}, async (t) => {
  const seed = randomInt(2 ** 31);
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed, 0);
  await using stage = await openStage();
  const assets: string[] = [];
  for (let number = 0; number < ROUNDS; number += 1) {
    const afterMs = random.between(0, number === 0 ? FIRST_MS : LONGEST_MS);
    assets.push(await round(t, stage, number, { afterMs, isAtPart: number % 2 === 1 }));
  }

  const { value } = await stage.lectern.call('listAssets', {});
  assert.deepEqual(
    value.filter(({ name }) => assets.includes(name)).map(({ state }) => state),
    assets.map(() => 'ready'),
    'what was recorded before is still as it was',
  );
});

test('the service is killed in a broadcast that was not to be recorded, and in a rehearsal: the next start clears both away', {
  skip,
  timeout: 120_000,
}, async () => {
  await using stage = await openStage();
  await stage.lectern.call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });
  for (const [call, phase] of [
    ['goLive', 'live'],
    ['rehearse', 'rehearsing'],
  ] as const) {
    const { lectern } = stage;
    await lectern.call(call, { body: { record: false } });
    const asset = await until(`it is ${phase}`, async () => {
      const { phase: now, session } = await lectern.call('getStudio', {});
      return now === phase ? session?.asset : undefined;
    });
    const names = async (): Promise<readonly string[]> =>
      (await stage.lectern.call('listAssets', {})).value.map(({ name }) => name);
    assert.ok((await names()).includes(asset), 'it is recorded to go back a little');

    await lectern.kill();
    await stage.restart();

    await leavesNoEvent(stage.lectern, phase);
    assert.deepEqual(await names(), [], phase);
  }
});

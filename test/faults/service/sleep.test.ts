import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { descendants } from '../../support/descendants.ts';
import { frameMd5s } from '../../support/ffprobe.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { end, goLive, openStage, type Session, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'ffprobe') : 'needs Linux';
const SET_CLOCK = pathToFileURL(join(import.meta.dirname, '../../fixtures/children/set-clock.mjs')).href;

/** What a player that loads the playlist now would have: how far it goes, and its discontinuities. */
async function playlistOf(session: Session) {
  const url = session.urls.hls.replace('manifest(', 'QualityLevels(400000)/Manifest(video,');
  const answer = await fetch(url);
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const times = [...text.matchAll(/#EXT-X-PROGRAM-DATE-TIME:(\S+)/g)].map(([, time]) => Date.parse(time ?? ''));
  return {
    segments: text.match(/#EXTINF/g)?.length ?? 0,
    discontinuities: text.match(/^#EXT-X-DISCONTINUITY$/gm)?.length ?? 0,
    times,
  };
}

/** Waits until so many more segments are there than there were. */
async function playsOn(session: Session, more: number): Promise<void> {
  const { segments } = await playlistOf(session);
  await until(`${more} more segments`, async () =>
    (await playlistOf(session)).segments >= segments + more ? true : undefined,
  );
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

async function whole(lectern: Lectern, session: Session) {
  await end(lectern);
  const asset = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
  assert.equal(asset.state, 'ready');
  const frames = (await frameMd5s(['-i', session.urls.hls], 'v:0')).length;
  return { ...asset, frames };
}

test('the laptop sleeps and wakes while live: the same address and timeline, behind one gap of the true length', {
  skip,
  timeout: 240_000,
}, async () => {
  await using stage = await openStage();
  const { lectern } = stage;
  const session = await goLive(lectern);
  await playsOn(session, 1);
  const everything = [lectern.pid, ...descendants(lectern.pid).map(({ pid }) => pid)];

  // The service last, and first to wake: nobody is to notice that another one stands still.
  for (const pid of everything.toReversed()) {
    process.kill(pid, 'SIGSTOP');
  }
  await wait(6000);
  for (const pid of everything) {
    process.kill(pid, 'SIGCONT');
  }
  await playsOn(session, 2);
  const { session: now, phase, mixer } = await lectern.call('getStudio', {});
  const { discontinuities } = await playlistOf(session);
  const { gaps, duration, frames } = await whole(lectern, session);

  assert.deepEqual([phase, mixer, now?.urls], ['live', 'running', session.urls]);
  assert.equal(discontinuities, 1);
  assert.equal(gaps.length, 1, JSON.stringify(gaps));
  const lost = gaps[0]!.duration;
  assert.ok(lost > 4.5 && lost < 8, `${lost} s are missing`);
  const missing = Math.abs(frames / 30 - (duration - lost));
  assert.ok(Math.min(missing, Math.abs(frames / 30 - duration)) < 0.2, `${frames} frames in ${duration} s`);
});

test('the wall clock is set back and forward by an hour while live: nobody notices', {
  skip,
  timeout: 240_000,
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-clock-'));
  const clockFile = join(folder.path, 'seconds');
  writeFileSync(clockFile, '0');
  await using stage = await openStage({
    env: { NODE_OPTIONS: `--import=${SET_CLOCK}`, TEST_CLOCK_FILE: clockFile },
  });
  const { lectern } = stage;
  const session = await goLive(lectern);
  const timeOf = async (): Promise<number> => Date.parse(await (await fetch(`${lectern.originUrl}/time`)).text());
  await playsOn(session, 1);
  const anchor = { here: performance.now(), there: await timeOf() };

  for (const seconds of [-3600, 3600]) {
    writeFileSync(clockFile, String(seconds));
    await until('the service is told another time', () => {
      const told = Date.parse(readIfThere(`${clockFile}.told`));
      return Math.abs(told - Date.now() - seconds * 1000) < 60_000 ? true : undefined;
    });
    await playsOn(session, 1);
    const passedMs = performance.now() - anchor.here;
    assert.ok(Math.abs((await timeOf()) - anchor.there - passedMs) < 500, 'viewers’ clock stays');
  }
  const { times, discontinuities } = await playlistOf(session);
  const { phase, session: now } = await lectern.call('getStudio', {});
  const { gaps, duration, frames } = await whole(lectern, session);

  assert.deepEqual([phase, now?.urls], ['live', session.urls]);
  assert.equal(discontinuities, 0);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => a - b),
  );
  assert.ok(times.at(-1)! - times[0]! < 60_000, times.join(' '));
  assert.deepEqual(gaps, []);
  assert.ok(Math.abs(frames - duration * 30) < 2, `${frames} frames in ${duration} s`);
});

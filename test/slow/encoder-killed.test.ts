import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { descendants } from '../support/descendants.ts';
import { frameMd5s } from '../support/ffprobe.ts';
import { missingPrograms } from '../support/real-ffmpeg.ts';
import { end, goLive, openStage, until } from '../support/studio-stage.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'ffprobe') : 'needs Linux';
const KILLS = 20;

test('the encoder is killed twenty times: the same address and timeline, and what is missing is marked', {
  skip,
  timeout: 300_000,
}, async (t) => {
  await using stage = await openStage();
  const { lectern } = stage;
  const session = await goLive(lectern);
  const encoders = () => descendants(lectern.pid).filter(({ command }) => /ffmpeg.*libx264/.test(command));

  for (let kill = 0; kill < KILLS; kill += 1) {
    const before = encoders().map(({ pid }) => pid);
    const newest = before.at(-1);
    assert(newest !== undefined, `an encoder runs before kill ${kill + 1}`);
    process.kill(newest, 'SIGKILL');
    await until(`another encoder after kill ${kill + 1}`, () =>
      encoders().some(({ pid }) => !before.includes(pid)) ? true : undefined,
    );
    // Long enough for it to give something, and not always the same part of a group of pictures.
    await wait(1500 + (kill % 7) * 150);
  }
  const { phase, session: now } = await lectern.call('getStudio', {});
  await end(lectern);

  const asset = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
  const frames = (await frameMd5s(['-i', session.urls.hls], 'v:0')).length;
  const lost = asset.gaps.reduce((sum, { duration }) => sum + duration, 0);
  t.diagnostic(`${lost.toFixed(1)} s of ${asset.duration.toFixed(1)} s lost in ${asset.gaps.length} gaps`);
  assert.equal(now?.urls.hls, session.urls.hls);
  assert.ok(phase === 'live' || phase === 'reconnecting', phase);
  assert.equal(asset.state, 'ready');
  // A mixer with a little memory feeds a new encoder from it: most ends cost viewers nothing.
  assert.ok(lost < KILLS * 1, `${lost} s lost: ${JSON.stringify(asset.gaps)}`);
  const missing = Math.min(
    Math.abs(frames / 30 - (asset.duration - lost)),
    Math.abs(frames / 30 - asset.duration),
  );
  assert.ok(missing < 0.5, `${frames} frames in ${asset.duration} s, of which ${lost} s are gaps`);
});

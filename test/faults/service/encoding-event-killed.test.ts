import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveEventCreate } from '../../../src-main/shared/api/live-events.ts';
import { descendants } from '../../support/descendants.ts';
import { fetchLadder, holes, ladderAt, lumas, type Rung, secondsOf } from '../../support/encoded-ladder.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { playlistSpan } from '../../support/recorded-files.ts';
import { mediaFile, realTime, rtmpOutputs, type Sender, send } from '../../support/senders.ts';
import {
  ingestUrl,
  type Published,
  record,
  request,
  segmentsAt,
  startEvent,
  textOf,
} from '../../support/service-stage.ts';
import { openStage, until } from '../../support/studio-stage.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'ffprobe') : 'needs Linux';

const FRAGMENT_SECONDS = 1;
const ENCODING: LiveEventCreate['encoding'] = {
  encodingType: 'Standard',
  keyFrameInterval: 'PT1S',
  customPreset: {
    layers: [
      { width: 320, height: 180, bitrate: 300_000 },
      { width: 160, height: 90, bitrate: 100_000 },
    ],
    audioBitrates: [128],
  },
};
const EVENT: LiveEventCreate = { input: { streamingProtocol: 'RTMP' }, encoding: ENCODING };

async function sendTo(lectern: Lectern): Promise<Sender> {
  const file = await mediaFile({ seconds: 60, layers: [{ size: '320x180', kbps: 300 }], gopSeconds: 1 });
  const event = await lectern.call('getLiveEvent', { params: { name: 'talk' } });
  return send(rtmpOutputs(ingestUrl(event, 'rtmp'), ['one']), realTime(file, { loop: true }));
}

/** Every quality and the sound, decoded from beginning to end. */
async function decoded(hls: string): Promise<readonly Rung[]> {
  const rungs = await fetchLadder(hls);
  assert.deepEqual(
    rungs.map(({ track }) => track.kind),
    ['video', 'video', 'audio'],
  );
  for (const rung of rungs.filter(({ track }) => track.kind === 'video')) {
    assert.equal(lumas(rung).length, rung.samples.length);
  }
  return rungs;
}

test('the service is killed while an encoding event is recorded: what viewers had is whole at its address, and the encoder comes back to its own', {
  skip,
}, async () => {
  await using stage = await openStage();
  const before = await startEvent(stage.lectern, 'talk', EVENT);
  const published = await record(stage.lectern, 'talk');
  await using _first = await sendTo(stage.lectern);
  await segmentsAt(published.hls, 5, 60_000);
  const shown = await Promise.all(((await ladderAt(published.hls))?.video ?? []).map((url) => playlistSpan(url)));
  const children = descendants(stage.lectern.pid);

  await stage.lectern.kill();
  await until('mixer, decoder and encoder are gone too', () =>
    children.some(({ pid }) => isAlive(pid)) ? undefined : true,
  );
  const lectern = await stage.restart();

  const asset = await lectern.call('getAsset', { params: { name: published.asset } });
  assert.deepEqual([asset.state, asset.gaps], ['ready', []]);
  const hls = published.hls.replace(/^http:\/\/[^/]+/, lectern.originUrl);
  for (const url of (await ladderAt(hls))?.video ?? []) {
    assert.match((await textOf(url)) ?? '', /#EXT-X-ENDLIST/);
  }
  const rungs = await decoded(hls);
  assert.deepEqual(rungs.flatMap(holes), []);
  const seconds = rungs.map(secondsOf);
  const leastSeconds = Math.max(...shown.map((span) => span.seconds)) - FRAGMENT_SECONDS;
  assert.ok(Math.min(...seconds) >= leastSeconds, `${seconds.join()} s, of ${leastSeconds}`);
  assert.ok(Math.max(...seconds) - Math.min(...seconds) <= FRAGMENT_SECONDS, seconds.join());

  await request(lectern, 'POST', '/liveEvents/talk/start', {});
  const again = await lectern.call('getLiveEvent', { params: { name: 'talk' } });
  assert.deepEqual(pathsOf(again.input.endpoints), pathsOf(before.input.endpoints));
  const second = await record(lectern, 'talk', { name: 'again' });
  await using _second = await sendTo(lectern);
  await segmentsAt(second.hls, 2, 60_000);
  assert.equal((await decoded(second.hls)).length, rungs.length);
});

for (const [name, command] of [
  ['encoder', /ffmpeg.*libx264/],
  ['mixer', /mixer-main/],
  ['decoder', /ffmpeg.*pcm_s16le/],
] as const) {
  test(`the ${name} of an encoding event is killed while it is recorded: it goes on at the same address, and what is missing is marked`, {
    skip,
  }, async () => {
    await using stage = await openStage();
    const { lectern } = stage;
    await startEvent(lectern, 'talk', EVENT);
    const published = await record(lectern, 'talk');
    await using sender = await sendTo(lectern);
    await segmentsAt(published.hls, 3, 60_000);

    const victim = descendants(lectern.pid).findLast((child) => command.test(child.command));
    assert.ok(victim, `a process is ${String(command)}`);
    process.kill(victim.pid, 'SIGKILL');
    const killedAt = Date.now() / 1000;
    await until('pictures that were made afterwards', () => isShownSince(published, killedAt + 3), 60_000);
    await sender.stop();
    await request(lectern, 'DELETE', '/liveEvents/talk/liveOutputs/tape');

    const asset = await lectern.call('getAsset', { params: { name: published.asset } });
    assert.equal(asset.state, 'ready');
    const rungs = await decoded(published.hls);
    for (const [index, url] of ((await ladderAt(published.hls))?.video ?? []).entries()) {
      const missing = holes(rungs[index]!).length;
      const marks = (await textOf(url))?.match(/#EXT-X-(DISCONTINUITY\n|GAP)/g)?.length ?? 0;
      assert.equal(marks > 0, missing > 0, `${missing} holes, ${marks} marks`);
      assert.ok(missing <= 1, `${missing} holes`);
    }
    assert.equal(
      asset.gaps.length > 0,
      rungs.some((rung) => holes(rung).length > 0),
    );
  });
}

/** Whether every quality lists media of so late. */
async function isShownSince({ hls }: Published, seconds: number): Promise<true | undefined> {
  const rungs = await fetchLadder(hls);
  const ends = rungs.map(({ track, samples }) => Number(samples.at(-1)?.decodeTime ?? 0) / track.timescale);
  return ends.length > 0 && ends.every((end) => end > seconds) ? true : undefined;
}

function pathsOf(endpoints: readonly { readonly url: string }[]): readonly string[] {
  return endpoints.map(({ url }) => new URL(url).pathname);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

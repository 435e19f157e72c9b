import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Processes } from '../../../src-main/core/ports/process.ts';
import type { SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { descendants } from '../../support/descendants.ts';
import { makeCamera } from '../../support/fake-camera.ts';
import type { Lectern } from '../../support/lectern-process.ts';
import { missingPrograms, openProcesses } from '../../support/real-ffmpeg.ts';
import { followEvents } from '../../support/service-stage.ts';
import { startPulseAudio } from '../../support/sound-server.ts';
import { end, goLive, openStage, until } from '../../support/studio-stage.ts';
import { mkdtempDisposable } from '../../support/temporary-folder.ts';
import { brightnessOf, stretchesOf, tonesOf } from '../../support/viewed-stream.ts';

const skip = process.platform === 'linux' ? missingPrograms('ffmpeg', 'pulseaudio', 'pactl') : 'needs Linux';
const run = promisify(execFile);

/** Of the microphone and of the test source, which beeps each second; far enough apart to be told. */
const TONE = 440;
const BEEP = 1000;

/** Where runs of at least `least` of a kind begin, behind something else. */
function startsOf(
  levels: readonly number[],
  isOfKind: (level: number) => boolean,
  least: number,
): readonly number[] {
  return levels.flatMap((level, index) =>
    index > 0 &&
    isOfKind(level) &&
    !isOfKind(levels[index - 1] ?? 0) &&
    levels.slice(index, index + least).every(isOfKind)
      ? [index]
      : [],
  );
}

/** Somebody talks into the microphone all the time. */
async function talk(
  { spawn }: Processes,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<AsyncDisposable> {
  const child = await spawn({
    name: 'talk',
    executable: 'ffmpeg',
    args: ['-nostdin', '-v', 'error', ...args],
    stdin: 'none',
    stdout: 'ignore',
    pipes: [],
    env,
    priority: 'normal',
    secrets: [],
    quit: 'term',
    graceMs: 500,
  });
  return {
    async [Symbol.asyncDispose]() {
      await child.stop();
    },
  };
}

async function sourceOf({ call }: Lectern, id: string): Promise<SourceStatus> {
  const found = (await call('getStudio', {})).sources.find(({ spec }) => spec.id === id);
  assert(found !== undefined);
  return found;
}

const stateIs = (lectern: Lectern, id: string, state: SourceStatus['state']) =>
  until(`${id} is ${state}`, async () => ((await sourceOf(lectern, id)).state === state ? true : undefined));

test('a camera that stalls, and camera and microphone that vanish at once, are slate and silence within a second, and come back by themselves', {
  skip,
  timeout: 300_000,
}, async () => {
  await using processes = openProcesses();
  await using pulse = await startPulseAudio(processes);
  await using folder = await mkdtempDisposable(join(tmpdir(), 'lectern-camera-'));
  await using stage = await openStage({ env: pulse.environment });
  const { lectern } = stage;
  const pactl = async (...args: readonly string[]): Promise<string> =>
    (await run('pactl', args, { env: { ...process.env, ...pulse.environment } })).stdout.trim();
  const plugIn = (): Promise<string> =>
    pactl('load-module', 'module-remap-source', 'source_name=desk-mic', 'master=speakers.monitor');
  const tone = [
    '-re',
    '-f',
    'lavfi',
    '-i',
    `sine=frequency=${TONE}`,
    '-f',
    'pulse',
    '-device',
    'speakers',
    'tone',
  ];
  await using _talk = await talk(processes, tone, pulse.environment);
  // As on every desktop: whoever records from what was unplugged goes on with another microphone, without being asked.
  await pactl('load-module', 'module-rescue-streams');
  const file = join(folder.path, 'camera.mp4');
  await makeCamera(file);
  let module = await plugIn();
  const session = await goLive(lectern);
  await using events = followEvents(lectern);
  await lectern.call('putSources', {
    body: {
      sources: [
        { id: 'test', kind: 'test' },
        { id: 'camera', kind: 'file', path: file, loop: true },
        { id: 'mic', kind: 'microphone', device: 'desk-mic' },
      ],
    },
  });
  await lectern.call('patchAudio', { params: { input: 'mic' }, body: { gainDb: -12 } });
  await stateIs(lectern, 'camera', 'live');
  await stateIs(lectern, 'mic', 'live');
  await lectern.call('putScene', { body: { kind: 'single', source: 'camera' } });
  const tried = {
    camera: await lectern.call('testDevice', {
      body: { source: { id: 'x', kind: 'file', path: file, loop: true } },
    }),
    mic: await lectern.call('testDevice', {
      body: { source: { id: 'x', kind: 'microphone', device: 'desk-mic' } },
    }),
  };
  const capture = () => descendants(lectern.pid).findLast(({ command }) => command.includes(file))?.pid ?? 0;
  await wait(1500);

  process.kill(capture(), 'SIGSTOP');
  await stateIs(lectern, 'camera', 'lost');
  await stateIs(lectern, 'camera', 'live');
  await wait(2500);

  await rename(file, `${file}.away`);
  process.kill(capture(), 'SIGKILL');
  await pactl('unload-module', module);
  await stateIs(lectern, 'camera', 'lost');
  await stateIs(lectern, 'mic', 'lost');
  await until('the reason is told', async () =>
    (await sourceOf(lectern, 'mic')).error?.code === 'capture/device-not-found' ? true : undefined,
  );
  const isListed = async (): Promise<boolean> =>
    (await lectern.call('getDevices', {})).value.some(({ id }) => id === 'desk-mic');
  assert.equal(await isListed(), false);
  await rename(`${file}.away`, file);
  const pluggedMs = Date.now();
  module = await plugIn();
  const told = await events.next('Lectern.DevicesChanged', ({ value }) =>
    JSON.stringify(value).includes('desk-mic'),
  );
  const toldMs = Date.parse(told.eventTime) - pluggedMs;
  await stateIs(lectern, 'mic', 'live');
  await stateIs(lectern, 'camera', 'live');
  await wait(1500);
  await end(lectern);

  const jpeg = Buffer.from(tried.camera.picture?.jpeg ?? '', 'base64');
  assert.deepEqual([jpeg[0], jpeg[1], tried.camera.picture?.isBlack], [0xff, 0xd8, false]);
  const rate = tried.camera.picture?.frameRate ?? 0;
  assert.ok(rate > 2 && rate < 45, `${rate} pictures a second`);
  // 200 ms of 48 kHz stereo behind a header of 44 bytes.
  assert.equal(Buffer.from(tried.mic.sound?.wav ?? '', 'base64').length, 44 + 38_400);
  assert.ok(
    (tried.mic.sound?.peakDb ?? -120) > -40 && tried.mic.sound?.isSilent === false,
    JSON.stringify(tried.mic),
  );
  assert.ok(tried.mic.tookMs < 20_000 && tried.camera.tookMs < 20_000);
  assert.ok(toldMs < 8000, `told after ${toldMs} ms`);
  const { gaps } = await lectern.call('getAsset', { params: { name: session.asset ?? '' } });
  assert.deepEqual(gaps, []);

  const brightness = await brightnessOf(session.urls.hls);
  const seen = stretchesOf(
    brightness.map((level) => (level < 75 ? 'slate' : 'picture')),
    1 / 30,
    0.6,
  );
  assert.deepEqual(
    seen.slice(seen.findIndex(({ kind }) => kind === 'picture')).map(({ kind }) => kind),
    ['picture', 'slate', 'picture', 'slate', 'picture'],
    JSON.stringify(seen),
  );
  // No two pictures of the camera are alike: what stands still before the slate is the last one.
  for (const slate of startsOf(brightness, (level) => level < 75, 18)) {
    const last = brightness[slate - 1] ?? 0;
    const moved = brightness.slice(0, slate).findLastIndex((level) => Math.abs(level - last) >= 2);
    const heldSeconds = (slate - 1 - moved) / 30;
    assert.ok(heldSeconds < 1.3, `a picture that stood still for ${heldSeconds} s`);
  }

  const [hum = [], beep = []] = await tonesOf(session.urls.hls, [TONE, BEEP]);
  const heard = stretchesOf(
    hum.map((level) => (level > -50 ? 'tone' : 'silence')),
    0.05,
    0.3,
  );
  const fromFirst = heard.slice(heard.findIndex(({ kind }) => kind === 'tone'));
  assert.deepEqual(
    fromFirst.map(({ kind }) => kind),
    ['tone', 'silence', 'tone'],
    JSON.stringify(heard),
  );
  const beeps = beep.filter((level, index) => level > -40 && (beep[index - 1] ?? -99) <= -40).length;
  assert.ok(Math.abs(beeps - hum.length / 20) <= 1.5, `${beeps} beeps in ${hum.length / 20} s`);
});

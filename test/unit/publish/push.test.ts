import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, afterEach, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { type Push, type PushTarget, startPush } from '../../../src-main/core/publish/push.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { FAKE, FAKE_START_MS, type FakePresentation, fakePresentation } from '../../support/fake-presentation.ts';
import { type FakePushes, fakePushes, settled } from '../../support/fake-pushes.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const CLOSED = 'rtmp://h/: Input/output error';
const BAD_NAME = '[rtmp @ 0x1] Server error: NetStream.Publish.BadName';

// Where the files of secrets go: nothing may be left there by any of these tests.
const folder = mkdtempSync(join(tmpdir(), 'lectern-push-test-'));
process.env['TMPDIR'] = folder;
after(() => rmSync(folder, { recursive: true }));
afterEach(async () => {
  // One that was being written when it was stopped goes a moment later.
  for (let tries = 0; tries < 100 && readdirSync(folder).length > 0; tries += 1) {
    await wait(5);
  }
  assert.deepEqual(readdirSync(folder), []);
});

type Scene = {
  readonly clock: ManualClock;
  readonly fake: FakePresentation;
  readonly pushes: FakePushes;
  readonly push: Push;
};

function key(text: string | undefined): () => Promise<string | undefined> {
  return () => Promise.resolve(text);
}

function sceneOf(
  options: {
    readonly target?: Partial<PushTarget>;
    readonly fake?: FakePresentation;
    readonly over?: Parameters<typeof fakePushes>[1];
  } = {},
): Scene {
  const clock = manualClock(FAKE_START_MS);
  const fake = options.fake ?? fakePresentation();
  fake.chunk();
  const pushes = fakePushes(clock, options.over);
  const push = startPush(
    fake.presentation,
    {
      name: 'one',
      addresses: [{ url: 'rtmp://h:1935/app', key: key('K3Y-abcdef?token=T0KEN-ghijkl') }],
      quality: 'top',
      ...options.target,
    },
    pushes.tools,
  );
  return { clock, fake, pushes, push };
}

async function liveScene(options: Parameters<typeof sceneOf>[0] = {}): Promise<Scene> {
  const scene = sceneOf(options);
  await (await scene.pushes.started(1)).sends(1000);
  return scene;
}

/** Time goes on, the broadcast too, and the server takes what is sent. */
async function goesOn({ clock, fake, pushes }: Scene, seconds: number): Promise<void> {
  const child = pushes.newest();
  for (let at = 0; at < seconds; at += 0.5) {
    fake.chunk();
    await clock.advanceAsync(500);
    await child.sends(10_000 + clock.monotonicMs());
  }
}

test('it connects until the first bytes have left, then it is live', async () => {
  const { pushes, push, clock } = sceneOf();
  const child = await pushes.started(1);
  assert.deepEqual(push.status(), {
    state: 'connecting',
    sentBitrate: 0,
    queueSeconds: 0,
    droppedSeconds: 0,
    retries: 0,
    retryAtMs: undefined,
    connectedAtMs: undefined,
    error: undefined,
  });
  await clock.advanceAsync(700);
  await child.sends(0);
  assert.equal(push.status().state, 'connecting');

  let told = 0;
  push.changed.on(() => (told += 1));
  await child.sends(13);

  assert.equal(push.status().state, 'live');
  assert.equal(push.status().connectedAtMs, FAKE_START_MS + 700);
  assert.equal(told, 1);
  await push.stop();
});

test('nothing on the command line is secret, what is secret is in a file of ours alone, which is gone once it is live', async () => {
  const { pushes, push } = sceneOf();
  const { spec, secretOptions, secretsFile, sends } = await pushes.started(1);

  assert.doesNotMatch(JSON.stringify([spec.args, spec.env ?? {}]), /K3Y|T0KEN/);
  assert.match(secretOptions, /^rtmp_playpath=K3Y-abcdef\?token=T0KEN-ghijkl$/m);
  assert.equal(statSync(secretsFile).mode & 0o777, 0o600);
  assert.equal(statSync(dirname(secretsFile)).mode & 0o777, 0o700);
  // A server may repeat the name without its query, or the token by itself.
  assert.deepEqual(spec.secrets, ['K3Y-abcdef?token=T0KEN-ghijkl', 'K3Y-abcdef', 'T0KEN-ghijkl']);
  await sends(1);

  assert.equal(existsSync(dirname(secretsFile)), false);
  await push.stop();
});

test('the file of secrets is gone after a failure, after a stop, and after a start that failed', async () => {
  const { pushes, push, clock } = sceneOf();
  const failed = await pushes.started(1);
  await failed.exits(1, CLOSED);
  assert.equal(existsSync(failed.secretsFile), false);

  await clock.advanceAsync(1000);
  const stopped = await pushes.started(2);
  assert.equal(existsSync(stopped.secretsFile), true);
  await push.stop();
  assert.equal(existsSync(stopped.secretsFile), false);

  const other = sceneOf();
  other.pushes.failNext(new AppError('process/unusable', 'It is not a program.'));
  for (let tries = 0; tries < 100 && other.push.status().state !== 'failed'; tries += 1) {
    await wait(5);
  }
  assert.equal(other.push.status().error?.message, 'It is not a program.');
  assert.deepEqual(readdirSync(folder), []);
  await other.push.stop();
});

test('stopped while the key is being asked for, it starts nothing and leaves nothing behind', async () => {
  const asked = Promise.withResolvers<string>();
  const { pushes, push } = sceneOf({ target: { addresses: [{ url: 'rtmp://h/app', key: () => asked.promise }] } });

  await push.stop();
  asked.resolve('K3Y');
  await settled();

  assert.equal(pushes.children.length, 0);
});

test('stopped while there is no key frame yet, it starts nothing', async () => {
  const clock = manualClock();
  const pushes = fakePushes(clock);
  const push = startPush(
    fakePresentation().presentation,
    { name: 'one', addresses: [{ url: 'rtmp://h/app', key: key('k') }], quality: 'top' },
    pushes.tools,
  );
  await clock.advanceAsync(1000);
  assert.equal(push.status().state, 'connecting');

  await push.stop();
  assert.equal(clock.pending(), 0);
  assert.equal(pushes.children.length, 0);
});

test('a lost connection is tried again after 1, 2, 3, 5, 8, 8 s, and never given up', async () => {
  const { pushes, push, clock } = sceneOf();

  for (const [index, seconds] of [1, 2, 3, 5, 8, 8, 8].entries()) {
    await (await pushes.started(index + 1)).exits(1, CLOSED);
    const { state, retryAtMs, retries, error } = push.status();
    assert.equal(state, 'reconnecting');
    assert.equal(retryAtMs, clock.wallMs() + seconds * 1000);
    assert.equal(retries, index);
    assert.equal(error?.code, 'publish/connection-lost');
    await clock.advanceAsync(seconds * 1000);
  }
  await pushes.started(8);
  await push.stop();
});

test('whether it had been live is remembered when it ends: then a closed connection says nothing about the key', async () => {
  const { pushes, push } = await liveScene();

  await pushes.newest().exits(1, CLOSED);

  assert.equal(push.status().error?.message, 'h:1935 closed the connection.');
  assert.equal(push.status().connectedAtMs, undefined);
  await push.stop();

  const other = sceneOf();
  await (await other.pushes.started(1)).exits(1, CLOSED);
  assert.match(other.push.status().error?.message ?? '', /either the stream key is wrong or/);
  await other.push.stop();
});

test('a refused key is tried again every 30 s, and is told as refused all the while', async () => {
  const { pushes, push, clock } = sceneOf();
  const told: string[] = [];
  push.changed.on(() => {
    const { state, error } = push.status();
    told.push(`${state} ${error?.code}`);
  });

  for (let attempt = 1; attempt <= 3; attempt += 1) {
    await (await pushes.started(attempt)).exits(1, BAD_NAME);
    assert.equal(push.status().retryAtMs, clock.wallMs() + 30_000);
    await clock.advanceAsync(29_000);
    assert.equal(pushes.children.length, attempt);
    await clock.advanceAsync(1000);
  }

  await pushes.started(4);
  assert.deepEqual(new Set(told), new Set(['connecting undefined', 'failed publish/refused']));
  await pushes.newest().sends(100);
  assert.equal(push.status().state, 'live');
  assert.equal(push.status().error, undefined);
  await push.stop();
});

test('a refused key is tried again at once when it is asked for, which is seen', async () => {
  const { pushes, push, clock } = sceneOf();
  await (await pushes.started(1)).exits(1, BAD_NAME);

  push.retryNow();
  const child = await pushes.started(2);
  assert.equal(clock.monotonicMs(), 0);
  assert.equal(push.status().state, 'reconnecting');
  assert.equal(push.status().error, undefined);
  await child.sends(100);

  assert.equal(push.status().state, 'live');
  assert.equal(push.status().error, undefined);
  await push.stop();
});

test('to try again now skips the wait', async () => {
  const { pushes, push, clock } = sceneOf();
  await (await pushes.started(1)).exits(1, 'rtmp://h/: Connection refused');
  push.retryNow();

  await pushes.started(2);
  assert.equal(clock.monotonicMs(), 0);
  await push.stop();
});

test('a server that takes nothing for 10 s is connected to anew, and said to be gone', async () => {
  const scene = await liveScene();
  const { pushes, push, clock } = scene;
  await goesOn(scene, 3);
  const child = pushes.newest();

  await clock.advanceAsync(9500);
  assert.equal(push.status().state, 'live');
  assert.equal(push.status().sentBitrate, 0);
  await clock.advanceAsync(1000);

  assert.equal(child.wasKilled(), true);
  const { state, error } = push.status();
  assert.equal(state, 'reconnecting');
  assert.equal(error?.code, 'publish/connection-lost');
  assert.equal(error.message, 'h:1935 takes nothing any more. It is connected to anew.');
  await clock.advanceAsync(1000);
  await pushes.started(2);
  await push.stop();
});

test('a server that does not take the connection for 15 s is tried again, and is not called slow', async () => {
  const { pushes, push, clock, fake } = sceneOf();
  const child = await pushes.started(1);
  child.video.fill();
  child.audio.fill();
  fake.cut();
  fake.segments(6);
  assert.equal(push.status().error, undefined);
  await clock.advanceAsync(15_500);

  assert.equal(child.wasKilled(), true);
  assert.equal(push.status().state, 'reconnecting');
  assert.equal(push.status().error?.code, 'publish/unreachable');
  assert.equal(push.status().error?.message, 'h:1935 does not answer.');
  await push.stop();
});

test('one that takes too little is told of with what was left out, until it has kept up for half a minute', async () => {
  const scene = await liveScene();
  const { pushes, push, fake } = scene;
  const child = pushes.newest();
  child.video.fill();
  child.audio.fill();
  fake.cut();
  fake.segments(3);
  const { queueSeconds, error } = push.status();
  assert.ok(queueSeconds > 5 && queueSeconds < 8, `${queueSeconds} s`);
  assert.equal(error, undefined);
  let told = 0;
  push.changed.on(() => (told += 1));

  fake.segments(2);

  assert.equal(told, 1);
  const slow = push.status();
  assert.equal(slow.state, 'live');
  assert.equal(slow.error?.code, 'publish/too-slow');
  assert.match(slow.error.message, /^The network to h:1935 does not take as much as is sent: 8 s were left out/);
  assert.ok(slow.droppedSeconds > 7, `${slow.droppedSeconds} s`);
  child.video.drain();
  child.audio.drain();
  await goesOn(scene, 29.5);
  assert.equal(push.status().error?.code, 'publish/too-slow');
  await goesOn(scene, 1);
  assert.equal(push.status().error, undefined);
  assert.equal(push.status().droppedSeconds, slow.droppedSeconds);
  await push.stop();
});

test('what was broadcast while it was away was never sent, and is counted when it is back', async () => {
  const { pushes, push, fake, clock } = await liveScene();
  fake.chunk();
  await pushes.newest().exits(1, CLOSED);
  fake.cut();
  fake.segments(3);
  fake.chunk();
  await clock.advanceAsync(1000);
  await (await pushes.started(2)).sends(100);

  // 3 segments; what had been handed over of the first counts as sent.
  assert.ok(Math.abs(push.status().droppedSeconds - 6) < 0.05, `${push.status().droppedSeconds} s`);
  await push.stop();
});

test('it reconnects at the newest key frame, with a time base of its own', async () => {
  const { pushes, push, fake, clock } = await liveScene();
  const base = ({ args }: { readonly args: readonly string[] }): string =>
    args[args.indexOf('-itsoffset') + 1] ?? '';
  assert.equal(base(pushes.newest().spec), `-${FAKE_START_MS / 1000}.000000`);
  await pushes.newest().exits(1, CLOSED);
  fake.cut();
  fake.segments(2);
  fake.chunk();
  await clock.advanceAsync(1000);
  const child = await pushes.started(2);

  const seconds = Number(base(child.spec).slice(1)) - FAKE_START_MS / 1000;
  assert.ok(seconds > 4 && seconds < 4.5, `${seconds} s`);
  assert.deepEqual(child.video.taken, [`init of ${FAKE.BEST.id}`, `[${FAKE.BEST.id} 4 000]`]);
  await push.stop();
});

test('a backup is tried in turns, each with its own key', async () => {
  const { pushes, push, clock } = sceneOf({
    target: {
      addresses: [
        { url: 'rtmp://main/app', key: key('main-key') },
        { url: 'rtmps://backup/app?backup=1', key: key('backup-key') },
      ],
    },
  });
  await (await pushes.started(1)).exits(1, CLOSED);
  assert.match(push.status().error?.message ?? '', /^main /);
  await clock.advanceAsync(1000);
  const backup = await pushes.started(2);
  assert.equal(
    backup.secretOptions,
    'rtmp_app=app?backup=1\nrtmp_tcurl=rtmps://backup/app?backup=1\nrtmp_playpath=backup-key\n',
  );
  assert.match(backup.spec.args.at(-1) ?? '', /^rtmp:\/\/127\.0\.0\.1:\d+\/$/);
  await backup.exits(1, CLOSED);
  assert.match(push.status().error?.message ?? '', /^backup /);
  await clock.advanceAsync(2000);

  const again = await pushes.started(3);
  assert.equal(again.spec.args.at(-1), 'rtmp://main/');
  assert.equal(again.spec.args.includes('-ca_file'), false);
  await push.stop();
});

test('a key that cannot be had is a failure of this destination, said in its own words', async () => {
  const { pushes, push } = sceneOf({
    target: {
      addresses: [
        {
          url: 'rtmp://h/app',
          key: () => Promise.reject(new AppError('secrets/unavailable', 'The key store is locked.')),
        },
      ],
    },
  });
  await settled();

  assert.equal(push.status().state, 'failed');
  assert.equal(push.status().error?.message, 'The key store is locked.');
  assert.equal(pushes.children.length, 0);
  await push.stop();
});

test('without ffmpeg it says so and does not go on trying', async () => {
  const { push } = sceneOf({
    over: { ffmpeg: () => Promise.reject(new AppError('process/not-found', 'ffmpeg was not found.')) },
  });
  await settled();

  assert.equal(push.status().state, 'failed');
  assert.equal(push.status().error?.code, 'process/not-found');
  await push.stop();
});

test('sound alone is pushed as sound alone', async () => {
  const { pushes, push } = sceneOf({ fake: fakePresentation({ tracks: [FAKE.SOUND] }) });
  const { spec, video, audio } = await pushes.started(1);

  assert.equal(spec.args.includes('pipe:3'), false);
  assert.deepEqual(video.taken, []);
  assert.equal(audio.taken.length, 2);
  await push.stop();
});

test('the bitrate is that of the last seconds, and nothing when nothing moves', async () => {
  const scene = await liveScene();
  const { push, clock, pushes } = scene;
  for (let half = 1; half <= 20; half += 1) {
    await clock.advanceAsync(500);
    await pushes.newest().sends(1000 + half * 125_000);
  }
  assert.ok(Math.abs(push.status().sentBitrate - 2_000_000) < 1, `${push.status().sentBitrate}`);
  await clock.advanceAsync(3000);
  const { sentBitrate } = push.status();
  assert.ok(sentBitrate > 0 && sentBitrate < 2_000_000, `${sentBitrate}`);
  await clock.advanceAsync(1500);
  assert.equal(push.status().sentBitrate, 0);
  await push.stop();
});

test('finishing sends the rest, waits for the process to say goodbye, and calls none of it a failure', async () => {
  const { pushes, push } = await liveScene();
  const child = pushes.newest();
  const states: string[] = [];
  push.changed.on(() => states.push(push.status().state));

  const finished = push.finish();
  await settled();
  assert.equal(child.video.isEnded() && child.audio.isEnded(), true);
  assert.equal(child.wasAsked(), false);
  await child.exits(0);
  await finished;

  assert.equal(child.wasKilled(), false);
  assert.deepEqual(states, []);
  assert.equal(push.status().error, undefined);
  assert.equal(pushes.children.length, 1);
});

test('finishing waits no longer than 3 s for a server that takes nothing, and 1.5 s more for the process', async () => {
  const { pushes, push, clock } = await liveScene();
  const child = pushes.newest();
  child.video.fill();
  child.hangs();
  let isFinished = false;
  const finishing = (async () => {
    await push.finish();
    isFinished = true;
  })();
  await clock.advanceAsync(2900);
  assert.equal(child.wasAsked(), false);
  await clock.advanceAsync(200);
  assert.equal(child.wasAsked(), true);
  await clock.advanceAsync(1500);
  await settled();

  assert.equal(isFinished, true);
  await finishing;
});

test('finishing while it connects or waits ends it at once', async () => {
  const connecting = sceneOf();
  await connecting.pushes.started(1);
  await connecting.push.finish();
  assert.equal(connecting.clock.monotonicMs(), 0);

  const waiting = sceneOf();
  await (await waiting.pushes.started(1)).exits(1, CLOSED);
  await waiting.push.finish();
  assert.equal(waiting.clock.pending(), 0);
});

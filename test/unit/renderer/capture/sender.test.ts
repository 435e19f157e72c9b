import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CaptureStart, CaptureState } from '../../../../src-main/shared/api/browser-source.ts';
import { type PieceSample, readPiece } from '../../../../src-main/shared/capture-piece.ts';
import type { Answered, CaptureApi } from '../../../../src-renderer/capture/api.ts';
import { createSender, type SenderState } from '../../../../src-renderer/capture/sender.ts';

const STUDIO: CaptureState = { label: 'Anna', title: '', phase: 'off-air', isOnAir: false, isSeen: true };
const START: CaptureStart = {
  name: 'Test',
  what: 'camera',
  isResumed: false,
  video: { codec: 'avc1.42e01f', width: 1280, height: 720, config: 'AAAA' },
  audio: { codec: 'opus', sampleRate: 48_000, channels: 2, config: '' },
};

function picture(atMs: number, isKey = false): PieceSample {
  return { kind: 'video', isKey, atMs, data: new Uint8Array([1, 2, 3]) };
}

/** A studio that answers as the test says; what it was asked stands in `asked`. */
function rig() {
  const asked: string[] = [];
  const states: SenderState[] = [];
  const answers: string[] = [];
  let keys = 0;
  let streams = 0;
  const answered = async <T>(value: T): Promise<Answered<T>> => {
    await nextTurn();
    const code = answers.shift() ?? 'ok';
    return code === 'ok'
      ? { ok: true, value }
      : { ok: false, refusal: { code: code === 'unreachable' ? '' : code, detail: 'so it is' } };
  };
  const api: CaptureApi = {
    state: () => answered(STUDIO),
    start(request: CaptureStart) {
      streams += 1;
      asked.push(`start ${request.video.width} ${request.isResumed ? 'resumed' : 'new'}`);
      return answered({ stream: `s${streams}`, state: STUDIO });
    },
    send(stream: string, bytes: Uint8Array) {
      const { number, samples } = readPiece(bytes);
      asked.push(`${stream} #${number}: ${samples.map(({ atMs }) => atMs).join(' ')}`);
      return answered({ state: STUDIO, needsKey: false });
    },
    stop: (stream: string) => void asked.push(`stop ${stream}`),
  };
  const sender = createSender({
    api,
    onState: (state) => void states.push(state),
    onNeedsKey: () => {
      keys += 1;
    },
  });
  let nowMs = 0;
  /** Lets so much time pass, with a tick every 30 ms. */
  async function pass(ms: number): Promise<void> {
    for (const endMs = nowMs + ms; nowMs < endMs; nowMs += 30) {
      sender.tick(nowMs);
      await nextTurn();
      await nextTurn();
    }
  }
  return { sender, asked, answers, pass, kinds: () => states.map(({ kind }) => kind), states, keys: () => keys };
}

test('it begins a stream once it knows what it sends, and then sends what waits, one piece at a time', async () => {
  const { sender, asked, pass, kinds } = rig();
  await pass(60);
  assert.deepEqual(asked, []);

  sender.describe(START);
  await pass(60);
  sender.add(picture(1, true));
  sender.add(picture(2));
  await pass(60);
  sender.add(picture(3));
  await pass(60);

  assert.deepEqual(asked, ['start 1280 new', 's1 #0: 1 2', 's1 #1: 3']);
  assert.equal(kinds().at(-1), 'sending');
});

test('another size begins another stream, which begins with a key frame', async () => {
  const { sender, asked, pass, keys } = rig();
  sender.describe(START);
  await pass(60);
  const before = keys();

  sender.describe({ ...START, video: { ...START.video, width: 640 } });
  await pass(60);
  sender.add(picture(10));
  sender.add(picture(20, true));
  await pass(60);

  assert.deepEqual(asked, ['start 1280 new', 'start 640 new', 's2 #0: 20']);
  assert.ok(keys() > before);
});

test('a broken connection is told, nothing is kept of it, and it goes on by itself with a key frame', async () => {
  const { sender, asked, answers, pass, kinds, keys } = rig();
  sender.describe(START);
  await pass(60);
  const before = keys();
  answers.push('unreachable');
  sender.add(picture(1, true));
  await pass(60);
  assert.equal(kinds().at(-1), 'lost');

  sender.add(picture(2));
  sender.add(picture(3, true));
  await pass(600);

  assert.deepEqual(asked, ['start 1280 new', 's1 #0: 1', 's1 #1: 3']);
  assert.equal(kinds().at(-1), 'sending');
  assert.ok(keys() > before);
});

test('a service that was started anew is sent a new stream, which takes nobody’s place', async () => {
  const { sender, asked, answers, pass } = rig();
  sender.describe(START);
  await pass(60);
  answers.push('browser/no-stream');
  sender.add(picture(1, true));
  await pass(120);

  assert.deepEqual(asked, ['start 1280 new', 's1 #0: 1', 'start 1280 resumed']);
});

for (const [code, why] of [
  ['browser/replaced', 'replaced'],
  ['browser/unknown-link', 'unknown-link'],
  ['browser/bad-stream', 'refused'],
] as const) {
  test(`${code} is the end, and nothing is sent after it`, async () => {
    const { sender, asked, answers, pass, states } = rig();
    sender.describe(START);
    await pass(60);
    answers.push(code);
    sender.add(picture(1, true));
    await pass(60);
    sender.add(picture(2, true));
    await pass(3000);

    assert.deepEqual(states.at(-1), { kind: 'ended', why, detail: 'so it is' });
    assert.equal(asked.length, 2);
  });
}

test('when it is stopped the studio is told, and nothing comes after it', async () => {
  const { sender, asked, pass } = rig();
  sender.describe(START);
  await pass(60);

  sender.stop();
  sender.add(picture(1, true));
  await pass(60);

  assert.deepEqual(asked, ['start 1280 new', 'stop s1']);
});

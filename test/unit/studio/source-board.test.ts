import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSceneShelf } from '../../../src-main/core/studio/scenes/scene-shelf.ts';
import { createSourceBoard, type PreparedSource } from '../../../src-main/core/studio/source-board.ts';
import type { SourceSpec } from '../../../src-main/shared/api/studio.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import { manualClock } from '../../support/manual-clock.ts';

const CANVAS = { width: 1280, height: 720, frameRate: { numerator: 30, denominator: 1 } };
const camera: SourceSpec = { id: 'camera', kind: 'camera', device: 'cam0' };
const screen: SourceSpec = { id: 'screen', kind: 'screen', cursor: true };
const microphone: SourceSpec = { id: 'mic', kind: 'microphone', device: 'mic0' };

function openBoard() {
  const clock = manualClock();
  const prepared: string[] = [];
  const board = createSourceBoard({
    clock,
    scenes: createSceneShelf(),
    async prepare(spec): Promise<PreparedSource> {
      await Promise.resolve();
      prepared.push(spec.id);
      if (spec.id === 'broken') {
        throw new AppError('capture/device-not-found', 'It is not there.');
      }
      const hasVideo = spec.kind !== 'microphone';
      return {
        label: spec.id,
        hasVideo,
        hasAudio: !hasVideo,
        nativeSize: spec.kind === 'camera' ? { width: 640, height: 480 } : { width: 1920, height: 1080 },
        source: () => ({
          id: spec.id,
          label: spec.id,
          hasVideo,
          hasAudio: !hasVideo,
          input: { kind: 'test' },
          rejectBlack: false,
        }),
      };
    },
  });
  return { board, clock, prepared };
}

test('one source that is not right leaves all as they were', async () => {
  const { board } = openBoard();
  await board.set([camera]);

  await assert.rejects(board.set([screen, { id: 'broken', kind: 'camera', device: 'gone' }]), {
    code: 'capture/device-not-found',
  });
  await assert.rejects(board.set([camera, camera]), { code: 'request/invalid' });

  assert.deepEqual(board.specs(), [camera]);
  assert.deepEqual(board.scene(), { kind: 'single', source: 'camera' });
});

test('sources that stay the same are not prepared again, and keep how they are doing', async () => {
  const { board, prepared } = openBoard();
  await board.set([camera]);
  board.onMixerEvent({
    type: 'source',
    id: 'camera',
    state: 'live',
    restarts: 2,
    frameRate: 30,
    fault: undefined,
  });

  await board.set([camera, screen]);

  assert.deepEqual(prepared, ['camera', 'screen']);
  assert.deepEqual(
    board.statuses().map(({ state, restarts }) => `${state} ${restarts}`),
    ['live 2', 'starting 0'],
  );
});

test('the first picture there is comes on air by itself, and the next one when it goes', async () => {
  const { board } = openBoard();
  await board.set([microphone, camera, screen]);
  assert.deepEqual(board.scene(), { kind: 'single', source: 'camera' });

  await board.set([microphone, screen]);
  assert.deepEqual(board.scene(), { kind: 'single', source: 'screen' });

  await board.set([microphone]);
  assert.deepEqual(board.scene(), { kind: 'slate' });
});

test('a slate that was chosen stays on air when a source is added: nobody is shown who wanted to be hidden', async () => {
  const { board } = openBoard();
  await board.set([camera]);
  board.setScene({ kind: 'slate' });

  await board.set([camera, screen]);

  assert.deepEqual(board.scene(), { kind: 'slate' });
});

test('a scene of a source that is not there, or has no picture, is refused and changes nothing', async () => {
  const { board } = openBoard();
  await board.set([camera, microphone]);

  for (const source of ['nobody', 'mic']) {
    assert.throws(() => board.setScene({ kind: 'single', source }), { code: 'request/invalid' });
  }

  assert.deepEqual(board.scene(), { kind: 'single', source: 'camera' });
});

test('a microphone that gives nothing for ten seconds is told of, a muted one is not', async () => {
  const { board, clock } = openBoard();
  await board.set([microphone]);
  clock.advance(9_900);
  assert.deepEqual([...board.silent()], []);

  clock.advance(200);
  assert.deepEqual([...board.silent()], ['mic']);

  board.onMixerEvent({
    type: 'meters',
    wallMs: clock.wallMs(),
    readings: [{ id: 'mic', peakDb: -30, rmsDb: -40, lufs: -40 }],
  });
  assert.deepEqual([...board.silent()], []);
  clock.advance(11_000);
  board.setAudio('mic', { muted: true });
  assert.deepEqual([...board.silent()], []);
});

test('gain and mute belong to the input and outlive a change of the sources', async () => {
  const { board } = openBoard();
  await board.set([microphone]);

  board.setAudio('mic', { gainDb: -6 });
  board.setAudio('mic', { muted: true });
  await board.set([camera, microphone]);

  assert.deepEqual(board.audio(), [
    { id: 'mic', label: 'mic', gainDb: -6, muted: true, ...UNTREATED, separateTrack: 'off' },
  ]);
  assert.throws(() => board.setAudio('camera', { gainDb: 0 }), { code: 'resource/not-found' });
  assert.deepEqual(
    board.commands(CANVAS).map(({ type }) => type),
    ['sources', 'scene', 'audio'],
  );
});

test('the largest picture decides how large the programme can be; with one that does not say, nothing does', async () => {
  const { board } = openBoard();
  await board.set([camera, screen]);
  assert.deepEqual(board.nativeSize(), { width: 1920, height: 1080 });

  await board.set([microphone]);
  assert.equal(board.nativeSize(), undefined);
});

test('of the sources of the last time those that are not there are told, and the others are taken up', async () => {
  const { board } = openBoard();

  const failures = await board.restore([camera, { id: 'broken', kind: 'camera', device: 'gone' }, microphone]);

  assert.deepEqual(
    failures.map(({ code }) => code),
    ['capture/device-not-found'],
  );
  assert.deepEqual(board.specs(), [camera, microphone]);
  assert.deepEqual(board.scene(), { kind: 'single', source: 'camera' });
});

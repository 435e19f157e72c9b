import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MixerEvent } from '../../../src-main/core/ports/mixer.ts';
import { createSoundBoard } from '../../../src-main/core/studio/sound-board.ts';
import { storedStudio } from '../../../src-main/core/studio/stored-studio.ts';
import type { AudioInput, AudioInputPatch, MeterReading } from '../../../src-main/shared/api/studio.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';
import { manualClock } from '../../support/manual-clock.ts';

type Meters = Extract<MixerEvent, { type: 'meters' }>;

function openBoard(...ids: string[]) {
  const clock = manualClock();
  const board = createSoundBoard(clock);
  board.follow(ids);
  const inputs = (): AudioInput[] => ids.map((id) => ({ id, label: id, ...board.settingsOf(id) }));
  return {
    board,
    clock,
    inputs,
    set: (id: string, patch: AudioInputPatch) => board.change(id, patch),
    /** Readings every 100 ms for a time; whether any of them changed the warnings. */
    play: (ms: number, reading: Partial<MeterReading>, more: Partial<Meters> = {}): boolean => {
      let hasChanged = false;
      for (let played = 0; played < ms; played += 100) {
        clock.advance(100);
        const readings = ids.map((id) => ({ id, peakDb: -120, rmsDb: -120, ...reading }));
        hasChanged =
          board.hear({ type: 'meters', wallMs: clock.wallMs(), readings, ...more }, inputs()) || hasChanged;
      }
      return hasChanged;
    },
    warnings: () => board.state(inputs()).warnings,
  };
}

const TALK = { peakDb: -14, rmsDb: -24 };
const ROOM = { peakDb: -50, rmsDb: -60 };

test('talking into a muted microphone is told of within a second, a cough and the room are not', () => {
  const { play, set, warnings } = openBoard('mic');
  set('mic', { muted: true });
  play(5000, ROOM);
  play(300, TALK);
  assert.deepEqual(warnings(), []);
  play(3000, ROOM);

  play(1000, TALK);

  assert.deepEqual(warnings(), [{ kind: 'muted-speaking', input: 'mic' }]);
});

test('it is over when the microphone is opened, or nobody talks any more', () => {
  const { play, set, warnings } = openBoard('mic');
  set('mic', { muted: true });
  play(2000, TALK);
  set('mic', { muted: false });
  assert.deepEqual(warnings(), []);

  set('mic', { muted: true });
  play(2000, TALK);
  assert.equal(warnings().length, 1);
  play(5000, ROOM);

  assert.deepEqual(warnings(), []);
});

test('with one reading a second, as without anybody who looks, it is told of, too', () => {
  const { board, clock, inputs, set, warnings } = openBoard('mic');
  set('mic', { muted: true });
  for (let second = 0; second < 2; second += 1) {
    clock.advance(1000);
    board.hear({ type: 'meters', wallMs: clock.wallMs(), readings: [{ id: 'mic', ...TALK }] }, inputs());
  }

  assert.deepEqual(warnings(), [{ kind: 'muted-speaking', input: 'mic' }]);
});

test('what came cut off, or is beyond full scale behind its gain, is too loud for four seconds', () => {
  const { play, warnings } = openBoard('mic');
  play(1000, TALK);
  assert.deepEqual(warnings(), []);

  play(100, { ...TALK, clips: 3 });
  assert.deepEqual(warnings(), [{ kind: 'clipping', input: 'mic' }]);
  play(4000, TALK);
  assert.deepEqual(warnings(), []);
  play(100, { ...TALK, peakDb: 0.4 });

  assert.deepEqual(warnings(), [{ kind: 'clipping', input: 'mic' }]);
});

test('an echo counts only while viewers hear both', () => {
  const { play, set, warnings } = openBoard('mic', 'computer');
  const echoes = [{ id: 'mic', of: 'computer' }];
  play(100, TALK, { echoes });
  assert.deepEqual(warnings(), [{ kind: 'echo', input: 'mic', of: 'computer' }]);

  set('computer', { muted: true });
  assert.deepEqual(warnings(), []);
  set('computer', { muted: false });
  play(100, TALK);

  assert.deepEqual(warnings(), []);
});

test('ten silent seconds are told of, from when an input came', () => {
  const { play, warnings } = openBoard('mic');
  play(9900, {});
  assert.deepEqual(warnings(), []);

  play(200, {});
  assert.deepEqual(warnings(), [{ kind: 'silent', input: 'mic' }]);
  play(100, ROOM);

  assert.deepEqual(warnings(), []);
});

test('readings tell whether there is something else to warn of, so that the state is told only then', () => {
  const { play, set } = openBoard('mic');
  play(100, TALK);

  assert.equal(play(3000, TALK), false);
  set('mic', { muted: true });
  assert.equal(play(1000, TALK), true);
  assert.equal(play(1000, TALK), false);
});

test('a change of one thing leaves all others, and the mixer is told all of them', () => {
  const { board, inputs, set } = openBoard('mic');
  set('mic', { delayMs: 120, channels: 'left' });
  set('mic', { noiseSuppression: 'strong' });
  board.setLoudnessTarget(-18);

  assert.deepEqual(board.settingsOf('mic'), {
    gainDb: 0,
    muted: false,
    delayMs: 120,
    channels: 'left',
    highPass: false,
    noiseSuppression: 'strong',
    separateTrack: 'off',
  });
  assert.deepEqual(board.commands(inputs()), [
    {
      type: 'audio',
      id: 'mic',
      gainDb: 0,
      muted: false,
      treatment: { delayMs: 120, channels: 'left', highPass: false, noiseSuppression: 'strong' },
    },
    { type: 'loudness', target: -18 },
  ]);
});

test('a studio that was stored before sound could be treated has it as it comes', () => {
  const stored = storedStudio.parse({
    title: 'Talk',
    record: true,
    sources: [],
    scene: { kind: 'slate' },
    audio: [{ id: 'mic', gainDb: 3, muted: true }],
  });

  assert.deepEqual(stored.audio, [{ id: 'mic', gainDb: 3, muted: true, ...UNTREATED, separateTrack: 'off' }]);
  assert.equal(stored.loudnessTarget, 'off');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type HealthInput, healthOf } from '../../../src-main/core/studio/health.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { problemOf } from '../../../src-main/shared/problem.ts';
import { UNTREATED } from '../../../src-main/shared/sound-limits.ts';

const FINE: HealthInput = {
  encoder: undefined,
  sources: [],
  onAir: new Set(),
  audio: [],
  silent: new Set(),
  warnings: [],
  destinations: [],
  diskLevel: 'fine',
  mixer: 'running',
};

const source = (state: 'held' | 'lost' | 'failed' | 'live') =>
  ({
    spec: { id: 'camera', kind: 'camera', device: 'cam' },
    label: 'Camera',
    hasVideo: true,
    hasAudio: false,
    state,
    restarts: 0,
  }) as const;

test('nothing to complain of is good', () => {
  assert.deepEqual(healthOf(FINE), { level: 'good', reasons: [] });
});

test('the worst reason decides the level, and all are told', () => {
  const health = healthOf({
    ...FINE,
    sources: [source('lost')],
    onAir: new Set(['camera']),
    audio: [{ id: 'mic', label: 'Mic', gainDb: 0, muted: true, ...UNTREATED, separateTrack: 'off' }],
    diskLevel: 'low',
  });

  assert.equal(health.level, 'poor');
  assert.deepEqual(
    health.reasons.map(({ code }) => code),
    ['source-lost', 'muted', 'disk-low'],
  );
});

test('trouble with a source that is not on air is no trouble of the broadcast', () => {
  assert.equal(healthOf({ ...FINE, sources: [source('failed')] }).level, 'good');
});

test('of a microphone that is gone it is said that it is not heard, and not that its picture stands still', () => {
  const microphone = (state: 'held' | 'lost') =>
    ({
      ...source(state),
      spec: { id: 'mic', kind: 'microphone', device: 'usb' },
      label: 'Mic',
      hasVideo: false,
    }) as const;
  const reasonsOf = (state: 'held' | 'lost') =>
    healthOf({ ...FINE, sources: [microphone(state)], onAir: new Set(['mic']) }).reasons;

  assert.deepEqual(reasonsOf('held'), []);
  assert.deepEqual(reasonsOf('lost'), [
    { code: 'sound-lost', detail: 'Mic is gone; viewers do not hear it until it is back.', subject: 'mic' },
  ]);
});

test('an encoder that lags only in its figures is fine; one with frames waiting is not', () => {
  const encoder = {
    encoder: 'libx264',
    preset: 'superfast',
    frameRate: 30,
    layers: [],
    audioBitrate: 128_000,
    speed: 0.9,
    backlogFrames: 0,
    restarts: 0,
  };

  assert.equal(healthOf({ ...FINE, encoder }).level, 'good');
  assert.equal(healthOf({ ...FINE, encoder: { ...encoder, backlogFrames: 5 } }).reasons[0]?.code, 'encoder-slow');
});

test('a microphone is muted or silent, never both at once', () => {
  const audio = [{ id: 'mic', label: 'Mic', gainDb: 0, muted: true, ...UNTREATED, separateTrack: 'off' as const }];

  const { reasons } = healthOf({ ...FINE, audio, silent: new Set(['mic']) });

  assert.deepEqual(
    reasons.map(({ code }) => code),
    ['muted'],
  );
});

test('a destination that refuses is told as that, and one that is lost as lost', () => {
  const down = (name: string, state: 'failed' | 'reconnecting', code: 'publish/refused' | 'publish/protocol') =>
    ({
      name,
      url: 'rtmp://h/app',
      hasStreamKey: true,
      enabled: true,
      quality: 'top',
      state,
      sentBitrate: 0,
      queueSeconds: 0,
      droppedSeconds: 0,
      retries: 1,
      error: problemOf(new AppError(code, 'h refuses the stream key.')),
    }) as const;

  const { reasons } = healthOf({
    ...FINE,
    destinations: [
      down('one', 'failed', 'publish/refused'),
      down('two', 'failed', 'publish/protocol'),
      down('three', 'reconnecting', 'publish/protocol'),
    ],
  });

  assert.deepEqual(
    reasons.map(({ code, subject }) => [code, subject]),
    [
      ['destination-refused', 'one'],
      ['destination-down', 'two'],
      ['destination-down', 'three'],
    ],
  );
  assert.equal(reasons[0]?.detail, 'one refuses the broadcast: h refuses the stream key.');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSoundStrip, type InputLevel, type SoundTap } from '../../../../src-main/core/mix/sound-strip.ts';
import { UNTREATED } from '../../../../src-main/shared/sound-limits.ts';
import { constant, RATE, sine, through } from './signals.ts';

const BLOCK = 1600;
const OPEN: InputLevel = { gainDb: 0, muted: false, treatment: UNTREATED };
const MUTED: InputLevel = { ...OPEN, muted: true };

/** What it is given, the left channel. */
function listener(evenMuted = false): SoundTap & { readonly heard: number[] } {
  const heard: number[] = [];
  return {
    evenMuted,
    heard,
    push(samples, count) {
      for (let i = 0; i < count; i += 1) {
        heard.push(samples[i * 2] ?? 0);
      }
    },
  };
}

test('a tap has the sound as it is treated and before its gain, at the same sample as the mix', () => {
  const treated = { ...UNTREATED, delayMs: 100, channels: 'mono', highPass: true } as const;
  const strip = createSoundStrip(BLOCK, { gainDb: -6, muted: false, treatment: treated });
  const twin = createSoundStrip(BLOCK, { gainDb: 0, muted: false, treatment: treated });
  const tap = listener();
  const signal = sine(440, -18);

  through((samples, count) => strip.process(samples, count, tap), signal, 0, RATE);
  const before = through((samples, count) => twin.process(samples, count), signal, 0, RATE);

  assert.deepEqual(tap.heard.slice(0, before.length), before);
});

test('a tap changes no bit of the mix', () => {
  const [tapped, plain] = [createSoundStrip(BLOCK, OPEN), createSoundStrip(BLOCK, OPEN)];
  const signal = sine(440, -18);

  const heard = through((samples, count) => tapped.process(samples, count, listener()), signal, 0, RATE);

  assert.deepEqual(
    heard,
    through((samples, count) => plain.process(samples, count), signal, 0, RATE),
  );
});

test('a muted input is silent in its tap, also in one that is put in just after the mute; unless that hears it too', () => {
  const strip = createSoundStrip(BLOCK, OPEN);
  const signal = constant(0.5);
  const pass = (tap?: SoundTap): readonly number[] =>
    through((samples, count) => strip.process(samples, count, tap), signal, 0, BLOCK);
  pass();
  strip.setLevel(MUTED);
  pass();
  const [late, always] = [listener(), listener(true)];

  pass(late);
  pass(always);

  assert(late.heard.length >= BLOCK && late.heard.every((value) => value === 0));
  assert(always.heard.length >= BLOCK && always.heard.every((value) => value === 0.5));
});

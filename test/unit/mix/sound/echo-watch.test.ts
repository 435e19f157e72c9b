import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEchoWatch, type EchoRole } from '../../../../src-main/core/mix/echo-watch.ts';
import { later, louder, noise, RATE, type Signal, silence, sine, speech, stereo, sum } from './signals.ts';

const BLOCK = 1600;
const ROLES: readonly { readonly id: string; readonly role: EchoRole }[] = [
  { id: 'mic', role: 'microphone' },
  { id: 'computer', role: 'loudspeaker' },
];

/** What is found after each second. */
function listen(signals: Readonly<Record<string, Signal>>, seconds: number, roles = ROLES): string[] {
  const watch = createEchoWatch();
  watch.setInputs(roles);
  const found: string[] = [];
  for (let at = 0; at < seconds * RATE; at += BLOCK) {
    for (const [id, signal] of Object.entries(signals)) {
      watch.push(id, stereo(signal, at, BLOCK), BLOCK);
    }
    watch.advance(BLOCK);
    if ((at + BLOCK) % RATE === 0) {
      found.push(
        watch
          .echoes()
          .map(({ id, of }) => `${id} hears ${of}`)
          .join(),
      );
    }
  }
  return found;
}

const music = speech(-18, 11);
const talk = speech(-20, 12);
const room = noise(-58, 13);

test('a microphone that hears the loudspeakers 120 ms later, 20 dB less loud and in a noisy room, is found within 13 s', () => {
  const found = listen({ computer: music, mic: sum(later(louder(music, -20), 0.12), room) }, 13);

  assert.equal(found.at(-1), 'mic hears computer');
});

test('it is found also when it seems to come before what the computer plays, by another way to capture', () => {
  const found = listen({ computer: later(music, 0.06), mic: sum(louder(music, -16), room) }, 14);

  assert.equal(found.at(-1), 'mic hears computer');
});

test('it is found while somebody talks over it', () => {
  const found = listen({ computer: music, mic: sum(later(louder(music, -6), 0.08), louder(talk, -12), room) }, 20);

  assert(found.includes('mic hears computer'));
});

test('somebody who talks while something else plays is no echo, in whatever minute', () => {
  for (const seed of [21, 22]) {
    const found = listen({ computer: speech(-18, seed), mic: sum(speech(-20, seed + 100), room) }, 25);

    assert(
      found.every((second) => second === ''),
      `seed ${seed}`,
    );
  }
});

test('silence, noise and lasting tones say nothing', () => {
  assert(listen({ computer: silence, mic: talk }, 14).every((second) => second === ''));
  assert(listen({ computer: noise(-20, 1), mic: noise(-30, 1) }, 14).every((second) => second === ''));
  assert(listen({ computer: sine(440, -20), mic: sine(440, -40) }, 14).every((second) => second === ''));
});

test('an echo that has ended is forgotten', () => {
  const ended: Signal = (sample) => (sample < 15 * RATE ? later(louder(music, -10), 0.05)(sample) : talk(sample));

  const found = listen({ computer: music, mic: ended }, 36);

  assert.equal(found[13], 'mic hears computer');
  assert.equal(found.at(-1), '');
});

test('two microphones are told apart, and one that goes takes its echo with it', () => {
  const watch = createEchoWatch();
  const roles = [...ROLES, { id: 'headset', role: 'microphone' as const }];
  watch.setInputs(roles);
  for (let at = 0; at < 14 * RATE; at += BLOCK) {
    watch.push('computer', stereo(music, at, BLOCK), BLOCK);
    watch.push('mic', stereo(later(louder(music, -12), 0.05), at, BLOCK), BLOCK);
    watch.push('headset', stereo(talk, at, BLOCK), BLOCK);
    watch.advance(BLOCK);
  }
  assert.deepEqual(watch.echoes(), [{ id: 'mic', of: 'computer' }]);

  watch.setInputs(roles.filter(({ id }) => id !== 'mic'));

  assert.deepEqual(watch.echoes(), []);
});

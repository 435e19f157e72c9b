import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTextTrack, type TextTrack } from '../../../src-main/core/transcription/text-track.ts';

const SHOWN = {
  label: 'English',
  hidden: false,
  isDefault: false,
  forced: false,
  characteristics: [],
  role: 'caption',
};

/** A text that may be 5 s late. */
function open(edge: { ms: number | undefined } = { ms: undefined }): TextTrack {
  return createTextTrack({
    ...{ id: 'text_en', name: 'en', language: 'en', shownAs: SHOWN, lagMs: 5000 },
    sourceTrackId: () => 'audio_1',
    edgeMs: () => edge.ms,
  });
}

const said = (text: TextTrack, from: number, to: number) =>
  text.within(from, to).map(({ startMs, endMs, text: words }) => [startMs, endMs, words]);

test('text is final as far as the recogniser says, and not before', () => {
  const text = open({ ms: 3000 });
  text.add({ startMs: 1000, endMs: 2000, text: 'one' });

  assert.equal(text.isFinalUntil(2000), false);
  text.finish(2000);
  assert.equal(text.isFinalUntil(2000), true);
  assert.equal(text.isFinalUntil(2001), false);
});

test('what is later than the lag is not waited for', () => {
  const edge = { ms: 6999 };
  const text = open(edge);

  assert.equal(text.isFinalUntil(2000), false);
  edge.ms = 7000;
  assert.equal(text.isFinalUntil(2000), true);
});

test('what comes for a time that has been shown is shown as far as it goes on, and recorded whole', () => {
  const text = open({ ms: 100_000 });
  text.isFinalUntil(4000);

  const recorded = text.add({ startMs: 3000, endMs: 5000, text: 'late' });
  text.add({ startMs: 1000, endMs: 2000, text: 'too late' });

  assert.deepEqual([recorded?.startMs, recorded?.endMs], [3000, 5000]);
  assert.deepEqual(said(text, 0, 10_000), [[4000, 5000, 'late']]);
});

test('what is cut off where a segment ends begins with a whole millisecond', () => {
  const text = open({ ms: 100_000 });
  text.closeUntil(4000.0213);
  text.add({ startMs: 3000, endMs: 5000, text: 'late' });

  assert.deepEqual(said(text, 0, 10_000), [[4001, 5000, 'late']]);
});

test('asking whether it has settled decides nothing', () => {
  const text = open({ ms: 100_000 });

  assert.equal(text.isSettled(4000), true);
  text.add({ startMs: 3000, endMs: 3500, text: 'still shown' });

  assert.deepEqual(said(text, 0, 10_000), [[3000, 3500, 'still shown']]);
});

test('cues are found by time, also one that reaches over, in their order', () => {
  const text = open();
  text.add({ startMs: 4000, endMs: 5000, text: 'second' });
  text.add({ startMs: 1000, endMs: 4500, text: 'first' });

  assert.deepEqual(said(text, 4000, 4200), [
    [1000, 4500, 'first'],
    [4000, 5000, 'second'],
  ]);
  assert.deepEqual(said(text, 4500, 5000), [[4000, 5000, 'second']]);
  assert.deepEqual(said(text, 5000, 9000), []);
});

test('words are one line of WebVTT, and nothing is no cue', () => {
  const text = open();

  assert.equal(
    text.add({ startMs: 0, endMs: 1000, text: ' a <b>\n & \u0007 --> c ' })?.text,
    'a &lt;b&gt; &amp; --&gt; c',
  );
  assert.equal(text.add({ startMs: 0, endMs: 1000, text: ' \n\t' }), undefined);
  assert.equal(text.add({ startMs: 10, endMs: 10, text: 'no time' }), undefined);
});

test('when it has ended all of it is final', () => {
  const text = open();
  text.end();

  assert.equal(text.isFinalUntil(1e15), true);
});

test('a day of text is kept, and not more than two', () => {
  const text = open();
  const hour = 3_600_000;
  for (let at = 0; at < 80; at += 1) {
    text.add({ startMs: at * hour, endMs: at * hour + 1000, text: String(at) });
  }

  const kept = text.within(0, 100 * hour).length;
  assert.ok(kept >= 26 && kept <= 54, String(kept));
});

test('what is taken back is said no more, and what a recogniser still says of that time is not taken', () => {
  const text = open({ ms: 3000 });
  text.add({ startMs: 1000, endMs: 2000, text: 'before' });
  text.add({ startMs: 2500, endMs: 3500, text: 'my pass' });

  text.remove(3000, 5000);
  const late = text.add({ startMs: 3500, endMs: 4500, text: 'word' });
  text.add({ startMs: 5000, endMs: 6000, text: 'after' });

  assert.equal(late, undefined);
  assert.deepEqual(said(text, 0, 10_000), [
    [1000, 2000, 'before'],
    [5000, 6000, 'after'],
  ]);
});

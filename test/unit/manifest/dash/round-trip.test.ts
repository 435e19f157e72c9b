import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseMpd, writeMpd } from '../../../../src-main/manifest/dash/mpd.ts';
import { AppError } from '../../../../src-main/shared/app-error.ts';
import { mpd } from './mpd-arbitraries.ts';

function assertNoOtherError(text: string): void {
  try {
    parseMpd(text);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'media/malformed', String(error));
  }
}

test('any MPD is read back as it was written', () => {
  fc.assert(
    fc.property(mpd, (model) => {
      assert.deepEqual(parseMpd(writeMpd(model)), model);
    }),
    { numRuns: 120 },
  );
});

test('text that was written, read and written again is the same text', () => {
  fc.assert(
    fc.property(mpd, (model) => {
      const text = writeMpd(model);

      assert.equal(writeMpd(parseMpd(text)), text);
    }),
    { numRuns: 40 },
  );
});

test('an MPD that is cut off anywhere is refused', () => {
  const texts = fc.sample(mpd, { seed: 11, numRuns: 40 }).map((model) => writeMpd(model).trimEnd());
  // Every place is tried, so the work grows with the square of the length.
  for (const text of texts.filter(({ length }) => length > 2000 && length < 5000).slice(0, 2)) {
    for (let end = 0; end < text.length; end += 1) {
      assert.throws(() => parseMpd(text.slice(0, end)), AppError);
    }
  }
});

test('an MPD with any character changed is read or refused', () => {
  fc.assert(
    fc.property(
      mpd,
      fc.nat(),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
      (model, at, character) => {
        const text = writeMpd(model);
        const index = at % text.length;

        assertNoOtherError(text.slice(0, index) + character + text.slice(index + 1));
      },
    ),
    { numRuns: 80 },
  );
});

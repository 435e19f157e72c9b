import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createLengthWatch } from '../../../src-main/core/ports/segment-lengths.ts';

function lengthsOf(wanted: number, seconds: readonly number[]) {
  const watch = createLengthWatch(wanted);
  const longer = seconds.filter((one) => watch.add(one));
  return { ...watch.now(), longer };
}

describe('the lengths of segments', () => {
  test('are as was wanted before there is one, and as long as none rounds to more', () => {
    assert.deepEqual(lengthsOf(2, []), { usual: 2, longest: 2, longer: [] });
    assert.deepEqual(lengthsOf(2, [1.2, 2.001, 2.49]), { usual: 2, longest: 2, longer: [] });
  });

  test('are those of the first one where that is longer', () => {
    assert.deepEqual(lengthsOf(2, [8.333, 8.334, 8.333]), { usual: 8.3, longest: 8.3, longer: [8.333] });
    assert.deepEqual(lengthsOf(2, [4.001, 3.999]), { usual: 4, longest: 4, longer: [4.001] });
  });

  test('go up with a longer one behind it and never down, while the usual length stays', () => {
    assert.deepEqual(lengthsOf(2, [2, 6, 2, 8.3, 2]), { usual: 2, longest: 8.3, longer: [6, 8.3] });
  });

  test('always have a target duration that no segment rounds to more than', () => {
    for (let first = 0.1; first < 20; first += 0.037) {
      for (const second of [first + 0.4, first + 0.45, first + 0.499, first + 0.5]) {
        for (const wanted of [0.5, 2, 2.4]) {
          const target = Math.max(1, Math.ceil(lengthsOf(wanted, [first, second]).longest));
          assert.ok(Math.round(second) <= target, `${second} s behind ${first} s have a target of ${target} s`);
        }
      }
    }
  });
});

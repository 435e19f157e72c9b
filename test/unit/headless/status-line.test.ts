import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Output } from '../../../src-main/headless/host.ts';
import { createStatusLine } from '../../../src-main/headless/status-line.ts';
import { manualClock } from '../../support/manual-clock.ts';

function recorder(isTerminal: boolean): Output & { readonly written: string[] } {
  const written: string[] = [];
  return { written, write: (text) => void written.push(text), isTerminal, columns: () => 11, waiting: () => 0 };
}

test('on a terminal the line is rewritten, cut to its width, and gone at the end', () => {
  const output = recorder(true);
  const line = createStatusLine(output, manualClock());

  line.show('one');
  line.show('one');
  line.show('two two two two');
  line.note('a note');
  line[Symbol.dispose]();

  assert.equal(output.written.join(''), 'one\r\u001b[Ktwo two tw\r\u001b[Ka note\ntwo two tw\r\u001b[K');
});

test('elsewhere there is a new line every ten seconds', () => {
  const output = recorder(false);
  const clock = manualClock();
  const line = createStatusLine(output, clock);

  for (let second = 0; second <= 20; second += 1) {
    line.show(`after ${second} s of it`);
    clock.advance(1000);
  }
  line[Symbol.dispose]();

  assert.deepEqual(output.written, ['after 0 s of it\n', 'after 10 s of it\n', 'after 20 s of it\n']);
});

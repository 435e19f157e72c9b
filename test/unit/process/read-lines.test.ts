import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createLineReader, MAX_LINE_LENGTH } from '../../../src-main/core/process/read-lines.ts';

function linesOf(chunks: readonly Uint8Array[], secrets: readonly string[] = []): string[] {
  const lines: string[] = [];
  const reader = createLineReader({ secrets, onLine: (line) => void lines.push(line) });
  for (const chunk of chunks) {
    reader.push(chunk);
  }
  reader.end();
  return lines;
}

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let offset = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(offset, offset + size));
    offset += size;
  }
  return [...chunks, bytes.subarray(offset)];
}

test('lines end with \\n, \\r\\n or the \\r of a progress line; empty ones are left out', () => {
  const text = 'one\r\ntwo\n\nframe= 1\rframe= 2\rlast';

  assert.deepEqual(linesOf([Buffer.from(text)]), ['one', 'two', 'frame= 1', 'frame= 2', 'last']);
});

test('it does not matter where the chunks are cut', () => {
  const text = 'Zürich\r\n€ 5\nkey=sécret-ключ!\r𝄞\n';
  const expected = ['Zürich', '€ 5', 'key=[secret]!', '𝄞'];

  fc.assert(
    fc.property(fc.array(fc.nat(7), { maxLength: 40 }), (sizes) => {
      assert.deepEqual(linesOf(cut(Buffer.from(text), sizes), ['sécret-ключ']), expected);
    }),
  );
});

test('bytes that are no UTF-8 do no harm', () => {
  assert.deepEqual(linesOf([Buffer.from([0x61, 0xff, 0xc3, 0x0a])]), ['a\ufffd\ufffd']);
});

test('a line is cut at its greatest length and says so', () => {
  const [line = ''] = linesOf([Buffer.from('x'.repeat(10_000))]);

  assert.deepEqual([line.length, line.at(-1)], [MAX_LINE_LENGTH, '…']);
});

test('a line of just the greatest length is whole', () => {
  const text = 'x'.repeat(MAX_LINE_LENGTH);

  assert.deepEqual(linesOf([Buffer.from(text)]), [text]);
});

test('a secret that a long line is cut through does not show', () => {
  const secret = '0123456789';
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2300 }), fc.nat(300), fc.nat(40), (before, after, repeats) => {
      const text = `${'x'.repeat(before)}${secret.repeat(repeats + 1)}${'y'.repeat(after)}`;
      const [line = ''] = linesOf([Buffer.from(text)], [secret]);

      assert.ok(line.length <= MAX_LINE_LENGTH);
      assert.doesNotMatch(line, /\d/);
    }),
    { numRuns: 500 },
  );
});

test('memory stays bounded over a line without end', () => {
  const block = Buffer.alloc(1024 * 1024, 'x');
  const reader = createLineReader({ secrets: [], onLine: () => undefined });
  const before = process.memoryUsage().heapUsed;

  for (let count = 0; count < 64; count += 1) {
    reader.push(block);
  }

  assert.ok(process.memoryUsage().heapUsed - before < 16 * 1024 * 1024);
  reader.end();
});

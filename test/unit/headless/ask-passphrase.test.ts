import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { askPassphrase } from '../../../src-main/headless/ask-passphrase.ts';

function terminal() {
  const stdin = new PassThrough();
  const stderr = new PassThrough();
  stderr.setEncoding('utf8');
  return { stdin, stderr, shown: () => String(stderr.read()) };
}

test('what is typed is the answer, corrections and all, and is shown nowhere', async () => {
  const { stdin, stderr, shown } = terminal();

  const asked = askPassphrase({ stdin, stderr }, new AbortController().signal);
  stdin.write('geheim x\b\b & Grüße\r');

  assert.equal(await asked, 'geheim & Grüße');
  assert.equal(shown(), 'Passphrase of the stored keys: \n');
});

test('the terminal has stopped to echo before it is asked', async () => {
  const { stdin, stderr } = terminal();
  const order: string[] = [];
  Object.assign(stdin, { setRawMode: (raw: boolean) => order.push(raw ? 'no echo' : 'echo') });
  stderr.on('data', (text: string) => order.push(text));

  const asked = askPassphrase({ stdin, stderr }, new AbortController().signal);
  stdin.write('geheim\r');
  await asked;
  await new Promise(setImmediate);

  assert.deepEqual(order, ['no echo', 'Passphrase of the stored keys: ', 'echo', '\n']);
});

for (const [what, end] of [
  ['Ctrl-C', ({ stdin }: { stdin: PassThrough }) => stdin.write('half\x03')],
  ['Ctrl-D', ({ stdin }: { stdin: PassThrough }) => stdin.write('\x04')],
  ['a terminal that goes away', ({ stdin }: { stdin: PassThrough }) => stdin.end()],
] as const) {
  test(`${what} is no answer`, async () => {
    const { stdin, stderr } = terminal();

    const asked = askPassphrase({ stdin, stderr }, new AbortController().signal);
    end({ stdin });

    await assert.rejects(asked, { code: 'secrets/unavailable', message: /No passphrase was given/ });
  });
}

test('an interruption ends the question, also one that came before it', async () => {
  for (const interruptedBefore of [true, false]) {
    const interruption = new AbortController();
    if (interruptedBefore) {
      interruption.abort();
    }

    const asked = askPassphrase(terminal(), interruption.signal);
    interruption.abort();

    await assert.rejects(asked, { code: 'secrets/unavailable' });
  }
});

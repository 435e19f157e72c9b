import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  choice,
  flag,
  parseOptions,
  text,
  UsageError,
  value,
  values,
} from '../../../src-main/headless/options.ts';

const table = {
  json: flag('JSON.'),
  'no-record': flag('No recording.'),
  out: text('PATH', 'Where to.'),
  format: choice(['mp4', 'm4a'], 'Format.'),
  port: value('N', 'Port.', 'a number', (given) => (/^\d+$/.test(given) ? Number(given) : undefined)),
  to: values('URL', 'Push.', 'an address', (given) => (given.includes('://') ? given : undefined)),
};

test('options come with their values, and those that were left out without', () => {
  const { options, positionals } = parseOptions('export', table, [
    'asset',
    '--out',
    'a b',
    '--port=0',
    '--to',
    'rtmp://a',
    '--to=rtmp://b',
    '--no-record',
    '--',
    '--json',
  ]);

  assert.deepEqual(options, {
    json: false,
    'no-record': true,
    out: 'a b',
    format: undefined,
    port: 0,
    to: ['rtmp://a', 'rtmp://b'],
  });
  assert.deepEqual(positionals, ['asset', '--json']);
});

for (const [args, sentence] of [
  [['--jason'], 'There is no option --jason for export.'],
  [['--jason=1'], 'There is no option --jason for export.'],
  [['-x'], 'There is no option -x for export.'],
  [['--__proto__'], 'There is no option --__proto__ for export.'],
  [['--constructor'], 'There is no option --constructor for export.'],
  [['--record'], 'There is no option --record for export.'],
  [['--json=yes'], '--json takes no value, and “yes” is one.'],
  [['--out'], '--out needs a value: --out PATH.'],
  [['--out', '--json'], '--out needs a value: --out PATH.'],
  [['--out='], '--out must be something, and “” is not.'],
  [['--out', 'a', '--out', 'b'], '--out is given twice.'],
  [['--format', 'avi'], '--format must be one of mp4, m4a, and “avi” is not.'],
  [['--port', '8o'], '--port must be a number, and “8o” is not.'],
  [['--to', 'x'], '--to must be an address, and “x” is not.'],
] as const) {
  test(`${args.join(' ')} is refused in one sentence`, () => {
    assert.throws(
      () => parseOptions('export', table, args),
      (error) => error instanceof UsageError && error.message === sentence,
    );
  });
}

test('any arguments are read or refused, never anything else', () => {
  const arg = fc.oneof(
    fc.string(),
    fc.constantFrom('--', '-', '--json', '--out', '--to', '--port=1', '--=', '---'),
  );

  fc.assert(
    fc.property(fc.array(arg, { maxLength: 6 }), (args) => {
      try {
        parseOptions('export', table, args);
      } catch (error) {
        assert(error instanceof UsageError, String(error));
      }
    }),
  );
});

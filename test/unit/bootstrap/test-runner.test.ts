import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { testEvents } from '../../../src-main/bootstrap/run-tests.mjs';
import { closingLine, createTally } from '../../../src-main/bootstrap/tally.mjs';
import { findTestFiles, GROUPS, planTests } from '../../../src-main/bootstrap/test-plan.mjs';
import { reporter } from '../../support/reporter.ts';

const FILES = [
  'test/conformance/layers.test.ts',
  'test/e2e/go-live.test.ts',
  'test/slow/sound-of-an-hour.test.ts',
  'test/unit/media/box.test.ts',
  'test/unit/mix/sound.test.ts',
];

function planned(args: readonly string[]): unknown {
  const plan = planTests(args, FILES);
  return 'sentence' in plan ? plan.sentence : plan.phases.map(({ group, files }) => [group.name, ...files]);
}

test('without arguments everything runs, the quickest group first', () => {
  assert.deepEqual(planned([]), [
    ['conformance', 'test/conformance/layers.test.ts'],
    ['unit', 'test/unit/media/box.test.ts', 'test/unit/mix/sound.test.ts'],
    ['e2e', 'test/e2e/go-live.test.ts'],
  ]);
});

test('names of groups choose groups, other words choose among their files', () => {
  assert.deepEqual(planned(['unit', 'media']), [['unit', 'test/unit/media/box.test.ts']]);
  assert.deepEqual(planned(['layers', 'sound']), [
    ['conformance', 'test/conformance/layers.test.ts'],
    ['unit', 'test/unit/mix/sound.test.ts'],
  ]);
  assert.deepEqual(planned(['test\\e2e\\go-live.test.ts']), [['e2e', 'test/e2e/go-live.test.ts']]);
});

test('what takes minutes runs only for who asks for it by its group or its path', () => {
  const slow = ['slow', 'test/slow/sound-of-an-hour.test.ts'];

  assert.deepEqual(planned(['slow']), [slow]);
  assert.deepEqual(planned(['slow', 'hour']), [slow]);
  assert.deepEqual(planned(['test/slow/sound']), [slow]);
  assert.deepEqual(planned(['sound']), [['unit', 'test/unit/mix/sound.test.ts']]);
});

test('a filter that matches nothing and an option that does not exist are said, not passed', () => {
  assert.match(String(planned(['unit', 'nonsense'])), /No test file matches unit nonsense/);
  assert.match(String(planned(['--watch'])), /no option --watch/);
});

test('acceptance tests that encode run one at a time behind the others', () => {
  const plan = planTests(
    [],
    ['test/acceptance/row-01-a.test.ts', 'test/acceptance/row-03-b.test.ts', 'test/acceptance/row-30-c.test.ts'],
  );
  assert.ok('phases' in plan);
  assert.deepEqual(
    plan.phases.map(({ group, files }) => [group.concurrency, ...files]),
    [
      ['waiting', 'test/acceptance/row-01-a.test.ts', 'test/acceptance/row-30-c.test.ts'],
      [1, 'test/acceptance/row-03-b.test.ts'],
    ],
  );
});

test('what measures real time runs one file at a time', () => {
  const groups = GROUPS.filter(({ concurrency }) => concurrency === 1).map(({ name }) => name);
  const files = ['mix/encoder', 'live-encoding/default', 'packaging/cues-in-players', 'control/audit'];
  const { alone } = GROUPS.find(({ name }) => name === 'integration') ?? {};

  assert.deepEqual(groups, ['faults', 'e2e']);
  assert.deepEqual(
    files.filter((file) => alone?.test(`test/integration/${file}.test.ts`)),
    ['mix/encoder', 'live-encoding/default', 'packaging/cues-in-players'],
  );
});

/** Runs test files as `npm test` does and gives what is printed, and what it comes to. */
async function runFiles(
  files: Readonly<Record<string, string>>,
  options: { readonly limitMs?: number; readonly signal?: AbortSignal } = {},
) {
  const root = await mkdtemp(join(tmpdir(), 'lectern-runner-'));
  try {
    await writeFile(join(root, 'package.json'), '{"type":"module"}');
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), text);
    }
    const plan = planTests([], findTestFiles(root));
    assert.ok('phases' in plan);
    const phases = plan.phases.map((phase) => ({
      ...phase,
      group: { ...phase.group, fileLimitMs: options.limitMs ?? 20_000 },
    }));
    const tally = createTally();
    async function* counted() {
      for await (const event of testEvents(root, phases, options.signal ?? new AbortController().signal)) {
        tally.note(event);
        yield event;
      }
    }
    let printed = '';
    for await (const text of reporter(counted())) {
      printed += text;
    }
    return { printed, totals: tally.totals() };
  } finally {
    await rm(root, { recursive: true });
  }
}

const HEAD = `import { suite, test } from 'node:test';\n`;

test('tests are counted one by one, and the last line says how many passed and failed', async () => {
  const { printed, totals } = await runFiles({
    'test/unit/a.test.ts': `${HEAD}
      test('good', () => undefined);
      test('bad', () => { throw new Error('the reason'); });
      test('left out', { skip: 'no camera here' }, () => undefined);
      suite('of two', () => {
        test('inner good', () => undefined);
        test('inner bad', () => { throw new Error('inner reason'); });
      });
      test('parent', async (t) => { await t.test('child', () => undefined); });`,
  });

  assert.equal(closingLine(totals), '4 passed, 2 failed');
  assert.deepEqual(
    totals.failures.map(({ name }) => name),
    ['bad', 'inner bad'],
  );
  assert.ok(printed.endsWith('\n4 passed, 2 failed\n'));
  assert.match(printed, /✖ bad\n\s+Error: the reason/);
  assert.match(printed, /Failed:\n  .*test\/unit\/a\.test\.ts:4  bad\n    the reason\n/);
  assert.match(printed, /left out \(no camera here\)/);
});

test('a file that crashes is a failure, and what it wrote is shown', async () => {
  const { printed, totals } = await runFiles({
    'test/unit/crash.test.ts': `${HEAD}
      test('good', () => undefined);
      test('never ends', () => new Promise(() => undefined));
      setTimeout(() => { console.error('last words'); process.exit(3); }, 200);`,
  });

  assert.equal(closingLine(totals), '1 passed, 1 failed');
  assert.match(printed, /ended with code 3\.\n\s+During: never ends/);
  assert.match(printed, /It wrote:\n\s+last words/);
});

test('a file with no test in it is a failure: it would pass whatever happens', async () => {
  const { printed, totals } = await runFiles({ 'test/unit/empty.test.ts': 'export const nothing = 1;' });

  assert.equal(closingLine(totals), '0 passed, 1 failed');
  assert.match(printed, /There is no test in it/);
});

test('a file that leaves something open is ended at its limit and does not hold up the others', async () => {
  const { printed, totals } = await runFiles(
    {
      'test/unit/hangs.test.ts': `${HEAD}test('quick', () => undefined); setInterval(() => undefined, 1000);`,
      'test/e2e/after.test.ts': `${HEAD}test('runs all the same', () => undefined);`,
    },
    { limitMs: 2000 },
  );

  assert.equal(closingLine(totals), '2 passed, 1 failed');
  assert.match(printed, /still running at its time limit/);
});

test('an interrupted run starts no further file', async () => {
  const { totals } = await runFiles(
    { 'test/unit/a.test.ts': `${HEAD}test('good', () => undefined);` },
    { signal: AbortSignal.abort(new Error('interrupted')) },
  );

  assert.equal(closingLine(totals), '0 passed, 0 failed');
});

import assert from 'node:assert/strict';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, describe, test } from 'node:test';
import type { ChildExit } from '../../../src-main/core/ports/process.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { assertNoneLeft, childSpec, isPosix, lineOf, openProcesses, recordingLogger } from './children.ts';

function isAppError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code;
}

describe('a child that cannot be started', () => {
  test('is not found when there is no such program', async () => {
    await using processes = openProcesses();

    await assert.rejects(
      processes.spawn(childSpec('idles', [], { executable: '/nowhere/ffmpeg' })),
      isAppError('process/not-found'),
    );
  });

  test('is unusable when the file is no program', async (t) => {
    const folder = await mkdtemp(join(tmpdir(), 'lectern-'));
    t.after(() => rm(folder, { recursive: true }));
    const file = join(folder, 'ffmpeg');
    await writeFile(file, 'not a program');
    await chmod(file, 0o644);
    await using processes = openProcesses();

    await assert.rejects(
      processes.spawn(childSpec('idles', [], { executable: folder })),
      isAppError('process/unusable'),
    );
    await assert.rejects(
      processes.spawn(childSpec('idles', [], { executable: file })),
      isAppError('process/unusable'),
    );
  });

  test('is unusable when an argument cannot be passed on', async () => {
    await using processes = openProcesses();

    await assert.rejects(processes.spawn(childSpec('idles', ['a\0b'])), isAppError('process/unusable'));
  });

  test('is a mistake of ours when it is to be quit by q and has no stdin', async () => {
    await using processes = openProcesses();

    await assert.rejects(processes.spawn(childSpec('idles', [], { quit: 'q', stdin: 'none' })), /must be a pipe/);
  });
});

describe('a child that ends by itself', () => {
  test('tells its code and its last words', async () => {
    await using processes = openProcesses();

    const child = await processes.spawn(childSpec('exits', ['3', 'no such device', 'sorry']));

    const expected: ChildExit = { code: 3, signal: null, asked: false, lastLines: ['no such device', 'sorry'] };
    assert.deepEqual(await child.exited, expected);
  });

  test('keeps only its last 40 lines', async () => {
    await using processes = openProcesses();
    const words = Array.from({ length: 60 }, (_, index) => `line ${index}`);

    const child = await processes.spawn(childSpec('exits', ['0', ...words]));

    assert.deepEqual((await child.exited).lastLines, words.slice(-40));
  });

  test('is not signalled afterwards, because its id may be another’s', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('exits', ['0']));
    const exit = await child.exited;

    child.kill();

    assert.deepEqual(await child.stop(), exit);
  });

  test('takes the processes with it that it has started', { skip: !isPosix }, async () => {
    await using processes = openProcesses();

    const child = await processes.spawn(childSpec('forks-grandchild', ['leave'], { stdout: 'pipe' }));

    assert.equal((await child.exited).code, 4);
    await assertNoneLeft();
  });

  test('ends for us although a process that left its group keeps the pipes', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('forks-grandchild', ['escape'], { stdout: 'pipe' }));
    const grandchild = Number((await lineOf(child, /^grandchild/)).split(' ')[1]);

    const exit = await child.exited;

    process.kill(grandchild, 'SIGKILL');
    assert.equal(exit.code, 4);
  });

  test('ends for us although nobody reads its pipes', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('prints-for-ever', [], { stdout: 'pipe' }));
    const { promise: filled, resolve } = Promise.withResolvers<undefined>();
    child.stdout?.on('readable', () => resolve(undefined));
    await filled;

    child.kill();

    assert.equal((await child.exited).signal, isPosix ? 'SIGKILL' : 'SIGTERM');
  });
});

describe('stopping a child', () => {
  test('is a clean end whatever the signal', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('idles'));
    await lineOf(child, /ready/);

    assert.deepEqual(await child.stop(), { code: null, signal: 'SIGTERM', asked: true, lastLines: ['ready'] });
  });

  test('asks with q where q is understood', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('quits-on-q', [], { stdin: 'pipe', quit: 'q' }));
    await lineOf(child, /ready/);

    assert.equal((await child.stop()).code, 0);
  });

  test('goes on to SIGTERM when q is not heard', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('ignores-q', [], { stdin: 'pipe', quit: 'q' }));
    await lineOf(child, /ready/);

    assert.equal((await child.stop()).code, 15);
  });

  test('goes straight to SIGTERM when stdin was closed by its owner', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(
      childSpec('ignores-q', [], { stdin: 'pipe', quit: 'q', graceMs: 600_000 }),
    );
    await lineOf(child, /ready/);
    child.stdin?.end();

    assert.equal((await child.stop()).code, 15);
  });

  test('kills what ignores SIGTERM', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('ignores-sigterm'));
    await lineOf(child, /ready/);

    const exit = await child.stop();

    assert.deepEqual(exit, { code: null, signal: 'SIGKILL', asked: true, lastLines: ['ready', 'no'] });
  });

  test('reaches the processes that the child has started', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('forks-grandchild', ['stay']));
    await lineOf(child, /ready/);

    await child.stop();

    await assertNoneLeft();
  });

  test('gives every caller the same end', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('idles'));

    const [first, second, third] = await Promise.all([child.stop(), child.stop(), child.exited]);

    assert.deepEqual([second, third], [first, first]);
  });
});

describe('what a child says', () => {
  test('has no secret in it, in whatever spelling', async () => {
    await using processes = openProcesses();
    const key = 'live_ab+c/ü?1';
    const heard: string[] = [];

    const child = await processes.spawn(
      childSpec('exits', ['0', `to rtmp://x/${key}`, `to ${encodeURIComponent(key)}!`], { secrets: [key] }),
    );
    child.lines.on((line) => void heard.push(line));

    const expected = ['to rtmp://x/[secret]', 'to [secret]!'];
    assert.deepEqual((await child.exited).lastLines, expected);
    assert.deepEqual(heard, expected);
  });

  test('may be endless without using memory', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('floods-stderr', ['100']));
    const before = process.memoryUsage().rss;

    const { lastLines } = await child.exited;

    const grown = process.memoryUsage().rss - before;
    assert.deepEqual(
      lastLines.map((line) => line.length),
      [2000, 'the end'.length],
    );
    assert.ok(grown < 60 * 1024 * 1024, `grew by ${grown} bytes over 100 MB of output`);
  });

  test('reaches us even when a listener of ours fails', async () => {
    const logger = recordingLogger();
    await using processes = openProcesses(logger);
    const child = await processes.spawn(childSpec('exits', ['0', 'one', 'two']));
    child.lines.on(() => {
      throw new Error('a mistake');
    });

    assert.deepEqual((await child.exited).lastLines, ['one', 'two']);
    assert.equal(logger.logged.filter(({ level }) => level === 'error').length, 2);
  });
});

describe('the pipes of a child', () => {
  test('carry data both ways', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(
      childSpec('copies-pipes', [], { stdin: 'pipe', stdout: 'pipe', pipes: ['to-child', 'from-child'] }),
    );
    const copies = Promise.all([text(child.pipe(4)), text(child.stdout!)]);

    child.pipe(3).end('by pipe');
    child.stdin?.end('by stdin');

    assert.deepEqual(await copies, ['by pipe', 'by stdin']);
    assert.throws(() => child.pipe(5), /has no pipe 5/);
  });

  test('swallow what is written after its end', async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('exits', ['0'], { stdin: 'pipe', pipes: ['to-child'] }));
    const block = Buffer.alloc(1024 * 1024);

    child.stdin?.write(block);
    child.pipe(3).write(block);
    await child.exited;
    child.stdin?.write(block);
    child.pipe(3).write(block);

    assert.equal((await child.exited).code, 0);
  });

  test('may be closed early while the child lives on', { skip: !isPosix }, async () => {
    await using processes = openProcesses();
    const child = await processes.spawn(childSpec('closes-stdout', [], { stdout: 'pipe' }));

    const ready = lineOf(child, /ready/);

    assert.equal(await text(child.stdout!), 'some');
    await ready;
    assert.equal((await child.stop()).asked, true);
  });
});

test('a child knows little of our environment and has the priority it was given', async (t) => {
  process.env['LECTERN_PLANTED_SECRET'] = 'planted';
  process.env['FFREPORT'] = 'file=/tmp/everything.log';
  t.after(() => {
    delete process.env['LECTERN_PLANTED_SECRET'];
    delete process.env['FFREPORT'];
  });
  await using processes = openProcesses();
  const child = await processes.spawn(
    childSpec('prints-environment', ['a b', '"c"'], {
      stdin: 'pipe',
      stdout: 'pipe',
      priority: 'low',
      env: { ADDED: 'yes' },
    }),
  );
  child.stdin?.end();

  const printed: unknown = JSON.parse(await text(child.stdout!));

  assert.ok(typeof printed === 'object' && printed !== null && 'env' in printed && 'args' in printed);
  assert.ok(typeof printed.env === 'object' && printed.env !== null && 'priority' in printed);
  const names = Object.keys(printed.env);
  assert.ok(names.includes('PATH') && names.includes('ADDED'));
  assert.ok(!names.includes('LECTERN_PLANTED_SECRET') && !names.includes('FFREPORT'));
  assert.deepEqual(printed.args, ['a b', '"c"']);
  assert.equal(printed.priority, constants.priority.PRIORITY_LOW);
});

after(() => assertNoneLeft());

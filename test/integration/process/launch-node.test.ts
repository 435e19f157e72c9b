import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import {
  assertNoneLeft,
  fixture,
  isPosix,
  type Logged,
  MARKED_ENVIRONMENT,
  openProcesses,
  recordingLogger,
} from './children.ts';

function launch(
  name: string,
  env: Record<string, string> = {},
): {
  readonly name: string;
  readonly entry: URL;
  readonly env: Record<string, string>;
} {
  return { name, entry: fixture(name), env: { ...env, ...MARKED_ENVIRONMENT } };
}

async function logged(messages: readonly Logged[], pattern: RegExp): Promise<Logged> {
  for (;;) {
    const found = messages.find(({ message }) => pattern.test(message));
    if (found !== undefined) {
      return found;
    }
    await wait(10);
  }
}

test('a module that falls over tells its code, and its words are in the log', async () => {
  const logger = recordingLogger();
  await using processes = openProcesses(logger);

  const child = await processes.launchNode(launch('node-entry-crashes'));

  assert.deepEqual(await child.exited, { code: 1 });
  const words = await logged(logger.logged, /fell over/);
  assert.deepEqual([words.level, words.fields], ['warn', { child: 'node-entry-crashes' }]);
  assert.equal((await logged(logger.logged, /ended unasked/)).fields['reason'], 'code 1');
});

test('a module that is not there ends at once', async () => {
  await using processes = openProcesses();

  const child = await processes.launchNode({ ...launch('idles'), entry: fixture('nothing-of-that-name') });

  assert.deepEqual(await child.exited, { code: 1 });
});

test('a module gets its environment, none of our flags, and its output goes to the log', async () => {
  const logger = recordingLogger();
  await using processes = openProcesses(logger);

  await processes.launchNode(launch('node-entry', { LECTERN_WORD: 'hello' }));

  assert.equal((await logged(logger.logged, /^up with/)).message, 'up with hello and 0 flags');
  assert.deepEqual((await logged(logger.logged, /careful/)).level, 'warn');
});

test('a module is asked to end by its channel', async () => {
  const logger = recordingLogger();
  await using processes = openProcesses(logger);
  const child = await processes.launchNode(launch('node-entry'));
  await logged(logger.logged, /^up with/);

  child.kill();
  child.kill();

  assert.deepEqual(await child.exited, { code: 7 });
});

test('a module that does not listen is killed in the end', { skip: !isPosix }, async () => {
  const logger = recordingLogger();
  await using processes = openProcesses(logger);
  const child = await processes.launchNode(launch('node-entry-deaf'));
  await logged(logger.logged, /^up$/);
  const began = performance.now();

  child.kill();

  assert.deepEqual(await child.exited, { code: null });
  // One grace for the channel, one for SIGTERM.
  assert.ok(performance.now() - began >= 990);
});

after(() => assertNoneLeft());

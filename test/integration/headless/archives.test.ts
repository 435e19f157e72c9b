import assert from 'node:assert/strict';
import { test } from 'node:test';
import { asset } from '../../../src-main/shared/api/assets.ts';
import { listOf } from '../../../src-main/shared/api/common.ts';
import type { FakeService } from './fake-service.ts';
import { openShell } from './shell.ts';

const listing = listOf(asset);

function fill({ services }: FakeService): void {
  services.addAsset('talk-1', { title: 'First', created: '2030-01-01T10:00:00Z', duration: 75, size: 1500 });
  services.addAsset('talk-2', { title: 'Se\u001bcond', created: '2030-01-02T10:00:00Z', state: 'recording' });
}

test('archives are listed newest first, in a table that a title cannot break', async () => {
  await using shell = await openShell();
  shell.onOpen = fill;

  const { code, out } = await shell.run('archives');
  const lines = out.trimEnd().split('\n');

  assert.equal(code, 0);
  assert.match(lines[0] ?? '', /^NAME +TITLE +STATE +RECORDED +DURATION +SIZE$/);
  assert.match(lines[1] ?? '', /^talk-2 +Se cond +recording +2030-01-0[123] /);
  assert.match(lines[2] ?? '', /^talk-1 +First +ready +\d{4}-\d\d-\d\d \d\d:\d\d +00:01:15 +1\.5 kB$/);
  assert.equal(lines.length, 3);
});

test('archives --json is the same with and without a running service', async () => {
  await using shell = await openShell();
  shell.onOpen = fill;
  const alone = await shell.run('archives', '--json');
  await using other = await shell.startElsewhere();
  fill(other);
  const beside = await shell.run('archives', '--json');

  assert.equal(shell.opened.length, 1);
  const names = ({ out }: { readonly out: string }): unknown =>
    listing.parse(JSON.parse(out)).value.map(({ name, state, duration }) => [name, state, duration]);
  assert.deepEqual(names(alone), [
    ['talk-2', 'recording', 90],
    ['talk-1', 'ready', 75],
  ]);
  assert.deepEqual(names(beside), names(alone));
});

test('without a running service the list takes any free ports, so that nothing else is disturbed', async () => {
  await using shell = await openShell();

  const { code, out } = await shell.run('archives');

  assert.deepEqual([code, out], [0, 'There are no recordings yet.\n']);
  assert.deepEqual([shell.opened[0]?.options.controlPort, shell.opened[0]?.options.originPort], [0, 0]);
});

test('more recordings than fit on one page are all listed', async () => {
  await using shell = await openShell();
  shell.onOpen = ({ services }) => {
    for (let index = 0; index < 1203; index += 1) {
      services.addAsset(`talk-${index}`);
    }
  };

  const { out } = await shell.run('archives', '--json');

  assert.equal(listing.parse(JSON.parse(out)).value.length, 1203);
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openShell, until } from './shell.ts';

test('live prints the addresses when they answer, ends by the clock and names the checked recording', async () => {
  await using shell = await openShell();
  shell.onOpen = (service) => {
    service.unanswered = 3;
  };

  const { code, out, err } = await shell.run(
    'live',
    '--source',
    'test',
    '--duration',
    '1.2s',
    '--title',
    'My talk',
  );
  const [service] = shell.opened;

  assert.equal(code, 0);
  assert.match(
    out,
    /^http:\S+\/manifest\(format=m3u8-cmaf\)\nhttp:\S+\/manifest\(format=mpd-time-cmaf\)\nhttp:\S+\/watch\/\S+\n$/,
  );
  assert.match(err, /^Live 00:00:0\d {2}· {2}good {2}· {2}0 viewers {2}· {2}20 h 0 min of disk left$/m);
  assert.match(err, /^Recorded and checked: talk-1, 00:01:30, 12\.0 MB\.$/m);
  assert.deepEqual(service?.services.wentLive, [{ title: 'My talk', record: true }]);
  assert.equal(service.services.assets.get('talk-1').state, 'ready');
});

test('Ctrl-C ends the broadcast and finalises', async () => {
  await using shell = await openShell();

  const running = shell.run('live', '--source', 'test');
  await until(() => shell.out().includes('/watch/'));
  shell.interrupt();
  const { code, err } = await running;

  assert.equal(code, 0);
  assert.match(err, /Recorded and checked: talk-1/);
  assert.equal(shell.opened[0]?.services.studio.state().phase, 'off-air');
});

test('with --no-record nothing is kept', async () => {
  await using shell = await openShell();

  const { code, err } = await shell.run('live', '--source', 'test', '--duration', '0.3s', '--no-record');

  assert.equal(code, 0);
  assert.match(err, /not recorded/);
  assert.match(err, /^Nothing was recorded\.$/m);
  assert.equal(shell.opened[0]?.services.wentLive[0]?.record, false);
});

test('each --to is a destination for this broadcast only, and its key is printed nowhere', async () => {
  await using shell = await openShell();

  const running = shell.run(
    'live',
    '--source=test',
    '--to=rtmp://a/live/planted-key',
    '--to=rtmps://b/app/planted-key',
  );
  await until(() => shell.out().includes('/watch/'));
  const during = shell.opened[0]?.services.destinations.list() ?? [];
  shell.interrupt();
  const { out, err } = await running;

  assert.equal(during.length, 2);
  assert.deepEqual(shell.opened[0]?.services.destinations.list(), []);
  assert(!`${out}${err}`.includes('planted-key'));
});

test('a recording that is damaged is exit code 3', async () => {
  await using shell = await openShell();
  shell.onOpen = ({ services }) => {
    services.recordingEnd = 'damaged';
  };

  const { code, err } = await shell.run('live', '--source', 'test', '--duration', '0.3s');

  assert.equal(code, 3);
  assert.match(err, /^The recording is damaged: talk-1, .* Two seconds do not decode\.$/m);
});

test('a broadcast that ends by itself is a failure with its reason', async () => {
  await using shell = await openShell();

  const running = shell.run('live', '--source', 'test');
  await until(() => shell.out().includes('/watch/'));
  const { services } = await shell.service();
  await services.studio.end({ now: true });
  services.setStudio({
    lastError: {
      type: 'x',
      title: 'x',
      status: 500,
      code: 'live/encoder-no-output',
      detail: 'The encoder gives nothing.',
    },
  });
  const { code, err } = await running;

  assert.equal(code, 1);
  assert.match(err, /^The broadcast ended by itself\. The encoder gives nothing\.$/m);
  assert.match(err, /Recorded and checked: talk-1/);
});

test('a camera that is not there is a sentence, and the studio is as it was', async () => {
  await using shell = await openShell({
    devices: [{ kind: 'camera', id: 'c1', label: 'Desk Camera', isDefault: true }],
  });

  const { code, err } = await shell.run('live', '--source', 'camera:Phone');

  assert.equal(code, 1);
  assert.match(err, /^There is no single camera “Phone”\. There are: Desk Camera\.\n$/);
  assert.deepEqual(shell.opened[0]?.services.studio.state().sources, []);
});

test('with a service running live uses its studio, leaves it running and puts its sources back', async () => {
  await using shell = await openShell();
  await using other = await shell.startElsewhere();
  await other.services.studio.setSources([{ id: 'own', kind: 'screen', cursor: true }]);
  await other.services.studio.patch({ title: 'Own title' });

  const { code, out, err } = await shell.run(
    'live',
    '--source',
    'test',
    '--duration',
    '0.5s',
    '--origin-port',
    '0',
  );
  const after = other.services.studio.state();

  assert.equal(code, 0);
  assert(out.includes(other.originUrl));
  assert.match(err, /Lectern runs already, at \S+; the ports given here change nothing\./);
  assert.equal(shell.opened.length, 0);
  assert.deepEqual([after.title, after.sources.map(({ spec }) => spec.id)], ['Own title', ['own']]);
  assert.equal((await fetch(`${other.controlUrl}/`)).status, 503);
});

test('a studio that is live already is left alone', async () => {
  await using shell = await openShell();
  await using other = await shell.startElsewhere();
  await other.services.studio.setSources([{ id: 'own', kind: 'test' }]);
  await other.services.studio.goLive({});

  const { code, err } = await shell.run('live', '--source', 'test');

  assert.equal(code, 1);
  assert.match(err, /^The studio of this data folder is live already/);
  assert.equal(other.services.studio.state().phase, 'live');
});

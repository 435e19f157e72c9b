import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { mkdir, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import type { Presentation } from '../../../src-main/core/ports/presentation.ts';
import { type ArchiveRig, addOutput, fieldOf, goLive, LIMITS, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';

const TRACKS = [videoTrack(), audioTrack()];
const root = mkdtempSync(join(tmpdir(), 'lectern-live-'));
let folders = 0;
after(() => rmSync(root, { recursive: true }));

async function openRig(): Promise<ArchiveRig & { readonly dataDir: string }> {
  folders += 1;
  const dataDir = join(root, String(folders));
  await mkdir(dataDir);
  return { ...(await openArchiveRig({ dataDir })), dataDir };
}

/** Begins the media of an event and goes on with them, in seconds. */
function feed(rig: ArchiveRig, event: string, from: number, to: number): void {
  const input = rig.input(event);
  if (from === 0) {
    input.open(TRACKS);
  }
  pushBoth(input, TRACKS, { from: from * 30, to: to * 30, start: 0 });
}

function windowOf(presentation: Presentation | undefined): readonly number[][] {
  assert.ok(presentation);
  return presentation.tracks().map(({ segments }) => [segments.firstSequence, segments.length]);
}

async function readAll(presentation: Presentation): Promise<number> {
  let read = 0;
  for (const track of presentation.tracks()) {
    for (let index = 0; index < track.segments.length; index += 1) {
      const { sequence, size } = track.segments.at(index);
      assert.equal((await presentation.readSegment(track, sequence)).length, size);
      read += 1;
    }
  }
  return read;
}

const media = async (rig: { dataDir: string }, folder: string): Promise<readonly string[]> =>
  (await readdir(join(rig.dataDir, folder), { recursive: true })).filter((name) => /\.cmf[av]$/.test(name));

describe('a live event', () => {
  test('passes through the states of its actions and tells each of them', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: false });

    await rig.liveEvents.start('news');
    await rig.liveEvents.reset('news');
    await rig.liveEvents.stop('news', { removeOutputsOnStop: false });
    await rig.liveEvents.delete('news');

    const states = rig.events
      .filter(({ type }) => type === 'Lectern.LiveEventChanged')
      .map(({ data }) => fieldOf(data, 'resourceState'));
    assert.deepEqual(states, [
      'Stopped',
      'Starting',
      'Running',
      'Stopping',
      'Stopped',
      'Starting',
      'Running',
      'Stopping',
      'Stopped',
      'Deleting',
    ]);
    assert.throws(() => rig.liveEvents.get('news'), { code: 'resource/not-found' });
  });

  test('is refused what its state does not allow, and nothing changes', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: false });
    const before = rig.liveEvents.get('news');
    const wrong = { code: 'resource/wrong-state' };

    await assert.rejects(rig.liveEvents.stop('news', { removeOutputsOnStop: true }), wrong);
    await assert.rejects(rig.liveEvents.reset('news'), wrong);
    await assert.rejects(addOutput(rig, 'news', 'tape'), { ...wrong, message: /news is Stopped/ });
    assert.deepEqual(rig.liveEvents.get('news'), before);

    await rig.liveEvents.start('news');
    await assert.rejects(rig.liveEvents.start('news'), { ...wrong, message: /news is Running/ });
    await assert.rejects(rig.liveEvents.delete('news'), wrong);
    assert.equal(rig.liveEvents.get('news').resourceState, 'Running');
  });

  test('is one of five, and has three outputs', async () => {
    await using rig = await openRig();
    for (let number = 1; number <= LIMITS.liveEvents; number += 1) {
      await rig.liveEvents.create(`e${number}`, { input: { streamingProtocol: 'Studio' } }, { autoStart: false });
    }
    await rig.liveEvents.start('e1');
    for (let number = 1; number <= LIMITS.outputsPerEvent; number += 1) {
      await addOutput(rig, 'e1', `tape${number}`);
    }

    const quota = { code: 'resource/quota', status: 403 };
    await assert.rejects(
      rig.liveEvents.create('e6', { input: { streamingProtocol: 'Studio' } }, { autoStart: false }),
      quota,
    );
    await assert.rejects(addOutput(rig, 'e1', 'tape4'), quota);
    await assert.rejects(
      rig.liveEvents.create('e1', { input: { streamingProtocol: 'Studio' } }, { autoStart: false }),
      { code: 'resource/exists' },
    );
  });

  test('with outputs is stopped only when that is asked for', async () => {
    await using rig = await openRig();
    await goLive(rig, 'news');

    await assert.rejects(rig.liveEvents.stop('news', { removeOutputsOnStop: false }), {
      code: 'resource/in-use',
      details: { liveEvent: 'news', outputs: ['news'] },
    });
    assert.equal(rig.liveEvents.get('news').resourceState, 'Running');
    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    assert.deepEqual(rig.liveEvents.listOutputs('news'), []);
    assert.equal(rig.archive.assets.get('news').state, 'empty');
  });

  test('does one thing at a time: a stop waits for the output that is being made', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
    feed(rig, 'news', 0, 4);

    const making = addOutput(rig, 'news', 'tape');
    await new Promise(setImmediate);
    const stopped = rig.liveEvents.stop('news', { removeOutputsOnStop: true });
    await Promise.all([making, stopped]);

    assert.equal(rig.archive.assets.get('tape').state, 'ready');
    assert.equal((await rig.archive.assets.presentationOf('tape'))?.state(), 'ended');
  });

  test('of two outputs into one asset at once takes one', async () => {
    await using rig = await openRig();
    await goLive(rig, 'one');
    await rig.liveEvents.create('two', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
    await rig.archive.assets.create('tape', {});

    const request = { assetName: 'tape', archiveWindowLength: 'PT1H' };
    const both = await Promise.allSettled([
      rig.liveEvents.createOutput('one', 'a', request),
      rig.liveEvents.createOutput('two', 'b', request),
    ]);

    assert.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    assert.deepEqual(rig.liveEvents.listOutputs('two'), []);
    await assert.rejects(rig.archive.assets.delete('tape'), { code: 'resource/in-use' });
  });

  test('ends with its recording finished although its feed cannot be stopped', async () => {
    await using rig = await openRig();
    await goLive(rig, 'news');
    feed(rig, 'news', 0, 5);
    rig.breakFeeds();

    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    assert.equal(rig.liveEvents.get('news').resourceState, 'Stopped');
    assert.equal(rig.archive.assets.get('news').state, 'ready');
    assert.ok(rig.events.some(({ type }) => type === 'Lectern.Problem'));
  });

  test('refuses a window to go back in that is longer than the archive', async () => {
    await using rig = await openRig();
    await goLive(rig, 'news');
    await rig.archive.assets.create('tape', {});

    await assert.rejects(
      rig.liveEvents.createOutput('news', 'tape', {
        assetName: 'tape',
        archiveWindowLength: 'PT10M',
        rewindWindowLength: 'PT11M',
      }),
      { code: 'request/invalid', details: { field: 'rewindWindowLength' } },
    );
    assert.equal(rig.archive.assets.get('tape').state, 'empty');
  });

  test('is stopped at the next start, and its outputs are gone', async () => {
    const dataDir = join(root, 'restart');
    await mkdir(dataDir);
    {
      await using rig = await openArchiveRig({ dataDir });
      await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
      await addOutput(rig, 'news', 'tape');
      feed(rig, 'news', 0, 3);
    }
    await using rig = await openArchiveRig({ dataDir });

    assert.equal(rig.liveEvents.get('news').resourceState, 'Stopped');
    assert.deepEqual(rig.liveEvents.listOutputs('news'), []);
    assert.equal(rig.archive.assets.get('tape').state, 'ready');
  });
});

describe('a live output', () => {
  test('is on demand at the end, the same object and whole, while its event goes on for hours', async () => {
    await using rig = await openRig();
    await goLive(rig, 'show');
    feed(rig, 'show', 0, 20);
    const presentation = rig.liveEvents.presentationOf('show', 'show');
    assert.ok(presentation);
    const revision = presentation.revision();

    await rig.liveEvents.deleteOutput('show', 'show');
    for (let from = 20; from < 300; from += 10) {
      feed(rig, 'show', from, from + 10);
    }

    assert.equal(presentation.state(), 'ended');
    assert.ok(presentation.revision() > revision);
    assert.deepEqual(windowOf(presentation), [
      [1, 9],
      [1, 9],
    ]);
    assert.equal(await readAll(presentation), 18);
    assert.equal(await rig.archive.assets.presentationOf('show'), presentation);
    const { state, duration } = rig.archive.assets.get('show');
    assert.deepEqual([state, duration], ['ready', 18]);
  });

  test('that ends leaves the files alone which another still writes', async () => {
    await using rig = await openRig();
    await goLive(rig, 'a');
    feed(rig, 'a', 0, 10);
    await addOutput(rig, 'a', 'b');
    feed(rig, 'a', 10, 30);

    const ending = rig.liveEvents.deleteOutput('a', 'a');
    feed(rig, 'a', 30, 50);
    await ending;
    feed(rig, 'a', 50, 60);
    await rig.liveEvents.stop('a', { removeOutputsOnStop: true });

    const [first, second] = await Promise.all(['a', 'b'].map((name) => rig.archive.assets.presentationOf(name)));
    assert.ok(first && second);
    assert.equal(second.tracks()[0]?.segments.length, 26);
    await readAll(first);
    await readAll(second);
    assert.deepEqual(
      [rig.archive.assets.get('b').state, rig.archive.assets.get('b').damage],
      ['ready', undefined],
    );
  });

  test('shares its files with the others of its event, each chunk written once', async () => {
    await using rig = await openRig();
    await goLive(rig, 'a');
    await addOutput(rig, 'a', 'b');
    feed(rig, 'a', 0, 20);
    await rig.liveEvents.stop('a', { removeOutputsOnStop: true });

    const files = await media(rig, 'assets');

    assert.equal(files.length, 4);
    for (const file of files) {
      assert.equal(statSync(join(rig.dataDir, 'assets', file)).nlink, 2);
    }
    assert.deepEqual(await readdir(join(rig.dataDir, 'spool')), []);
  });

  test('keeps the window of its archive and gives the rest of the disk back', async () => {
    await using rig = await openRig();
    await goLive(rig, 'day', { archiveWindowLength: 'PT1M' });

    for (let from = 0; from < 600; from += 10) {
      feed(rig, 'day', from, from + 10);
      await new Promise(setImmediate);
    }
    const presentation = rig.liveEvents.presentationOf('day', 'day');
    const [pictures] = windowOf(presentation);
    assert.ok(pictures?.[1] === 30 || pictures?.[1] === 31, String(pictures));
    await rig.liveEvents.stop('day', { removeOutputsOnStop: true });

    // A minute in files of one segment of two seconds each, and no more than another at either end.
    assert.ok((await media(rig, 'assets')).length <= 2 * 32, String(await media(rig, 'assets')));
    const { duration, state } = rig.archive.assets.get('day');
    assert.deepEqual([state, duration >= 60 && duration <= 62], ['ready', true]);
    assert.ok(presentation);
    await readAll(presentation);
    const before = windowOf(presentation);

    const folder = rig.archive.assets.folderOf('day');
    assert.ok(existsSync(join(folder, 'recording.json')));
    await rig[Symbol.asyncDispose]();
    await using again = await openArchiveRig({ dataDir: rig.dataDir });
    assert.deepEqual(windowOf(await again.archive.assets.presentationOf('day')), before);
  });

  test('begins with the segment that is open', async () => {
    await using rig = await openRig();
    await rig.liveEvents.create('news', { input: { streamingProtocol: 'Studio' } }, { autoStart: true });
    feed(rig, 'news', 0, 21);

    await addOutput(rig, 'news', 'tape');
    feed(rig, 'news', 21, 31);
    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    assert.deepEqual(windowOf(await rig.archive.assets.presentationOf('tape')), [
      [11, 6],
      [11, 6],
    ]);
  });

  test('marks the gap of a restarted encoder in its recording', async () => {
    await using rig = await openRig();
    await goLive(rig, 'news');
    feed(rig, 'news', 0, 11);
    pushBoth(rig.input('news'), TRACKS, { from: 420, to: 720, run: 1 });
    await rig.liveEvents.stop('news', { removeOutputsOnStop: true });

    const { gaps, duration } = rig.archive.assets.get('news');

    assert.deepEqual([gaps, duration], [[{ start: 11, duration: 3 }], 21]);
    assert.deepEqual((await rig.archive.assets.presentationOf('news'))?.discontinuities(), [7]);
    assert.ok(rig.events.some(({ type }) => type === 'Microsoft.Media.LiveEventTrackDiscontinuityDetected'));
  });
});

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { cp, link, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, test } from 'node:test';
import { type ArchiveRig, goLive, openArchiveRig } from '../../support/archive-rig.ts';
import { audioTrack, pushBoth, videoTrack } from '../../support/broadcast-media.ts';

const TRACKS = [videoTrack(), audioTrack()];
const root = mkdtempSync(join(tmpdir(), 'lectern-assets-'));
after(() => rmSync(root, { recursive: true }));

/** The data folder of a service that was killed after so many seconds of a broadcast, as `live`; the broadcast goes on elsewhere. */
async function killedWhileLive(seconds = 9): Promise<string> {
  const dataDir = join(root, randomUUID());
  await mkdir(dataDir);
  await using rig = await openArchiveRig({ dataDir });
  await goLive(rig, 'live');
  rig.input('live').open(TRACKS);
  pushBoth(rig.input('live'), TRACKS, { from: 0, to: seconds * 30 });
  const left = join(root, randomUUID());
  const folder = rig.archive.assets.folderOf('live');
  await rig.flushed();
  while (!existsSync(join(folder, 'recording.json'))) {
    await new Promise(setImmediate);
  }
  await copyLinked(dataDir, left);
  return left;
}

/** As `cp -a`: what was one file in several places is so in the copy. */
async function copyLinked(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true });
  for (const file of (await readdir(join(to, 'spool'), { recursive: true })).filter((name) =>
    /\.(cmf[av]|idx)$/.test(name),
  )) {
    const [, track, name] = file.split('/');
    for (const asset of await readdir(join(to, 'assets'))) {
      const other = join(to, 'assets', asset, track ?? '', name ?? '');
      if (existsSync(other)) {
        await rm(join(to, 'spool', file));
        await link(other, join(to, 'spool', file));
      }
    }
  }
}

async function onlyAsset(rig: ArchiveRig) {
  const assets = rig.archive.assets.list();
  assert.equal(assets.length, 1, JSON.stringify(assets));
  const [asset] = assets;
  assert.ok(asset);
  const presentation = await rig.archive.assets.presentationOf(asset.name);
  const segments = presentation?.tracks().map((window) => window.segments.length) ?? [];
  for (const window of presentation?.tracks() ?? []) {
    for (let index = 0; index < window.segments.length; index += 1) {
      await presentation?.readSegment(window, window.segments.at(index).sequence);
    }
  }
  return { asset, segments };
}

describe('after the service was killed while live', () => {
  test('the recording is finished by itself at the next start, and that is told', async () => {
    await using rig = await openArchiveRig({ dataDir: await killedWhileLive() });

    const { asset, segments } = await onlyAsset(rig);

    assert.deepEqual([asset.name, asset.title, asset.state, segments], ['live', 'Title of live', 'ready', [5, 5]]);
    assert.ok(asset.duration > 8.7, `${asset.duration} s`);
    assert.deepEqual(
      rig.events.filter(({ type }) => type === 'Lectern.Recovered').map(({ subject }) => subject),
      ['asset/live'],
    );
    assert.deepEqual(await readdir(join(rig.archive.assets.folderOf('live'), '../../spool')), []);
  });

  test('the next broadcast of the same event is recorded from its first chunk on', async () => {
    await using rig = await openArchiveRig({ dataDir: await killedWhileLive() });
    await rig.liveEvents.start('live');
    await rig.archive.assets.create('second', {});
    await rig.liveEvents.createOutput('live', 'tape', { assetName: 'second', archiveWindowLength: 'PT1H' });
    rig.input('live').open(TRACKS);
    pushBoth(rig.input('live'), TRACKS, { from: 900, to: 1020 });

    await rig.liveEvents.stop('live', { removeOutputsOnStop: true });

    assert.deepEqual(
      rig.events.filter(({ type }) => type === 'Lectern.Problem'),
      [],
    );
    assert.equal(rig.archive.assets.get('second').duration, 4);
  });

  for (const [what, lose] of [
    ['recording.json', (asset: string) => rm(join(asset, 'recording.json'))],
    [
      'recording.json, which is rubbish now,',
      (asset: string) => writeFile(join(asset, 'recording.json'), '{"ver'),
    ],
  ] as const) {
    test(`and without ${what} it is whole, described by its media`, async () => {
      const dataDir = await killedWhileLive();
      const [folder] = await readdir(join(dataDir, 'assets'));
      await lose(join(dataDir, 'assets', folder ?? ''));
      await using rig = await openArchiveRig({ dataDir });

      const { asset, segments } = await onlyAsset(rig);

      assert.deepEqual([asset.name, asset.state, segments], ['live', 'ready', [5, 5]]);
      assert.deepEqual(
        asset.tracks.map(({ id }) => id),
        TRACKS.map(({ id }) => id),
      );
    });
  }

  test('and with a description that fits nothing its media are kept', async () => {
    const dataDir = await killedWhileLive();
    const [folder] = await readdir(join(dataDir, 'assets'));
    const path = join(dataDir, 'assets', folder ?? '', 'recording.json');
    await writeFile(path, (await readFile(path, 'utf8')).replace('"firstSequence": 1', '"firstSequence": 1000'));
    await using rig = await openArchiveRig({ dataDir });

    const { state, damage } = rig.archive.assets.get('live');

    assert.deepEqual([state, damage], ['damaged', 'What is noted of the recording does not fit its media.']);
    assert.equal((await readdir(join(dataDir, 'assets', folder ?? ''))).length, 3);
  });

  test('and without the catalogue the recording is found in its folder', async () => {
    const dataDir = await killedWhileLive();
    for (const name of (await readdir(dataDir)).filter((one) => one.startsWith('catalogue'))) {
      await rm(join(dataDir, name));
    }
    await using rig = await openArchiveRig({ dataDir });

    const { asset } = await onlyAsset(rig);

    assert.deepEqual([asset.name, asset.title, asset.state], ['live', 'Title of live', 'ready']);
  });

  test('and without both it is found all the same, under a name of its own', async () => {
    const dataDir = await killedWhileLive();
    const [folder] = await readdir(join(dataDir, 'assets'));
    await rm(join(dataDir, 'assets', folder ?? '', 'recording.json'));
    for (const name of (await readdir(dataDir)).filter((one) => one.startsWith('catalogue'))) {
      await rm(join(dataDir, name));
    }
    await using rig = await openArchiveRig({ dataDir });

    const { asset, segments } = await onlyAsset(rig);

    assert.deepEqual(
      [asset.assetId, asset.title, asset.state, segments],
      [folder, 'Recovered recording', 'ready', [5, 5]],
    );
  });

  test('a second start changes nothing any more', async () => {
    const dataDir = await killedWhileLive();
    const first = await openArchiveRig({ dataDir });
    const { asset } = await onlyAsset(first);
    await first[Symbol.asyncDispose]();

    await using second = await openArchiveRig({ dataDir });

    assert.deepEqual((await onlyAsset(second)).asset, asset);
    assert.deepEqual(
      second.events.filter(({ type }) => type === 'Lectern.Recovered'),
      [],
    );
  });
});

describe('what a killed run left in the spool', () => {
  test('becomes a recording of its own when no asset has it', async () => {
    const dataDir = await killedWhileLive();
    for (const folder of await readdir(join(dataDir, 'assets'))) {
      await rm(join(dataDir, 'assets', folder), { recursive: true });
    }
    await using rig = await openArchiveRig({ dataDir });

    const recovered = rig.archive.assets.list().find(({ title }) => title === 'Recovered recording');

    assert.equal(recovered?.state, 'ready');
    assert.ok(recovered.duration > 8.7);
    assert.equal(rig.archive.assets.get('live').state, 'empty');
    assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
  });

  test('completes the copy of an asset on a volume without hard links', async () => {
    const dataDir = await killedWhileLive();
    const [folder] = await readdir(join(dataDir, 'assets'));
    const copy = join(dataDir, 'assets', folder ?? '', TRACKS[0]?.id ?? '', '000001.cmfv');
    const bytes = await readFile(copy);
    await rm(copy);
    await writeFile(copy, bytes.subarray(0, bytes.length - 700));
    await using rig = await openArchiveRig({ dataDir });

    const { asset } = await onlyAsset(rig);

    assert.equal(asset.state, 'ready');
    assert.ok((await readFile(copy)).equals(bytes));
    assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
  });

  test('is gone without a word when there are no media in it', async () => {
    const dataDir = join(root, randomUUID());
    await mkdir(join(dataDir, 'spool', 'old-1', 'video_1'), { recursive: true });
    await writeFile(join(dataDir, 'spool', 'old-1', 'video_1', '000001.cmfv'), TRACKS[0]?.init ?? '');

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(rig.archive.assets.list(), []);
    assert.deepEqual(await readdir(join(dataDir, 'spool')), []);
  });
});

describe('the folders of assets', () => {
  test('that nobody knows are left alone', async () => {
    const dataDir = join(root, randomUUID());
    await mkdir(join(dataDir, 'assets', 'holiday'), { recursive: true });
    await writeFile(join(dataDir, 'assets', 'holiday', 'picture.jpg'), 'mine');

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(rig.archive.assets.list(), []);
    assert.equal(await readFile(join(dataDir, 'assets', 'holiday', 'picture.jpg'), 'utf8'), 'mine');
  });

  test('with the name of another recording keep theirs apart', async () => {
    const dataDir = await killedWhileLive();
    const other = await killedWhileLive();
    const [folder] = await readdir(join(other, 'assets'));
    await cp(join(other, 'assets', folder ?? ''), join(dataDir, 'assets', folder ?? ''), { recursive: true });

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(Object.fromEntries(rig.archive.assets.list().map(({ name, state }) => [name, state])), {
      live: 'ready',
      'live (2)': 'ready',
    });
  });

  test('of which the deletion was cut off are deleted, and so is what the catalogue says of them', async () => {
    const dataDir = await killedWhileLive();
    const [folder] = await readdir(join(dataDir, 'assets'));
    await rename(join(dataDir, 'assets', folder ?? ''), join(dataDir, 'assets', `${folder}.deleted`));

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(rig.archive.assets.list(), []);
    assert.deepEqual(await readdir(join(dataDir, 'assets')), []);
  });
});

describe('an asset', () => {
  test('is deleted with all that belongs to it, at once for whoever looks', async () => {
    await using rig = await openArchiveRig({ dataDir: await killedWhileLive() });
    await rig.archive.locators.create('link', {
      assetName: 'live',
      streamingPolicyName: 'Predefined_ClearStreamingOnly',
    });
    const folder = rig.archive.assets.folderOf('live');

    const deleting = rig.archive.assets.delete('live');
    await new Promise(setImmediate);
    await deleting;

    assert.deepEqual([rig.archive.assets.list(), rig.archive.locators.list()], [[], []]);
    assert.deepEqual([existsSync(folder), existsSync(`${folder}.deleted`)], [false, false]);
  });

  test('that is exported is not deleted', async () => {
    const dataDir = await killedWhileLive();
    await using rig = await openArchiveRig({ dataDir, isExporting: (name) => name === 'live' });

    await assert.rejects(rig.archive.assets.delete('live'), { code: 'resource/in-use' });
    assert.equal((await onlyAsset(rig)).asset.state, 'ready');
  });

  test('keeps the end of its recording when a new title is given at the same moment', async () => {
    const dataDir = join(root, randomUUID());
    await mkdir(dataDir);
    await using rig = await openArchiveRig({ dataDir });
    await goLive(rig, 'live');
    rig.input('live').open(TRACKS);
    pushBoth(rig.input('live'), TRACKS, { from: 0, to: 120 });

    await Promise.all([
      rig.liveEvents.stop('live', { removeOutputsOnStop: true }),
      ...['a', 'b', 'c'].map((title) => rig.archive.assets.update('live', { title })),
    ]);

    const json: unknown = JSON.parse(
      await readFile(join(rig.archive.assets.folderOf('live'), 'recording.json'), 'utf8'),
    );
    assert.ok(typeof json === 'object' && json !== null);
    assert.deepEqual([Reflect.get(json, 'lastSequence'), Reflect.get(json, 'title')], [2, 'c']);
  });
});

describe('the catalogue', () => {
  test('that is no database is set aside, a new one begun, and the recordings are there', async () => {
    const dataDir = await killedWhileLive();
    await rm(join(dataDir, 'catalogue.sqlite-wal'), { force: true });
    await writeFile(
      join(dataDir, 'catalogue.sqlite'),
      'this was a catalogue once, before the disk went bad'.repeat(200),
    );

    await using rig = await openArchiveRig({ dataDir });

    assert.equal((await onlyAsset(rig)).asset.state, 'ready');
    assert.match(
      await readFile(join(dataDir, 'catalogue.sqlite.damaged-1'), 'utf8'),
      /^this was a catalogue once/,
    );
    const problem = rig.events.find(({ type }) => type === 'Lectern.Problem')?.data;
    assert.ok(typeof problem === 'object' && problem !== null);
    assert.equal(Reflect.get(problem, 'code'), 'archive/damaged');
  });

  test('with damaged pages is set aside too, next to one that was before', async () => {
    const dataDir = join(root, randomUUID());
    await mkdir(dataDir);
    {
      await using rig = await openArchiveRig({ dataDir });
      for (let number = 0; number < 200; number += 1) {
        await rig.archive.assets.create(`asset ${number}`, { description: 'x'.repeat(500) });
      }
    }
    const path = join(dataDir, 'catalogue.sqlite');
    const bytes = await readFile(path);
    bytes.fill(0x5a, 8192, bytes.length - 4096);
    await writeFile(path, bytes);
    await writeFile(`${path}.damaged-1`, 'an older one');

    await using rig = await openArchiveRig({ dataDir });

    assert.deepEqual(rig.archive.assets.list(), []);
    assert.ok((await readFile(`${path}.damaged-2`)).equals(bytes));
  });

  test('that another program has locked is refused in two seconds and not touched', async () => {
    const dataDir = await killedWhileLive();
    const other = new DatabaseSync(join(dataDir, 'catalogue.sqlite'));
    other.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE;');
    try {
      await assert.rejects(openArchiveRig({ dataDir }), { code: 'service/data-folder-locked' });
    } finally {
      other.close();
    }
    await using rig = await openArchiveRig({ dataDir });
    assert.equal((await onlyAsset(rig)).asset.state, 'ready');
  });

  test('of a newer Lectern is refused and not touched', async () => {
    const dataDir = await killedWhileLive();
    const path = join(dataDir, 'catalogue.sqlite');
    const newer = new DatabaseSync(path);
    newer.exec('PRAGMA user_version = 999');
    newer.close();

    await assert.rejects(openArchiveRig({ dataDir }), {
      code: 'service/data-folder-unusable',
      message: /newer Lectern \(version 999/,
    });
    assert.equal(existsSync(`${path}.damaged-1`), false);
  });

  test('with a row that makes no sense shows the others', async () => {
    const dataDir = await killedWhileLive();
    const path = join(dataDir, 'catalogue.sqlite');
    const database = new DatabaseSync(path);
    database.exec(`INSERT INTO assets (name, document) VALUES ('odd', '{"name":7}')`);
    database.close();

    await using rig = await openArchiveRig({ dataDir });

    assert.equal((await onlyAsset(rig)).asset.name, 'live');
  });
});

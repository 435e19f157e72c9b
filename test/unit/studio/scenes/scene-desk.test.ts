import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createEmitter } from '../../../../src-main/base/emitter.ts';
import { silentLogger } from '../../../../src-main/core/ports/logger.ts';
import type { Canvas, Mixer, MixerCommand, MixerImage } from '../../../../src-main/core/ports/mixer.ts';
import type { PictureFacts, StillSpec } from '../../../../src-main/core/studio/scenes/compile-scene.ts';
import { createSceneDesk } from '../../../../src-main/core/studio/scenes/scene-desk.ts';
import { createSceneImages } from '../../../../src-main/core/studio/scenes/scene-images.ts';
import { createSceneShelf } from '../../../../src-main/core/studio/scenes/scene-shelf.ts';
import { createStillCache } from '../../../../src-main/core/studio/scenes/still-cache.ts';
import { writePng } from '../../../../src-main/core/studio/scenes/write-png.ts';
import { storedScenes } from '../../../../src-main/shared/api/scenes.ts';
import type { Scene } from '../../../../src-main/shared/api/studio.ts';
import { manualClock } from '../../../support/manual-clock.ts';
import { mkdtempDisposable } from '../../../support/temporary-folder.ts';

const CANVAS: Canvas = { width: 320, height: 180, frameRate: { numerator: 30, denominator: 1 } };
const PICTURES: readonly PictureFacts[] = [
  { id: 'screen', kind: 'screen', nativeSize: undefined },
  { id: 'cam', kind: 'camera', nativeSize: undefined },
];
const PNG = writePng(new Uint8Array((64 * 32 * 3) / 2).fill(128), 64, 32);

async function openDesk(options: { readonly fails?: (still: StillSpec) => boolean } = {}) {
  const folder = await mkdtempDisposable(join(tmpdir(), 'lectern-scenes-'));
  const clock = manualClock(1_000_000);
  const commands: MixerCommand[] = [];
  const drawn: string[] = [];
  const world = { canvas: CANVAS, scene: { kind: 'slate' } as Scene, isRunning: true, answers: true };
  const shelf = createSceneShelf();
  const images = createSceneImages({
    folder: join(folder.path, 'images'),
    writeFile: (path, bytes) => writeFile(path, bytes),
  });
  const stills = createStillCache({
    logger: silentLogger,
    async draw(still): Promise<MixerImage> {
      await nextTurn();
      if (options.fails?.(still) === true) {
        throw new Error('cannot be drawn');
      }
      drawn.push(still.kind === 'text' ? still.text : still.kind);
      const { width, height } = still;
      return { width, height, picture: '', alpha: '' };
    },
  });
  const mixer: Mixer = {
    send(command) {
      commands.push(command);
      if (command.type === 'sketch' && world.answers) {
        const picture = Buffer.alloc((16 * 10 * 3) / 2, 128).toString('base64');
        queueMicrotask(() =>
          desk.onMixerEvent({ type: 'sketch', request: command.request, width: 16, height: 10, picture }),
        );
      }
    },
    events: createEmitter(),
    data: createEmitter(),
    phase: () => 'running',
    phaseChanged: createEmitter(),
    restarts: () => 0,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const desk = createSceneDesk({
    shelf,
    images,
    stills,
    scene: () => world.scene,
    pictures: () => PICTURES,
    canvas: () => world.canvas,
    mixer: () => Promise.resolve(mixer),
    isMixerRunning: () => world.isRunning,
    clock,
  });
  await desk.restore(undefined);
  return {
    desk,
    clock,
    world,
    commands,
    drawn,
    take: async (scene: string) => {
      world.scene = { kind: 'scene', scene };
      await desk.show();
    },
    types: () =>
      commands.splice(0).map((command) => (command.type === 'scene' ? command.scene.kind : command.type)),
    [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
  };
}

test('what is in a scene reaches the mixer before the scene does, and only once', async () => {
  await using world = await openDesk();

  await world.take('starting-soon');
  assert.deepEqual(world.types(), ['image', 'composed']);

  await world.desk.show();
  assert.deepEqual(world.types(), ['composed']);

  world.world.scene = { kind: 'single', source: 'screen' };
  await world.desk.show();
  assert.deepEqual(world.types(), ['single', 'image'], 'and is forgotten when it is off air');
});

test('what cannot be drawn is left out, and the scene is shown without it', async () => {
  await using world = await openDesk({ fails: (still) => still.kind === 'text' });

  await world.take('starting-soon');

  assert.deepEqual(world.types(), ['composed']);
});

test('the minutes of a countdown begin when the scene goes on air, and do not begin anew while it is', async () => {
  await using world = await openDesk();
  const untilMs = () =>
    world.commands.flatMap((command) =>
      command.type === 'scene' && command.scene.kind === 'composed'
        ? command.scene.layers.flatMap((layer) => (layer.kind === 'countdown' ? [layer.untilMs] : []))
        : [],
    );

  await world.clock.advanceAsync(60_000);
  await world.take('starting-soon');
  await world.clock.advanceAsync(60_000);
  await world.desk.show();

  assert.deepEqual(untilMs(), [1_360_000, 1_360_000]);
});

test('a scene on air follows its changes, cannot be deleted, and others can', async () => {
  await using world = await openDesk();
  await world.take('back-soon');
  world.types();

  await world.desk.change('back-soon', { kind: 'slate', name: 'Back soon', title: 'Back at two' });
  assert.deepEqual(world.types(), ['image', 'composed', 'image']);
  assert(world.drawn.includes('Back at two'));

  await assert.rejects(world.desk.remove('back-soon'), { code: 'resource/in-use' });
  await world.desk.remove('ended');
  assert.deepEqual(
    world.desk.state().scenes.map(({ id }) => id),
    ['picture-in-picture', 'side-by-side', 'starting-soon', 'back-soon'],
  );
});

test('a mixer that nobody needs yet is not started by a change of a scene', async () => {
  await using world = await openDesk();
  world.world.isRunning = false;

  await world.desk.setOverlays({ lowerThird: { on: true, title: 'Dr. Müller' } });
  assert.deepEqual(world.commands, []);

  const first = world.desk.commands(CANVAS);
  assert.deepEqual(
    first.map(({ type }) => type),
    ['scene'],
  );
});

test('a new canvas gets its own stills, and those of the old one are forgotten', async () => {
  await using world = await openDesk();
  await world.take('ended');
  world.types();

  world.world.canvas = { ...CANVAS, width: 640, height: 360 };
  await world.desk.show();

  assert.deepEqual(world.types(), ['image', 'composed', 'image']);
});

test('a sketch is drawn by the mixer and is a PNG; one that is not answered is given up', async () => {
  await using world = await openDesk();

  const png = await world.desk.picture('starting-soon', 64);
  assert.deepEqual([...png.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  assert.deepEqual(world.types(), ['image', 'sketch'], 'what is on air is not touched');

  world.world.answers = false;
  const late = world.desk.sketch({ kind: 'slate', name: 'S', title: '' });
  const refused = assert.rejects(late, { code: 'capture/mixer-down' });
  for (let turn = 0; turn < 10; turn += 1) {
    await nextTurn();
  }
  await world.clock.advanceAsync(10_000);
  await refused;
});

test('a picture is kept as it was sent, and not taken away while something uses it', async () => {
  await using world = await openDesk();
  const { desk } = world;

  assert.deepEqual(await desk.putImage('logo', PNG), { id: 'logo', width: 64, height: 32 });
  assert.deepEqual(await desk.image('logo'), { type: 'png', bytes: Buffer.from(PNG) });
  await desk.setOverlays({ logo: { on: true, image: 'logo' } });
  await assert.rejects(desk.removeImage('logo'), { code: 'resource/in-use' });

  const { logo } = await desk.setOverlays({ logo: { image: null } });
  assert.deepEqual([logo.on, logo.image], [false, undefined]);
  await desk.removeImage('logo');
  assert.deepEqual(desk.state().images, []);
});

test('what is no picture, too large, or not there is refused and changes nothing', async () => {
  await using world = await openDesk();
  const { desk } = world;
  const before = JSON.stringify(desk.state());
  const huge = Buffer.from(PNG);
  huge.writeUInt32BE(30_000, 16);

  await assert.rejects(desk.putImage('logo', Buffer.from('GIF89a')), { code: 'request/invalid' });
  await assert.rejects(desk.putImage('logo', huge), { code: 'request/invalid', message: /30000/ });
  await assert.rejects(desk.setOverlays({ logo: { image: 'gone' } }), { code: 'request/invalid' });
  await assert.rejects(desk.create({ kind: 'slate', name: 'S', title: '', image: 'gone' }), {
    code: 'request/invalid',
  });
  await assert.rejects(desk.order(['ended']), { code: 'request/invalid' });
  await assert.rejects(async () => await desk.change('gone', { kind: 'slate', name: 'S', title: '' }), {
    code: 'resource/not-found',
  });

  assert.equal(JSON.stringify(desk.state()), before);
});

test('scenes are named after what they are called, each differently, and kept in their order', async () => {
  await using world = await openDesk();
  const { desk } = world;

  const first = await desk.create({ kind: 'slate', name: 'Pause für Alle!', title: '' });
  const second = await desk.create({ kind: 'slate', name: 'Pause für alle', title: '' });
  const third = await desk.create({ kind: 'slate', name: '休憩', title: '' });
  await desk.order(
    desk
      .state()
      .scenes.map(({ id }) => id)
      .toReversed(),
  );

  assert.deepEqual([first.id, second.id, third.id], ['pause-fur-alle', 'pause-fur-alle-2', 'scene']);
  const again = createSceneShelf();
  again.restore(desk.stored());
  assert.deepEqual(
    again
      .list()
      .map(({ id }) => id)
      .slice(0, 3),
    ['scene', 'pause-fur-alle-2', 'pause-fur-alle'],
  );
});

test('each collection has scenes and overlays of its own, which are there again after a change and a restart', async () => {
  await using world = await openDesk();
  const { desk } = world;
  await desk.create({ kind: 'slate', name: 'Lunch', title: '' });
  const names = () => desk.state().scenes.map(({ spec }) => spec.name);
  const before = names();

  await desk.createCollection({ name: 'Bees', from: 'current' });
  assert.deepEqual(names(), before, 'a copy');
  await desk.setOverlays({ lowerThird: { title: 'Dr. Müller' } });
  await desk.remove('lunch');
  await desk.createCollection({ name: 'Ants', from: 'first' });
  assert.equal(names().includes('Lunch'), false);
  assert.equal(desk.state().overlays.lowerThird.title, '');

  const again = createSceneShelf();
  again.restore(desk.stored());
  assert.deepEqual([again.collection(), again.collections()], ['Ants', ['Ants', 'Bees', 'Default']]);
  again.useCollection('Default');
  assert.equal(again.has('lunch'), true);
  again.useCollection('Bees');
  assert.equal(again.has('lunch'), false);
  assert.equal(again.overlays().lowerThird.title, 'Dr. Müller');
});

test('no collection takes away what viewers see, and none is lost', async () => {
  await using world = await openDesk();
  const { desk } = world;
  await desk.createCollection({ name: 'Bees', from: 'current' });
  await desk.create({ kind: 'slate', name: 'Lunch', title: '' });
  await world.take('lunch');
  const before = desk.state();

  await assert.rejects(desk.useCollection('Default'), { code: 'resource/in-use', message: /Lunch.*Default/ });
  await assert.rejects(desk.createCollection({ name: 'Ants', from: 'first' }), { code: 'resource/in-use' });
  await assert.rejects(desk.createCollection({ name: 'Default', from: 'current' }), { code: 'resource/exists' });
  await assert.rejects(desk.removeCollection('Bees'), { code: 'resource/in-use' });
  await assert.rejects(desk.removeCollection('Wasps'), { code: 'resource/not-found' });
  assert.deepEqual(desk.state(), before);

  await world.take('ended');
  await desk.useCollection('Default');
  await desk.removeCollection('Bees');
  assert.deepEqual(desk.state().collections, ['Default']);
});

test('a picture stays for as long as any collection uses it', async () => {
  await using world = await openDesk();
  const { desk } = world;
  await desk.putImage('bee', PNG);
  await desk.createCollection({ name: 'Bees', from: 'current' });
  await desk.create({ kind: 'slate', name: 'Hive', title: '', image: 'bee' });
  await desk.useCollection('Default');

  await assert.rejects(desk.removeImage('bee'), { code: 'resource/in-use', message: /Hive/ });

  await desk.removeCollection('Bees');
  await desk.removeImage('bee');
  assert.deepEqual(desk.state().images, []);
});

test('what was stored before there were collections is the first of them', () => {
  const shelf = createSceneShelf();
  const { scenes, overlays } = shelf.stored();

  shelf.restore(storedScenes.parse({ scenes, overlays }));

  assert.deepEqual(shelf.collections(), ['Default']);
});

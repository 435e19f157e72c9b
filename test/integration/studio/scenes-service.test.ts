import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { missingPrograms } from '../../support/real-ffmpeg.ts';
import { openStage, until } from '../../support/studio-stage.ts';

const skip = missingPrograms('ffmpeg');
const WIDTH = 320;

/** RGB of a pixel of a PNG without filters. */
function pixelOf(png: Buffer): (x: number, y: number) => readonly number[] {
  const start = png.indexOf('IDAT') + 4;
  const length = png.readUInt32BE(start - 8);
  const rows = inflateSync(png.subarray(start, start + length));
  const stride = png.readUInt32BE(16) * 3 + 1;
  return (x, y) => [...rows.subarray(y * stride + 1 + x * 3, y * stride + 4 + x * 3)];
}

test('a scene is made, looked at, taken on air, and there again after a restart', {
  skip,
  timeout: 120_000,
}, async () => {
  await using stage = await openStage();
  const { call, control } = { call: stage.lectern.call, control: stage.lectern };
  const pictureOf = async (scene: string): Promise<Buffer> => {
    const answer = await fetch(`${control.controlUrl}/api/v1/studio/scenes/${scene}/picture?width=${WIDTH}`, {
      headers: { Authorization: `Bearer ${control.token}` },
    });
    assert.equal(answer.status, 200);
    assert.equal(answer.headers.get('content-type'), 'image/png');
    return Buffer.from(await answer.arrayBuffer());
  };
  await call('putSources', { body: { sources: [{ id: 'test', kind: 'test' }] } });

  const { id } = await call('createScene', {
    body: {
      kind: 'custom',
      name: 'Half red',
      ground: '#ff0000',
      elements: [
        { kind: 'source', source: '@screen', x: 0.5, y: 0, width: 0.5, height: 1 },
        { kind: 'text', text: "It's Müller: 50%", x: 0, y: 0.8, width: 0.5, height: 0.1, colour: '#00ff00' },
      ],
    },
  });
  const pixel = pixelOf(await until('the picture', () => pictureOf(id)));
  const [red = 0, green = 255, blue = 255] = pixel(20, 20);
  assert(red > 240 && green < 16 && blue < 16, `${red} ${green} ${blue} where the ground is`);
  const [, ...others] = pixel(240, 80);
  assert(
    others.some((level) => level > 100),
    'the bars of the source are there',
  );
  const words = Array.from({ length: 160 }, (_, x) => pixel(x, 154)[1] ?? 0);
  assert(Math.max(...words) > 128, 'the words are there');

  const { scene } = await call('takeScene', { params: { scene: id } });
  assert.deepEqual(scene, { kind: 'scene', scene: 'half-red' });
  await call('patchOverlays', { body: { lowerThird: { on: true, title: 'Dr. Müller' } } });
  await assert.rejects(call('deleteScene', { params: { scene: id } }), { code: 'resource/in-use' });
  await assert.rejects(call('takeScene', { params: { scene: 'gone' } }), { code: 'resource/not-found' });

  await call('createSceneCollection', { body: { name: 'Chemistry, 2nd year' } });
  const before = await call('listScenes', {});
  assert.deepEqual(before.collections, ['Chemistry, 2nd year', 'Default']);
  await stage.lectern.stop();
  const { call: again } = await stage.restart();
  assert.deepEqual(await again('listScenes', {}), before);
  assert.deepEqual((await again('getStudio', {})).scene, { kind: 'scene', scene: 'half-red' });
});

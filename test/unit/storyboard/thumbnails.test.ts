import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MediaAnswer } from '../../../src-main/core/ports/packaging.ts';
import type { ThumbnailService } from '../../../src-main/core/ports/services.ts';
import type { PictureTime, SpriteAddress } from '../../../src-main/core/ports/storyboard.ts';
import { listSprites } from '../../../src-main/core/storyboard/layout.ts';
import { createThumbnails } from '../../../src-main/core/storyboard/thumbnails.ts';
import {
  FAKE_START_MS,
  type FakeOptions,
  type FakePresentation,
  fakeAudio,
  fakePresentation,
} from '../../support/fake-presentation.ts';

type Rig = {
  readonly fake: FakePresentation;
  readonly thumbnails: ThumbnailService;
  /** Sprites and pictures that were asked for. */
  readonly asked: (SpriteAddress | PictureTime)[];
};

/** A recording that begins with a broadcast, or `late` ms into it. */
function rig(options: FakeOptions & { readonly late?: number } = {}): Rig {
  const { late = 0, ...rest } = options;
  const fake = fakePresentation({ partSeconds: undefined, ...rest });
  const asked: Rig['asked'] = [];
  const draw = async (what: SpriteAddress | PictureTime): Promise<MediaAnswer> => {
    asked.push(what);
    const chunks = [Buffer.from('a '), Buffer.from('picture')];
    return await Promise.resolve({
      kind: 'media',
      contentType: 'image/jpeg',
      version: '1',
      madeAtMs: 0,
      size: 9,
      chunks,
      lifetime: fake.presentation.state() === 'ended' ? 'immutable' : 2,
    });
  };
  const thumbnails = createThumbnails({
    storyboards: {
      sprites: listSprites,
      sprite: (_presentation, address) => draw(address),
      picture: (_presentation, at) => draw(at),
    },
    asset: () => ({ title: 'A talk', recordedAt: new Date(FAKE_START_MS + late).toISOString() }),
    presentationOf: async () => await Promise.resolve(fake.presentation),
  });
  return { fake, thumbnails, asked };
}

test('the sheets of a recording say what seconds they cover, and where in them a second is', async () => {
  const { fake, thumbnails, asked } = rig();
  fake.segments(27);
  fake.end();

  const { sheets, ...rest } = await thumbnails.sheets('talk');

  assert.deepEqual(rest, {
    recordedAt: '2030-01-01T00:00:00.000Z',
    interval: 2,
    width: 256,
    height: 144,
    columns: 5,
    rows: 5,
  });
  assert.deepEqual(
    sheets.map(({ start, end }) => [start, end]),
    [
      [0, 50],
      [50, 54],
    ],
  );
  const { jpeg, isFinal } = await thumbnails.sheet('talk', sheets[1]?.id ?? '');
  assert.deepEqual([Buffer.from(jpeg).toString(), isFinal], ['a picture', true]);
  assert.deepEqual(asked, [{ startMs: FAKE_START_MS, intervalSeconds: 2, number: 2 }]);
});

test('seconds of a recording in progress are its own, not those of the broadcast; a sheet may begin before it', async () => {
  const { fake, thumbnails } = rig({ windowSeconds: 600, late: 60_000 });
  fake.segments(80);

  const { sheets, interval } = await thumbnails.sheets('talk');

  assert.equal(interval, 5);
  assert.deepEqual(
    sheets.map(({ start, end }) => [start, end]),
    [
      [-60.3, 64.7],
      [64.7, 100],
    ],
  );
  assert.equal((await thumbnails.sheet('talk', sheets[0]?.id ?? '')).isFinal, false);
});

test('sheets of a gap in which there is nothing are left out', async () => {
  const { fake, thumbnails } = rig();
  fake.segments(3);
  fake.cut(50_000);
  fake.segments(3);
  fake.end();

  const { sheets, interval } = await thumbnails.sheets('talk');

  assert.deepEqual(
    [interval, sheets.map(({ start, end }) => [start, end])],
    [
      60,
      [
        [0, 1500],
        [49_500, 50_012],
      ],
    ],
  );
});

test('one picture is asked for by its second, which has to be within the recording', async () => {
  const { fake, thumbnails, asked } = rig({ late: 4000 });
  fake.segments(10);
  fake.end();

  await thumbnails.single('talk', 7.5);
  await thumbnails.single('talk', undefined);
  assert.deepEqual(asked, [{ kind: 'utc', ms: FAKE_START_MS + 11_500 }, { kind: 'any' }]);

  await assert.rejects(thumbnails.single('talk', 16), {
    code: 'request/invalid',
    message: 'time must be before the end of the recording, 16 s.',
    details: { field: 'time', end: 16 },
  });
});

test('a sheet that was never named, a recording without pictures and one of nothing are told apart', async () => {
  const { fake, thumbnails, asked } = rig();
  await assert.rejects(thumbnails.sheets('talk'), { code: 'archive/empty' });
  fake.segments(3);
  fake.end();

  for (const id of ['1', `${FAKE_START_MS}-3-1`, `${FAKE_START_MS}-2-0`, '../0-2-1']) {
    await assert.rejects(thumbnails.sheet('talk', id), { code: 'resource/not-found' }, id);
  }
  assert.deepEqual(asked, []);

  const sound = rig({ tracks: [fakeAudio(128_000)] });
  sound.fake.segments(3);
  for (const call of [sound.thumbnails.sheets('talk'), sound.thumbnails.single('talk', 0)]) {
    await assert.rejects(call, { code: 'archive/empty' });
  }
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { writePictureCues } from '../../../../src-main/core/storyboard/cues-text.ts';
import { createStoryboard, parseStoryboard, tileAt } from '../../../../src-renderer/player/storyboard.ts';

const URL_OF_TEXT = 'http://here/0f0e/talk.ism/Storyboard.vtt';
const BEGIN = Date.UTC(2030, 0, 1);

/** So many pictures, two seconds apart, two in a sprite, as the service writes them. */
function textOf(count: number, skipped: readonly number[] = []): string {
  const all = Array.from({ length: count }, (_, index) => index).filter((index) => !skipped.includes(index));
  return writePictureCues(
    BEGIN,
    all.map((index) => ({
      startMs: index * 2000,
      endMs: index * 2000 + 2000,
      url: `Storyboard(start=1,interval=2,sprite=${Math.floor(index / 2) + 1},filter=a%20b).jpg`,
      x: (index % 2) * 256,
      y: 0,
      width: 256,
      height: 144,
    })),
  );
}

test('what the service writes is read back, with UTC for its times and whole addresses', () => {
  const read = parseStoryboard(textOf(4), URL_OF_TEXT);

  assert.equal(read?.tiles.length, 4);
  assert.deepEqual(read.tiles[1], {
    fromMs: BEGIN + 2000,
    toMs: BEGIN + 4000,
    url: 'http://here/0f0e/talk.ism/Storyboard(start=1,interval=2,sprite=1,filter=a%20b).jpg',
    x: 256,
    y: 0,
    width: 256,
    height: 144,
  });
});

test('long broadcasts have hours of more than two digits', () => {
  const text = writePictureCues(BEGIN, [
    { startMs: 370_800_000, endMs: 370_805_000, url: 'a.jpg', x: 0, y: 0, width: 2, height: 2 },
  ]);

  assert.match(text, /\n103:00:00\.000 --> 103:00:05\.000\n/);
  assert.equal(parseStoryboard(text, URL_OF_TEXT)?.tiles[0]?.fromMs, BEGIN + 370_800_000);
});

test('the newest sprite has another address with each picture that comes, the others never', () => {
  const [first, , third] = parseStoryboard(textOf(3), URL_OF_TEXT)?.tiles ?? [];
  const grown = parseStoryboard(textOf(4), URL_OF_TEXT)?.tiles[2];

  assert.doesNotMatch(first?.url ?? '', /\?/);
  assert.match(third?.url ?? '', /\?pictures=1$/);
  assert.match(grown?.url ?? '', /\?pictures=2$/);
});

test('what is no storyboard of ours is none', () => {
  for (const text of ['', '<html>', 'WEBVTT\n\n00:00.000 --> 00:02.000\na.jpg#xywh=0,0,1,1\n']) {
    assert.equal(parseStoryboard(text, URL_OF_TEXT), undefined, text);
  }
  assert.deepEqual(
    parseStoryboard(`WEBVTT\nX-PROGRAM-DATE-TIME:2030-01-01T00:00:00Z\n\nwhat\n`, URL_OF_TEXT)?.tiles,
    [],
  );
});

test('a time has the picture of its stretch, and none in a gap, before the first and behind the last', () => {
  const read = parseStoryboard(textOf(6, [2]), URL_OF_TEXT);
  assert(read !== undefined);
  const at = (ms: number): number | undefined => {
    const found = tileAt(read, BEGIN + ms);
    return found && found.fromMs - BEGIN;
  };

  assert.deepEqual([-1, 0, 1999, 2000, 4000, 5999, 6000, 11_999, 12_000].map(at), [
    undefined,
    0,
    0,
    2000,
    undefined,
    undefined,
    6000,
    10_000,
    undefined,
  ]);
});

function rig() {
  const asked: string[] = [];
  let nowMs = 0;
  let text: string | undefined = textOf(2);
  let size: { readonly width: number; readonly height: number } | undefined = { width: 512, height: 144 };
  const storyboard = createStoryboard(URL_OF_TEXT, {
    fetchText: async () => {
      asked.push('text');
      return await Promise.resolve(text);
    },
    loadImage: async (url) => {
      asked.push(url.replace(/^.*sprite=(\d+).*?\.jpg/, 'sprite $1'));
      return await Promise.resolve(size);
    },
    nowMs: () => nowMs,
  });
  return {
    storyboard,
    asked,
    setText: (next: string | undefined) => {
      text = next;
    },
    setSize: (next: typeof size) => {
      size = next;
    },
    wait: (ms: number) => {
      nowMs += ms;
    },
  };
}

test('text and sprites are fetched when they are first wanted, and once', async () => {
  const { storyboard, asked } = rig();
  assert.deepEqual(asked, []);

  const [tile] = await Promise.all([storyboard.at(BEGIN), storyboard.at(BEGIN + 2500)]);
  await storyboard.at(BEGIN + 100);

  assert.equal(tile?.spriteWidth, 512);
  assert.deepEqual(asked, ['text', 'sprite 1?pictures=2']);
});

test('behind the end of a broadcast the text is asked for again, but not with every move', async () => {
  const { storyboard, asked, setText, wait } = rig();
  await storyboard.at(BEGIN);
  setText(textOf(3));
  assert.equal(await storyboard.at(BEGIN + 4100), undefined);
  assert.equal(await storyboard.at(BEGIN + 4200), undefined);

  wait(5000);

  const [tile] = await Promise.all([storyboard.at(BEGIN + 4100), storyboard.at(BEGIN + 4100)]);
  assert.equal(tile?.x, 0);
  assert.deepEqual(
    asked.filter((what) => what === 'text'),
    ['text', 'text'],
  );
});

test('what cannot be had is as if it were not there, and is tried again later', async () => {
  const { storyboard, asked, setText, setSize, wait } = rig();
  setText(undefined);
  assert.equal(await storyboard.at(BEGIN), undefined);
  wait(5000);
  setText(textOf(2));
  setSize(undefined);
  assert.equal(await storyboard.at(BEGIN), undefined);
  assert.equal(await storyboard.at(BEGIN), undefined);
  wait(5000);
  setSize({ width: 512, height: 144 });

  assert.equal((await storyboard.at(BEGIN))?.width, 256);
  assert.deepEqual(asked, ['text', 'text', 'sprite 1?pictures=2', 'sprite 1?pictures=2']);
});

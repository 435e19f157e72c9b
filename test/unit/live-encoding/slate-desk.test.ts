import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createSlateDesk } from '../../../src-main/core/live-encoding/slate-desk.ts';
import { AppError } from '../../../src-main/shared/app-error.ts';
import { manualClock } from '../../support/manual-clock.ts';

const CANVAS = { width: 64, height: 36, frameRate: { numerator: 30, denominator: 1 } };
const USUAL = new Uint8Array([1]);
const OTHER = new Uint8Array([2]);
const BROKEN = new Uint8Array([99]);

function openDesk(usual: Uint8Array | undefined) {
  const clock = manualClock();
  const said: string[] = [];
  const faults: unknown[] = [];
  const gates: (() => void)[] = [];
  let isHeld = false;
  const desk = createSlateDesk({
    usual,
    clock,
    async draw(picture) {
      if (isHeld) {
        const { promise, resolve } = Promise.withResolvers<undefined>();
        gates.push(() => resolve(undefined));
        await promise;
      }
      if (picture === BROKEN) {
        throw new AppError('live/slate-invalid', 'broken');
      }
      return picture;
    },
    onPicture: (picture) => said.push(`picture ${picture?.[0] ?? 'stock'}`),
    onCover: (covers) => said.push(covers ? 'covered' : 'open'),
    onFault: (error) => faults.push(error),
  });
  return { desk, clock, said, faults, gates, hold: () => (isHeld = true) };
}

test('the event’s own picture stands in from the beginning, without one the stock picture', async () => {
  const own = openDesk(USUAL);
  const stock = openDesk(undefined);
  own.desk.setCanvas(CANVAS);
  stock.desk.setCanvas(CANVAS);
  await turn();

  assert.deepEqual([own.said, stock.said], [['picture 1'], ['picture stock']]);
});

test('a picture of its own that cannot be drawn is told of, and the stock picture stands in', async () => {
  const { desk, said, faults } = openDesk(BROKEN);
  desk.setCanvas(CANVAS);
  await turn();

  assert.deepEqual(said, ['picture stock']);
  assert.equal(faults.length, 1);
});

test('a slate covers the programme for its time and ends by itself', async () => {
  const { desk, clock, said } = openDesk(USUAL);
  desk.setCanvas(CANVAS);
  await turn();
  await desk.show(10, OTHER);
  await clock.advanceAsync(9999);
  assert.deepEqual(said.splice(0), ['picture 1', 'picture 2', 'covered']);

  await clock.advanceAsync(1);
  await turn();

  assert.deepEqual(said, ['open', 'picture 1']);
});

test('a slate that is hidden ends early, once', async () => {
  const { desk, clock, said } = openDesk(undefined);
  desk.setCanvas(CANVAS);
  await turn();
  await desk.show(10, undefined);
  desk.hide();
  desk.hide();
  await desk.show(0, undefined);
  await clock.advanceAsync(20_000);

  assert.deepEqual(said, ['picture stock', 'picture stock', 'covered', 'open']);
  assert.equal(clock.pending(), 0);
});

test('another slate takes the place of the one that shows, with its own time', async () => {
  const { desk, clock, said } = openDesk(undefined);
  desk.setCanvas(CANVAS);
  await turn();
  await desk.show(10, USUAL);
  await clock.advanceAsync(8000);
  await desk.show(10, OTHER);
  await clock.advanceAsync(8000);
  assert.deepEqual(said.splice(0), ['picture stock', 'picture 1', 'covered', 'picture 2', 'covered']);

  await clock.advanceAsync(2000);
  await turn();

  assert.deepEqual(said, ['open', 'picture stock']);
});

test('a picture that cannot be decoded is refused and changes nothing', async () => {
  const { desk, said } = openDesk(undefined);
  desk.setCanvas(CANVAS);
  await turn();
  said.length = 0;

  await assert.rejects(desk.show(10, BROKEN), { code: 'live/slate-invalid' });

  assert.deepEqual(said, []);
});

test('a slate that is hidden while it is being drawn does not come', async () => {
  const { desk, said, gates, hold } = openDesk(undefined);
  desk.setCanvas(CANVAS);
  await turn();
  said.length = 0;
  hold();
  const showing = desk.show(10, OTHER);
  desk.hide();
  gates.shift()?.();
  await showing;

  assert.deepEqual(said, []);
});

test('a slate that ends while the next one is being drawn does not keep that from coming', async () => {
  const { desk, clock, said, gates, hold } = openDesk(undefined);
  desk.setCanvas(CANVAS);
  await turn();
  await desk.show(10, USUAL);
  hold();
  const showing = desk.show(10, OTHER);
  await clock.advanceAsync(10_000);
  gates.shift()?.();
  await showing;

  assert.deepEqual(said, [
    'picture stock',
    'picture 1',
    'covered',
    'open',
    'picture stock',
    'picture 2',
    'covered',
  ]);
});

test('a slate that is asked for before the first picture came covers it when it comes', async () => {
  const { desk, said } = openDesk(undefined);
  await desk.show(10, OTHER);
  desk.setCanvas(CANVAS);
  await turn();

  assert.deepEqual(said, ['covered', 'picture 2']);
});

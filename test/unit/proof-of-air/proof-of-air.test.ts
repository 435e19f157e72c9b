import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEventLog } from '../../../src-main/core/control/event-log.ts';
import { silentLogger } from '../../../src-main/core/ports/logger.ts';
import type { AirTarget } from '../../../src-main/core/ports/proof-of-air.ts';
import { ViewerFault } from '../../../src-main/core/proof-of-air/fetch-as-viewer.ts';
import type { Sight } from '../../../src-main/core/proof-of-air/look.ts';
import { openProofOfAir } from '../../../src-main/core/proof-of-air/proof-of-air.ts';
import { createSentMemory } from '../../../src-main/core/proof-of-air/sent-memory.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';

const PAGE: AirTarget = {
  subject: 'locator/mine',
  url: 'http://127.0.0.1:1/x/manifest?token=secret',
  isOwn: true,
  isProgramme: false,
};
const CHANNEL: AirTarget = {
  subject: 'destination/channel',
  url: 'https://cdn.example/live.m3u8',
  isOwn: false,
  isProgramme: true,
};

/** A desk whose looks find what the test says. */
function rig(targets: AirTarget[]) {
  const clock: ManualClock = manualClock();
  const events = createEventLog({ clock });
  const told: unknown[] = [];
  events.published.on(({ eventType, data }) => {
    if (eventType === 'Lectern.ProofOfAirChanged') {
      told.push(data);
    }
  });
  let memories = 0;
  const looks: string[] = [];
  const state: { find: (subject: string) => Sight } = { find: () => good() };
  const desk = openProofOfAir({
    clock,
    events,
    logger: silentLogger,
    sent: createSentMemory(clock),
    targets: () => targets,
    lookAt:
      ({ subject }) =>
      async (turn) => {
        looks.push(`${subject} ${turn}`);
        return await Promise.resolve(state.find(subject));
      },
    openMemory() {
      memories += 1;
      return { [Symbol.dispose]: () => void (memories -= 1) };
    },
  });
  let edge = 0;

  function good(): Sight {
    edge += 1;
    return {
      atMs: clock.wallMs(),
      edge: String(edge),
      isEncrypted: false,
      pictures: undefined,
      markMs: undefined,
      listedMs: clock.wallMs() - 4120,
      duration: 2,
      toPlayhead: 1,
      peakDb: -10,
    };
  }

  return { clock, desk, events, told, looks, state, memories: () => memories };
}

function offline(): never {
  throw new ViewerFault('offline', 'The server answers 404.');
}

test('what is live is looked at in turn, and the delay is told', async () => {
  const { clock, desk, looks, told } = rig([PAGE]);

  await clock.advanceAsync(24_000);

  assert.deepEqual(looks, ['locator/mine 0', 'locator/mine 1', 'locator/mine 2']);
  const [proof] = desk.list();
  assert.deepEqual([proof?.verdict, proof?.delaySeconds, proof?.delayFrom], ['arriving', 3.1, 'programme-time']);
  assert.deepEqual(told.at(-1), { value: desk.list() });
  await desk[Symbol.asyncDispose]();
});

test('many broadcasts of other encoders are looked at more seldom, the own as often as ever', async () => {
  const others = Array.from({ length: 10 }, (_, index) => ({ ...PAGE, subject: `locator/${index}` }));
  const { clock, desk, looks } = rig([CHANNEL, ...others]);
  await clock.advanceAsync(4000);
  looks.length = 0;

  await clock.advanceAsync(50_000);

  const of = (subject: string): number => looks.filter((look) => look.startsWith(`${subject} `)).length;
  assert.equal(of(CHANNEL.subject), 5);
  assert.deepEqual(
    others.map(({ subject }) => of(subject)),
    others.map(() => 2),
  );
  await desk[Symbol.asyncDispose]();
});

test('the address is told without what may be a key', async () => {
  const { clock, desk } = rig([PAGE]);

  await clock.advanceAsync(4000);

  assert.equal(desk.list()[0]?.url, 'http://127.0.0.1:1/x/manifest');
  await desk[Symbol.asyncDispose]();
});

test('a fault is said when it was found twice, with its words, and taken back by one good look', async () => {
  const { clock, desk, state } = rig([PAGE]);
  await clock.advanceAsync(4000);

  const { find } = state;
  state.find = offline;
  await clock.advanceAsync(10_000);
  assert.equal(desk.list()[0]?.verdict, 'arriving', 'once may be chance');
  await clock.advanceAsync(3000);

  const [proof] = desk.list();
  assert.deepEqual(
    [proof?.verdict, proof?.error?.code, proof?.error?.detail, proof?.delaySeconds],
    ['offline', 'air/not-seen', 'The server answers 404.', undefined],
  );

  state.find = find;
  await clock.advanceAsync(3000);
  assert.equal(desk.list()[0]?.verdict, 'arriving');
  await desk[Symbol.asyncDispose]();
});

test('a stream that has only just begun has twenty seconds to appear', async () => {
  const { clock, desk, state } = rig([CHANNEL]);
  state.find = offline;

  await clock.advanceAsync(20_000);
  assert.equal(desk.list()[0]?.verdict, 'checking');
  await clock.advanceAsync(6000);
  assert.equal(desk.list()[0]?.verdict, 'offline');
  await desk[Symbol.asyncDispose]();
});

test('a mistake in a look is an answer too, and nothing else stops', async () => {
  const { clock, desk, state, looks } = rig([PAGE, CHANNEL]);
  const { find } = state;
  state.find = (subject) => {
    if (subject === CHANNEL.subject) {
      throw new RangeError('a mistake');
    }
    return find(subject);
  };

  await clock.advanceAsync(30_000);

  assert.deepEqual(
    desk.list().map(({ verdict }) => verdict),
    ['arriving', 'unreadable'],
  );
  assert(looks.length > 6);
  await desk[Symbol.asyncDispose]();
});

test('what is not live any more is not looked at any more, and memory is kept only while a programme is', async () => {
  const targets = [PAGE, CHANNEL];
  const { clock, desk, events, looks, memories } = rig(targets);
  await clock.advanceAsync(4000);
  assert.equal(memories(), 1);

  targets.length = 0;
  events.publish('Lectern.StudioChanged', 'studio', {});
  await clock.advanceAsync(2000);
  const before = looks.length;
  await clock.advanceAsync(60_000);

  assert.deepEqual(desk.list(), []);
  assert.equal(looks.length, before);
  assert.equal(memories(), 0);
  await desk[Symbol.asyncDispose]();
  assert.equal(clock.pending(), 0);
});

test('asked to look now it does, and answers with what it found', async () => {
  const { clock, desk, looks } = rig([PAGE]);

  const [proof] = await desk.check();

  assert.equal(proof?.verdict, 'arriving');
  assert.deepEqual(looks, ['locator/mine 0']);
  await desk[Symbol.asyncDispose]();
  assert.equal(clock.pending(), 0);
});

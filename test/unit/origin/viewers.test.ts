import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { createEgress } from '../../../src-main/core/origin/egress.ts';
import { createViewers } from '../../../src-main/core/origin/viewers.ts';
import { manualClock } from '../../support/manual-clock.ts';

function asked(url: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  Object.assign(request.headers, headers);
  return request;
}

test('the same program at the same address is one viewer', () => {
  const viewers = createViewers(manualClock());

  viewers.seen('a', asked('/1', { 'user-agent': 'player' }), '10.0.0.1');
  viewers.seen('a', asked('/2', { 'user-agent': 'player' }), '10.0.0.1');
  viewers.seen('a', asked('/2', { 'user-agent': 'other' }), '10.0.0.1');
  viewers.seen('b', asked('/2', { 'user-agent': 'player' }), '10.0.0.2');

  assert.equal(viewers.count('a'), 2);
  assert.equal(viewers.count('b'), 1);
  assert.equal(viewers.count('c'), 0);
  assert.equal(viewers.count(), 3);
});

test('player sessions behind one address are told apart, by header or by query', () => {
  const viewers = createViewers(manualClock());

  viewers.seen('a', asked('/1', { 'cmcd-session': 'cid="x",sid="one"' }), '10.0.0.1');
  viewers.seen('a', asked('/1?CMCD=bl%3D100%2Csid%3D%22two%22'), '10.0.0.1');
  viewers.seen('a', asked('/9?CMCD=sid%3D%22two%22'), '10.0.0.1');
  viewers.seen('a', asked('/9?CMCD=%E0%A4%A'), '10.0.0.1');

  assert.equal(viewers.count('a'), 3);
});

test('who has not asked for 30 s is gone', () => {
  const clock = manualClock();
  const viewers = createViewers(clock);
  viewers.seen('a', asked('/1'), '10.0.0.1');
  clock.advance(20_000);
  viewers.seen('a', asked('/1'), '10.0.0.2');
  viewers.seen('a', asked('/1'), '10.0.0.1');
  clock.advance(29_000);
  viewers.seen('a', asked('/1'), '10.0.0.2');

  clock.advance(2000);

  assert.equal(viewers.count('a'), 1);
  clock.advance(30_000);
  assert.equal(viewers.count(), 0);
});

test('made-up sessions do not fill the memory', () => {
  const viewers = createViewers(manualClock());
  for (let index = 0; index < 60_000; index += 1) {
    viewers.seen('a', asked('/1', { 'cmcd-session': `sid="${index}"` }), '10.0.0.1');
  }

  assert.equal(viewers.count('a'), 50_000);
});

test('each viewer is shown with what the player said last, and without an address', () => {
  const clock = manualClock(Date.UTC(2030, 0, 1));
  const viewers = createViewers(clock);
  viewers.seen('a', asked('/1', { 'cmcd-session': 'sid="one",st=l', 'cmcd-request': 'bl=900,su' }), '10.0.0.1');
  clock.advance(2000);
  const later = { 'cmcd-session': 'sid="one",st=l,pr=1.05', 'cmcd-request': 'bl=4200,mtp=8000' };
  viewers.seen('a', asked('/2', { ...later, 'cmcd-object': 'br=2500,ot=v,tb=5000' }), '10.0.0.1');
  viewers.seen('a', asked('/3', { 'cmcd-session': 'sid="one"', 'cmcd-object': 'br=128,ot=a' }), '10.0.0.1');
  viewers.seen('b', asked('/1', { 'user-agent': 'player' }), '10.0.0.2');

  assert.deepEqual(viewers.sessions(), [
    {
      id: 1,
      streamingLocatorId: 'a',
      sessionId: 'one',
      firstSeen: '2030-01-01T00:00:00.000Z',
      lastSeen: '2030-01-01T00:00:02.000Z',
      streamType: 'live',
      playbackRate: 1.05,
      bufferSeconds: 4.2,
      measuredBitrate: 8_000_000,
      requestedBitrate: 2_500_000,
      topBitrate: 5_000_000,
      startingUp: false,
      starvations: 0,
      waiting: false,
    },
    {
      id: 2,
      streamingLocatorId: 'b',
      firstSeen: '2030-01-01T00:00:02.000Z',
      lastSeen: '2030-01-01T00:00:02.000Z',
      startingUp: false,
      starvations: 0,
      waiting: false,
    },
  ]);
});

test('nobody was last seen before the first time, although the clock of the day is set back', () => {
  const manual = manualClock(Date.UTC(2030, 0, 1));
  let setBackMs = 0;
  const viewers = createViewers({ ...manual, wallMs: () => manual.wallMs() - setBackMs });
  viewers.seen('a', asked('/1'), '10.0.0.1');

  setBackMs = 3_600_000;
  manual.advance(2000);
  viewers.seen('a', asked('/2'), '10.0.0.1');

  const [viewer] = viewers.sessions();
  assert.deepEqual(
    [viewer?.firstSeen, viewer?.lastSeen],
    ['2029-12-31T23:00:00.000Z', '2029-12-31T23:00:02.000Z'],
  );
});

test('who ran dry waits for 30 s from then on, and it is counted', () => {
  const clock = manualClock(Date.UTC(2030, 0, 1));
  const viewers = createViewers(clock);
  const ask = (status: Readonly<Record<string, string>>): void =>
    viewers.seen('a', asked('/1', { 'cmcd-session': 'sid="one"', ...status }), '10.0.0.1');
  ask({ 'cmcd-status': 'bs' });
  clock.advance(4000);
  ask({ 'cmcd-status': 'bs' });
  clock.advance(20_000);
  ask({});

  const [soon] = viewers.sessions();
  clock.advance(11_000);
  const [later] = viewers.sessions();

  assert.deepEqual([soon?.waiting, soon?.starvations, soon?.lastStarved], [true, 2, '2030-01-01T00:00:04.000Z']);
  assert.deepEqual([later?.waiting, later?.starvations], [false, 2]);
});

test('the bit rate is a mean of the last ten seconds', () => {
  const clock = manualClock();
  const egress = createEgress(clock);
  egress.count(1000);
  clock.advance(5000);
  egress.count(1000);

  assert.equal(egress.bitrate(), 1600);
  clock.advance(5000);
  assert.equal(egress.bitrate(), 800);
  clock.advance(60_000);
  assert.equal(egress.bitrate(), 0);
  assert.equal(egress.bytes(), 2000);
});

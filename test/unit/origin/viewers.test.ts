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

import assert from 'node:assert/strict';
import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import fc from 'fast-check';
import { readCmcd } from '../../../src-main/core/origin/cmcd.ts';

function asked(url: string, headers: Readonly<Record<string, string>> = {}): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  request.url = url;
  Object.assign(request.headers, headers);
  return request;
}

const inQuery = (text: string): IncomingMessage => asked(`/a?x=1&CMCD=${encodeURIComponent(text)}&y=2`);

const ALL = {
  sessionId: '6e2fb550-c457-11e9-bb97-0800200c9a66',
  objectType: 'v',
  streamType: 'live',
  playbackRate: 1.08,
  bufferMs: 21_300,
  hasStarved: true,
  isStartup: true,
  measuredBitrate: 25_400_000,
  requestedBitrate: 3_200_000,
  topBitrate: 6_000_000,
} as const;

test('everything that is kept is read from one argument of the address', () => {
  const text =
    'bl=21300,br=3200,bs,cid="faec5fc2-ac30-11ea-bb37-0242ac130002",com.example-key=1,d=4004,dl=18500,mtp=25400,' +
    'nor="..%2F300kbps%2Fsegment35.m4v",nrr="12323-48763",ot=v,pr=1.08,rtp=12000,sf=d,' +
    'sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=l,su,tb=6000,v=1';

  assert.deepEqual(readCmcd(inQuery(text)), ALL);
});

test('the same in its four headers, which count more than the address', () => {
  const request = asked('/a?CMCD=sid%3D%22other%22', {
    'cmcd-request': 'mtp=25400, bl=21300,su',
    'cmcd-object': 'br=3200,ot=v,tb=6000',
    'cmcd-status': 'bs,rtp=12000',
    'cmcd-session': 'pr=1.08,sid="6e2fb550-c457-11e9-bb97-0800200c9a66",st=l',
  });

  assert.deepEqual(readCmcd(request), ALL);
});

test('of the lists of version 2 the first counts', () => {
  const report = readCmcd(inQuery('bl=(21300;v 4000;a),br=(3200;v),nor=("a,b)" "c";r="0-9"),sid="x",v=2'));

  assert.deepEqual([report?.bufferMs, report?.requestedBitrate, report?.sessionId], [21_300, 3_200_000, 'x']);
});

test('what is not as it should be counts as not said', () => {
  const report = readCmcd(
    inQuery('bl=-5,br=1e9,bs=1,mtp=99999999999,ot="v",pr=fast,sid=abc,st=x,su="yes",tb=1.5,bl2=1'),
  );

  assert.deepEqual(report, {
    sessionId: undefined,
    objectType: undefined,
    streamType: undefined,
    playbackRate: undefined,
    bufferMs: undefined,
    hasStarved: false,
    isStartup: false,
    measuredBitrate: undefined,
    requestedBitrate: undefined,
    topBitrate: undefined,
  });
});

test('quotes in a session are unescaped, and a long one is cut', () => {
  assert.equal(readCmcd(inQuery('sid="a\\"b\\\\c"'))?.sessionId, 'a"b\\c');
  assert.equal(readCmcd(inQuery(`sid="${'s'.repeat(300)}"`))?.sessionId, 's'.repeat(64));
  assert.equal(readCmcd(inQuery('sid=""'))?.sessionId, undefined);
});

test('what cannot be read as a whole says nothing', () => {
  for (const text of [
    '',
    ',',
    'bl=',
    'bl==1',
    '=1',
    'sid="a',
    'sid="a"b',
    'bl=1 2',
    'bl=1;br=2',
    'bl=(1',
    'é=1',
    '"bs"',
  ]) {
    assert.equal(readCmcd(inQuery(text)), undefined, text);
  }
  assert.equal(readCmcd(asked('/a?CMCD=%E0%A4%A')), undefined);
  assert.equal(readCmcd(asked('/a')), undefined);
  assert.equal(readCmcd(asked('/a?xCMCD=bs')), undefined);
});

test('a flood is not read', () => {
  const flood = Array.from({ length: 400 }, (_, index) => `key-${index}=1`).join(',');

  assert.equal(readCmcd(asked('/a', { 'cmcd-request': flood })), undefined);
  assert.equal(readCmcd(asked(`/a?CMCD=${'%2C'.repeat(5000)}`)), undefined);
});

test('whatever is sent, nothing is thrown, and what is taken is in its bounds', () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: fc.constantFrom('b', 'l', '=', ',', '"', '\\', '1', ' ', 'sid', 'bs', 'mtp', '%', 'é') }),
  );
  fc.assert(
    fc.property(text, fc.boolean(), (said, inHeader) => {
      const report = readCmcd(inHeader ? asked('/a', { 'cmcd-request': said }) : inQuery(said));

      assert.ok((report?.sessionId?.length ?? 0) <= 64);
      assert.ok((report?.bufferMs ?? 0) <= 86_400_000);
      assert.ok((report?.measuredBitrate ?? 0) <= 10_000_000_000);
    }),
  );
});

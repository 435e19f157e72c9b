import assert from 'node:assert/strict';
import { test } from 'node:test';
import { transportPackets } from '../../../../src-main/core/ingest/transport-stream/datagram.ts';
import { plainAddress } from '../../../../src-main/core/ingest/transport-stream/entrance.ts';
import { parseStreamId } from '../../../../src-main/core/ingest/transport-stream/stream-id.ts';
import { joined, writePacket } from '../../../support/transport-stream.ts';

const TOKEN = '6f3c1c9e-7a0b-4c52-9f7e-0d6a6f3c1c9e';

test('a stream id names event and stream, plainly or as libsrt recommends', () => {
  const expected = { event: TOKEN, streamName: 'cam-1' };

  assert.deepEqual(parseStreamId(`${TOKEN}/cam-1`), expected);
  assert.deepEqual(parseStreamId(`#!::r=${TOKEN}/cam-1,m=publish`), expected);
  assert.deepEqual(parseStreamId(`#!::h=host,r=${TOKEN}/cam-1,u=me`), expected);
  assert.deepEqual(parseStreamId('match'), { event: 'match', streamName: 'main' });
});

test('a stream id that asks to receive, or cannot be read, is none', () => {
  assert.equal(parseStreamId(`#!::r=${TOKEN}/cam-1,m=request`), 'badMode');
  for (const text of [
    '',
    '/',
    'match/',
    '/cam',
    'match/cam 1',
    'match/cam/1',
    'ma tch/cam',
    '#!::m=publish',
    '#!::,=,',
    'é/x',
  ]) {
    assert.equal(parseStreamId(text), 'malformed', text);
  }
});

test('a datagram is taken as it stands and out of RTP, with all that RTP may have in front', () => {
  const packets = joined(
    writePacket(1, true, 0, new Uint8Array(184)),
    writePacket(1, false, 1, new Uint8Array(184)),
  );
  const header = (first: number): Uint8Array => Uint8Array.of(first, 33, 0, 1, ...new Uint8Array(8));
  const extension = Uint8Array.of(0xbe, 0xde, 0, 1, 1, 2, 3, 4);

  assert.deepEqual(transportPackets(packets), packets);
  assert.deepEqual(transportPackets(joined(header(0x80), packets)), packets);
  assert.deepEqual(transportPackets(joined(header(0x82), new Uint8Array(8), packets)), packets);
  assert.deepEqual(transportPackets(joined(header(0x90), extension, packets)), packets);
  assert.deepEqual(transportPackets(joined(header(0xa0), packets, Uint8Array.of(0, 0, 3))), packets);
});

test('a datagram of anything else is not taken', () => {
  const packet = writePacket(1, true, 0, new Uint8Array(184));
  for (const datagram of [
    new Uint8Array(),
    Uint8Array.of(0x80),
    new Uint8Array(188),
    packet.subarray(1),
    joined(Uint8Array.of(0x9f), new Uint8Array(11), packet),
    joined(Uint8Array.of(0xb0), new Uint8Array(11), packet.fill(0xff, 4)),
  ]) {
    assert.equal(transportPackets(datagram), undefined);
  }
});

test('an IPv4 address is never in its IPv6 form', () => {
  assert.equal(plainAddress('::ffff:192.0.2.7'), '192.0.2.7');
  assert.equal(plainAddress('2001:db8::1'), '2001:db8::1');
});

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { displayAddresses, parseDisplayName } from '../../../src-main/core/capture/x11/display-name.ts';
import {
  answeredRequest,
  getMonitors,
  getProperty,
  messageLength,
  parseSetupReply,
  setupReplyLength,
  setupRequest,
} from '../../../src-main/core/capture/x11/messages.ts';
import { findCookie } from '../../../src-main/core/capture/x11/xauthority.ts';

test('display names are read as X clients read them', () => {
  assert.deepEqual(
    [':0', ':1.2', 'unix:3', 'localhost:10.0', 'host.example:2', '/tmp/launch:0', '', ':x'].map(parseDisplayName),
    [
      { host: '', display: 0, screen: 0 },
      { host: '', display: 1, screen: 2 },
      { host: '', display: 3, screen: 0 },
      { host: '', display: 10, screen: 0 },
      { host: 'host.example', display: 2, screen: 0 },
      { host: '/tmp/launch', display: 0, screen: 0 },
      undefined,
      undefined,
    ],
  );
});

test('this computer’s display is looked for at its socket, then where ssh forwards it to', () => {
  assert.deepEqual(displayAddresses({ host: '', display: 10, screen: 0 }), [
    { path: '/tmp/.X11-unix/X10' },
    { host: '127.0.0.1', port: 6010 },
  ]);
});

function entry(family: number, ...texts: readonly (string | Uint8Array)[]): Buffer {
  const parts = texts.map((text) => {
    const bytes = Buffer.from(text);
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  });
  const head = Buffer.alloc(2);
  head.writeUInt16BE(family);
  return Buffer.concat([head, ...parts]);
}

const COOKIE = 'MIT-MAGIC-COOKIE-1';
const LOCAL = 256;
const WILD = 0xffff;

test('the cookie of this host and display is taken, else the one for all hosts', () => {
  const file = Buffer.concat([
    entry(LOCAL, 'elsewhere', '0', COOKIE, 'not mine'),
    entry(LOCAL, 'here', '1', COOKIE, 'other display'),
    entry(WILD, '', '', COOKIE, 'for all'),
    entry(LOCAL, 'here', '0', 'XDM-AUTHORIZATION-1', 'other method'),
    entry(LOCAL, 'here', '0', COOKIE, 'mine'),
  ]);

  const found = [
    findCookie(file, 0, 'here'),
    findCookie(file, 0, 'nowhere'),
    findCookie(file.subarray(0, 60), 0, 'nowhere'),
  ];

  assert.deepEqual(
    found.map((cookie) => (cookie === undefined ? undefined : Buffer.from(cookie.data).toString())),
    ['mine', 'for all', undefined],
  );
});

test('a damaged Xauthority file never throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      findCookie(bytes, 0, 'here');
    }),
  );
});

test('the connection is opened least significant byte first, with the cookie padded to words', () => {
  const bytes = setupRequest({ name: COOKIE, data: new Uint8Array([1, 2, 3, 4, 5]) });

  assert.equal(bytes.length, 12 + 20 + 8);
  assert.deepEqual([...bytes.subarray(0, 12)], [0x6c, 0, 11, 0, 0, 0, 18, 0, 5, 0, 0, 0]);
  assert.deepEqual([...bytes.subarray(32)], [1, 2, 3, 4, 5, 0, 0, 0]);
});

test('the answer to the opening is read: roots of all screens, or the server’s reason', () => {
  const accepted = new DataView(new ArrayBuffer(40 + 4 + 8 + (40 + 8 + 24) + 40));
  accepted.setUint8(0, 1);
  accepted.setUint16(6, (accepted.byteLength - 8) / 4, true);
  accepted.setUint16(24, 3, true);
  accepted.setUint8(28, 2);
  accepted.setUint8(29, 1);
  const first = 40 + 4 + 8;
  accepted.setUint32(first, 0x123, true);
  accepted.setUint16(first + 20, 1920, true);
  accepted.setUint16(first + 22, 1080, true);
  accepted.setUint8(first + 39, 1);
  accepted.setUint16(first + 42, 1, true);
  const second = first + 40 + 8 + 24;
  accepted.setUint32(second, 0x456, true);
  accepted.setUint16(second + 20, 800, true);
  const refused = Buffer.concat([Buffer.from([0, 9, 11, 0, 0, 0, 3, 0]), Buffer.from('No access\0\0\0')]);

  assert.deepEqual(parseSetupReply(new Uint8Array(accepted.buffer)), {
    kind: 'accepted',
    roots: [
      { window: 0x123, width: 1920, height: 1080 },
      { window: 0x456, width: 800, height: 0 },
    ],
  });
  assert.deepEqual(parseSetupReply(refused), { kind: 'refused', reason: 'No access' });
  assert.deepEqual([setupReplyLength(refused), setupReplyLength(refused.subarray(0, 7))], [20, undefined]);
});

test('monitors are read whatever the number of outputs behind each', () => {
  const reply = new DataView(new ArrayBuffer(32 + 24 + 8 + 24));
  reply.setUint32(12, 2, true);
  reply.setUint32(32, 7, true);
  reply.setUint8(36, 1);
  reply.setUint16(38, 2, true);
  reply.setUint16(44, 1920, true);
  reply.setUint16(46, 1080, true);
  const second = 32 + 24 + 8;
  reply.setUint32(second, 8, true);
  reply.setInt16(second + 8, -1280, true);
  reply.setUint16(second + 12, 1280, true);

  const monitors = getMonitors(140, 1).parse(new Uint8Array(reply.buffer));

  assert.deepEqual(monitors, [
    { nameAtom: 7, isPrimary: true, x: 0, y: 0, width: 1920, height: 1080 },
    { nameAtom: 8, isPrimary: false, x: -1280, y: 0, width: 1280, height: 0 },
  ]);
});

test('answers, errors and events are told apart, and their lengths', () => {
  const message = (kind: number, words: number): Uint8Array => {
    const view = new DataView(new ArrayBuffer(32));
    view.setUint8(0, kind);
    view.setUint16(2, 513, true);
    view.setUint32(4, words, true);
    return new Uint8Array(view.buffer);
  };

  assert.deepEqual(
    [message(1, 2), message(0, 99), message(12, 99), message(35, 1), new Uint8Array(31)].map(messageLength),
    [40, 32, 32, 36, undefined],
  );
  assert.deepEqual([message(1, 0), message(0, 0), message(12, 0)].map(answeredRequest), [
    { sequence: 513, isError: false },
    { sequence: 513, isError: true },
    undefined,
  ]);
});

test('a property of 32-bit items and one of bytes are both read whole', () => {
  const reply = new Uint8Array(48);
  reply[1] = 32;
  reply[16] = 2;
  const words = getProperty(1, 2).parse(reply);
  reply[1] = 8;
  reply[16] = 5;

  assert.deepEqual([words.length, getProperty(1, 2).parse(reply).length], [8, 5]);
});

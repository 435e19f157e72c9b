import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  EXTENSION,
  MAGIC,
  REJECTION,
  rejectionType,
} from '../../../../../src-main/core/ingest/transport-stream/srt/handshake.ts';
import {
  openSrtListener,
  type SrtAnswer,
  type SrtCall,
} from '../../../../../src-main/core/ingest/transport-stream/srt/listener.ts';
import {
  CONTROL,
  type ControlPacket,
  words,
} from '../../../../../src-main/core/ingest/transport-stream/srt/packet.ts';
import { manualClock } from '../../../../support/manual-clock.ts';
import {
  CALLER_ID,
  callerHandshake,
  encipher,
  openSrtCaller,
  requestExtension,
  type SrtCaller,
  streamIdExtension,
  wrapKeys,
} from '../../../../support/srt-caller.ts';

const PASSPHRASE = 'correct horse battery';
const CONCLUSION = 0xffff_ffff;

async function openRig(answer: (call: SrtCall) => SrtAnswer | undefined = () => undefined) {
  const clock = manualClock();
  const calls: SrtCall[] = [];
  const received: string[] = [];
  const ends: string[] = [];
  const taken: SrtAnswer = {
    kind: 'taken',
    sink: {
      onData: (bytes) => received.push(Buffer.from(bytes).toString()),
      onEnd: (reason) => ends.push(reason),
    },
  };
  await using opened = new AsyncDisposableStack();
  const listener = opened.use(
    await openSrtListener({
      host: '127.0.0.1',
      port: 0,
      clock,
      onCall(call) {
        calls.push(call);
        return answer(call) ?? taken;
      },
    }),
  );
  const caller = opened.use(await openSrtCaller(listener.port));
  const owned = opened.move();
  return { clock, calls, received, ends, listener, caller, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}

/** The next control packet of a type; others in between are passed over. */
async function nextControl(caller: SrtCaller, type: number): Promise<ControlPacket> {
  for (;;) {
    const packet = await caller.next();
    if (packet.kind === 'control' && packet.type === type) {
      return packet;
    }
  }
}

/** Everything sent so far has been read: the answer to a new induction comes behind it. */
async function settle(caller: SrtCaller): Promise<void> {
  caller.sendHandshake(callerHandshake({ type: 1, socketId: 1, extensions: [] }));
  await caller.nextHandshake();
}

const text = (words_: string): Uint8Array => new TextEncoder().encode(words_);

test('a caller is taken after it has shown our cookie, with the latency that both want', async () => {
  await using rig = await openRig();
  const { caller } = rig;

  caller.sendHandshake(callerHandshake({ version: 4, type: 1, extensions: [] }));
  const induction = await caller.nextHandshake();
  const answer = await caller.call(
    callerHandshake({ extensions: [requestExtension(0xbf, 300), streamIdExtension('match/camera-one')] }),
  );

  assert.deepEqual([induction.version, induction.extensionField], [5, MAGIC]);
  assert.equal(rig.calls[0]!.streamId, 'match/camera-one');
  assert.deepEqual([rig.calls[0]!.address, rig.calls[0]!.isEncrypted], ['127.0.0.1', false]);
  assert.equal(answer.type, CONCLUSION);
  assert.notEqual(answer.socketId, CALLER_ID);
  assert.deepEqual(
    answer.extensions.map(({ type, content }) => [type, Buffer.from(content).toString('hex')]),
    [[EXTENSION.response, '00010501' + '0000003f' + '012c012c']],
  );
});

test('without our cookie nobody is asked for and nothing is answered', async () => {
  await using rig = await openRig();

  rig.caller.sendHandshake(callerHandshake({ cookie: 12_345 }));
  await settle(rig.caller);

  assert.deepEqual(rig.calls, []);
});

test('a call that is repeated is answered again and taken once, rejected once too', async () => {
  let isOpen = true;
  await using rig = await openRig(() =>
    isOpen ? undefined : { kind: 'rejected', reason: REJECTION.unauthorized },
  );

  const first = await rig.caller.call(callerHandshake());
  const again = await rig.caller.call(callerHandshake());
  isOpen = false;
  const refused = await rig.caller.call(callerHandshake({ socketId: 5 }));
  const refusedAgain = await rig.caller.call(callerHandshake({ socketId: 5 }));

  assert.deepEqual(again, first);
  assert.equal(refused.type, rejectionType(REJECTION.unauthorized));
  assert.deepEqual(refusedAgain, refused);
  assert.equal(rig.calls.length, 2);
});

test('what this receiver does not do is said in the answer', async () => {
  await using rig = await openRig();
  const other = (type: number) => ({ type, content: words(0) });
  const cases = [
    [{ version: 4 }, REJECTION.version],
    [{ extensions: [] }, REJECTION.version],
    [{ extensions: [requestExtension(0x40)] }, REJECTION.messageApi],
    [{ extensions: [requestExtension(), other(EXTENSION.congestion)] }, REJECTION.congestion],
    [{ extensions: [requestExtension(), other(EXTENSION.filter)] }, REJECTION.filter],
    [{ extensions: [requestExtension(), other(EXTENSION.group)] }, REJECTION.group],
    [
      { extensions: [requestExtension(), { type: EXTENSION.streamId, content: words(0xffff_ffff) }] },
      REJECTION.badRequest,
    ],
  ] as const;

  for (const [index, [change, reason]] of cases.entries()) {
    const answer = await rig.caller.call(callerHandshake({ socketId: 100 + index, ...change }));

    assert.equal(answer.type, rejectionType(reason));
  }
  assert.deepEqual(rig.calls, []);
});

test('a caller that encrypts is told that its keys were read, or that its passphrase is wrong', async () => {
  await using rig = await openRig((call) =>
    call.hasPassphrase(PASSPHRASE) ? undefined : { kind: 'rejected', reason: REJECTION.badSecret },
  );
  const message = wrapKeys({ even: new Uint8Array(16), passphrase: PASSPHRASE });
  const wrong = wrapKeys({ even: new Uint8Array(16), passphrase: 'something else' });
  const withKeys = (socketId: number, content: Uint8Array) =>
    callerHandshake({ socketId, extensions: [requestExtension(), { type: EXTENSION.keyRequest, content }] });

  const taken = await rig.caller.call(withKeys(1, message));
  const refused = await rig.caller.call(withKeys(2, wrong));

  assert.equal(taken.extensions[1]?.type, EXTENSION.keyResponse);
  assert.deepEqual([...taken.extensions[1].content], [...message]);
  assert.equal(refused.type, rejectionType(REJECTION.badSecret));
  const id = taken.socketId;
  rig.caller.sendData(id, 1000, text('in the clear'));
  await settle(rig.caller);
  assert.ok(!rig.received.includes('in the clear'));
});

test('keys may change on the way; what no key was told for is not taken', async () => {
  await using rig = await openRig((call) => (call.hasPassphrase(PASSPHRASE) ? undefined : assert.fail()));
  const { caller } = rig;
  const [even, odd] = [new Uint8Array(16).fill(1), new Uint8Array(16).fill(2)];
  const first = wrapKeys({ even, passphrase: PASSPHRASE });
  const { socketId } = await caller.call(
    callerHandshake({ extensions: [requestExtension(), { type: EXTENSION.keyRequest, content: first }] }),
  );
  const keyRequest = (body: Uint8Array): void =>
    caller.sendControl({
      type: CONTROL.userDefined,
      subtype: EXTENSION.keyRequest,
      info: 0,
      destination: socketId,
      body,
    });

  caller.sendData(socketId, 1000, encipher(text('even'), 1000, even), 1);
  caller.sendData(socketId, 1001, encipher(text('too early'), 1001, odd), 2);
  keyRequest(wrapKeys({ even, odd, passphrase: 'something else' }));
  const both = wrapKeys({ even, odd, passphrase: PASSPHRASE });
  keyRequest(both);
  const response = await nextControl(caller, CONTROL.userDefined);
  caller.sendData(socketId, 1002, encipher(text('odd'), 1002, odd), 2);
  caller.sendData(socketId, 1003, encipher(text('even again'), 1003, even), 1);
  await settle(caller);

  assert.equal(response.subtype, EXTENSION.keyResponse);
  assert.deepEqual([...response.body], [...both]);
  assert.deepEqual(rig.received, ['even', 'odd', 'even again']);
});

test('data comes in order; what is missing is asked for, acknowledged when it is there, and given up in the end', async () => {
  await using rig = await openRig();
  const { caller, clock } = rig;
  const { socketId } = await caller.call(callerHandshake());

  caller.sendData(socketId, 1000, text('a'));
  caller.sendData(socketId, 1003, text('d'));
  const report = await nextControl(caller, CONTROL.lossReport);
  caller.sendData(socketId, 1001, text('b'));
  await settle(caller);
  clock.advance(10);
  const acknowledgement = await nextControl(caller, CONTROL.acknowledgement);
  const { info } = acknowledgement;
  // From it the time there and back is known, and with that how long an answer may take.
  caller.sendControl({
    type: CONTROL.acknowledgementBack,
    subtype: 0,
    info,
    destination: socketId,
    body: words(0),
  });
  await settle(caller);
  clock.advance(90);
  const repeated = await nextControl(caller, CONTROL.lossReport);
  const before = [...rig.received];
  clock.advance(30);

  assert.deepEqual([...report.body], [...words(0x8000_03e9, 1002)]);
  assert.deepEqual([...acknowledgement.body.subarray(0, 4)], [...words(1002)]);
  assert.deepEqual([...repeated.body], [...words(1002)]);
  assert.deepEqual(before, ['a', 'b']);
  assert.deepEqual(rig.received, ['a', 'b', 'd']);
});

test('who says good-bye is gone at once, who falls silent after five seconds, and until then is told that we are there', async () => {
  await using rig = await openRig();
  const { caller, clock } = rig;
  const first = await caller.call(callerHandshake());
  caller.sendControl({ type: CONTROL.shutdown, subtype: 0, info: 0, destination: first.socketId, body: words(0) });
  await settle(caller);
  assert.deepEqual(rig.ends, ['hung-up']);

  await caller.call(callerHandshake({ socketId: 8 }));
  clock.advance(1010);
  await nextControl(caller, CONTROL.keepAlive);
  clock.advance(3980);
  assert.deepEqual(rig.ends, ['hung-up']);
  clock.advance(20);
  await nextControl(caller, CONTROL.shutdown);

  assert.deepEqual(rig.ends, ['hung-up', 'silent']);
  assert.equal(clock.pending(), 0);
});

test('nobody speaks for another: packets count only from the address that called', async () => {
  await using rig = await openRig();
  const { socketId } = await rig.caller.call(callerHandshake());
  await using other = await openSrtCaller(rig.listener.port);

  other.sendData(socketId, 1000, text('forged'));
  other.sendControl({ type: CONTROL.shutdown, subtype: 0, info: 0, destination: socketId, body: words(0) });
  await settle(other);

  assert.deepEqual([rig.received, rig.ends], [[], []]);
});

test('whoever is hung up on hears of it, and the port is free afterwards', async () => {
  const rig = await openRig();
  await using other = await openSrtCaller(rig.listener.port);
  await rig.caller.call(callerHandshake());
  await other.call(callerHandshake({ socketId: 9 }));

  rig.calls[0]!.hangUp();
  await nextControl(rig.caller, CONTROL.shutdown);
  await rig.listener[Symbol.asyncDispose]();
  await nextControl(other, CONTROL.shutdown);

  assert.deepEqual(rig.ends, ['closed', 'closed']);
  await using again = await openSrtListener({
    host: '127.0.0.1',
    port: rig.listener.port,
    clock: rig.clock,
    onCall: () => ({ kind: 'rejected', reason: REJECTION.unauthorized }),
  });
  assert.equal(again.port, rig.listener.port);
  await rig[Symbol.asyncDispose]();
});

test('datagrams of noise, whole or cut short, before and during a call, change nothing', async () => {
  await using rig = await openRig();
  const { caller, clock } = rig;
  const { socketId } = await caller.call(callerHandshake());
  let state = 7;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };

  for (let run = 0; run < 2000; run += 1) {
    const noise = Uint8Array.from({ length: next(80) }, () => next(256));
    // Half of it is for the call, with every type of control packet but the good-bye.
    if (run % 2 === 0 && noise.length >= 16) {
      noise[0] = 0x80 | (next(3) === 0 ? 0x7f : 0);
      noise[1] = [0, 1, 2, 3, 4, 6, 7, 8, 0xff][next(9)]!;
      noise.set(words(socketId), 12);
    }
    caller.send(noise);
    if (run % 100 === 0) {
      await settle(caller);
      clock.advance(10);
    }
  }
  await settle(caller);

  assert.deepEqual(rig.ends, []);
  assert.equal(rig.calls.length, 1);
});

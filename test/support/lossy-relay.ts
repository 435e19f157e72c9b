import { createSocket, type RemoteInfo } from 'node:dgram';
import { once } from 'node:events';

export type LossyRelay = AsyncDisposable & {
  readonly port: number;
  readonly passed: () => number;
  readonly dropped: () => number;
};

/** Passes datagrams between one caller and a port of this computer, without every `nth` in each direction, the handshake spared. */
export async function openLossyRelay(target: number, nth: number): Promise<LossyRelay> {
  const spared = 8;
  const [front, back] = [createSocket('udp4'), createSocket('udp4')];
  let caller: RemoteInfo | undefined;
  let passed = 0;
  let dropped = 0;

  function mayPass(): boolean {
    const isLost = passed + dropped > spared && (passed + dropped) % nth === 0;
    passed += isLost ? 0 : 1;
    dropped += isLost ? 1 : 0;
    return !isLost;
  }

  front.on('message', (bytes, peer) => {
    caller = peer;
    if (mayPass()) {
      back.send(bytes, target, '127.0.0.1');
    }
  });
  back.on('message', (bytes) => {
    if (caller !== undefined && mayPass()) {
      front.send(bytes, caller.port, caller.address);
    }
  });
  front.bind(0, '127.0.0.1');
  back.bind(0, '127.0.0.1');
  await Promise.all([once(front, 'listening'), once(back, 'listening')]);
  return {
    port: front.address().port,
    passed: () => passed,
    dropped: () => dropped,
    async [Symbol.asyncDispose]() {
      const closed = Promise.all([once(front, 'close'), once(back, 'close')]);
      front.close();
      back.close();
      await closed;
    },
  };
}

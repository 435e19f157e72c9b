import fc from 'fast-check';
import { encodeAmf0 } from '../../../src-main/media/flv/amf0.ts';
import { AVC_CONFIG, connectRtmp, flv, type RtmpClient } from '../rtmp-client.ts';
import { TOKEN } from '../rtmp-door.ts';

export const APP = `live/${TOKEN}`;

/** What one connection does, from its first byte or after it has been let in. */
type Step =
  | { readonly kind: 'raw'; readonly bytes: Uint8Array }
  | { readonly kind: 'message'; readonly type: number; readonly payload: Uint8Array; readonly timestamp: number };
type Attack = { readonly publishes: boolean; readonly shakesHands: boolean; readonly steps: readonly Step[] };

const payloads = [
  flv.avcConfig(),
  flv.aacConfig(),
  flv.avcFrame({ key: true }),
  flv.avcFrame({ key: false, compositionMs: -40 }),
  flv.aacFrame(),
  Buffer.from(encodeAmf0(['connect', 1, new Map([['app', 'live']])])),
  Buffer.from(encodeAmf0(['publish', 2, null, 'name', 'live'])),
  Buffer.from(encodeAmf0(['@setDataFrame', 'onMetaData', new Map([['videodatarate', 1]])])),
  Buffer.from(encodeAmf0(['onAdCue', new Map([['id', 'x']])])),
];
const bent = fc
  .tuple(fc.constantFrom(...payloads), fc.array(fc.tuple(fc.nat(100), fc.nat(255)), { maxLength: 4 }))
  .map(([payload, changes]) => {
    const copy = Buffer.from(payload);
    for (const [at, value] of changes) {
      copy[at % copy.length] = value;
    }
    return copy;
  });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ kind: fc.constant('raw' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }) }),
  fc.record({
    kind: fc.constant('message' as const),
    type: fc.oneof(fc.constantFrom(1, 2, 3, 5, 8, 9, 15, 17, 18, 20, 22), fc.nat(255)),
    payload: fc.oneof(bent, fc.uint8Array({ maxLength: 200 })),
    timestamp: fc.nat(0xff_fffe),
  }),
);
const attack: fc.Arbitrary<Attack> = fc.record({
  publishes: fc.boolean(),
  shakesHands: fc.boolean(),
  steps: fc.array(step, { maxLength: 20 }),
});

const message = (type: number, payload: Uint8Array): Step => ({ kind: 'message', type, payload, timestamp: 0 });

/** What broke RTMP servers before: node-media-server 4.4.3 ended with the first four. They stay, whatever chance brings. */
export const RTMP_SEEDS: readonly Attack[] = [
  [message(20, encodeAmf0(['connect', 1, new Map([['app', 'live']])]))],
  [message(20, encodeAmf0(['publish', 1, null]))],
  [message(20, Buffer.of(10, 0xff, 0xff, 0xff, 0xff))],
  [message(20, Buffer.concat(Array.from({ length: 4000 }, () => Buffer.of(3, 0, 1, 0x61))))],
  [message(1, Buffer.of(0, 0, 0, 0))],
  [message(1, Buffer.of(1)), message(5, Buffer.of()), message(2, Buffer.of(9))],
  [message(22, Buffer.of(9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0))],
  [message(8, Buffer.of()), message(9, Buffer.of()), message(18, Buffer.of()), message(20, Buffer.of())],
  [message(9, flv.avcConfig(AVC_CONFIG.subarray(0, 9))), message(9, flv.avcFrame({ key: true }))],
  [message(9, flv.avcConfig()), message(9, Buffer.of(0x17, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff))],
  [message(8, Buffer.of(0xaf, 0, 0xff)), message(8, flv.aacFrame())],
  [{ kind: 'raw' as const, bytes: Buffer.of(0x04, 0, 0, 0, 0xff, 0xff, 0xff, 9, 1, 0, 0, 0, 1) }],
  [{ kind: 'raw' as const, bytes: Buffer.of(0xc0, 0xc1, 0xff, 0xff, 0xc4, 0xc4) }],
].flatMap((steps) => [
  { publishes: false, shakesHands: true, steps },
  { publishes: true, shakesHands: true, steps },
]);

function run(client: RtmpClient, { publishes, shakesHands, steps }: Attack): void {
  if (publishes) {
    client.publish(APP, 'fuzz');
  } else if (shakesHands) {
    client.handshake();
  }
  for (const each of steps) {
    if (each.kind === 'raw') {
      client.raw(each.bytes);
    } else {
      client.message(each);
    }
  }
}

/** Whatever a peer says to the receiver at a port, it hangs up at last. What the receiver is then is for the caller to see. */
export function anyRtmpPeer(port: () => number): fc.IAsyncProperty<[Attack]> {
  return fc.asyncProperty(attack, async (each) => {
    using client = await connectRtmp(port());
    run(client, each);
    // All that was said has been read when the far end has seen this end.
    client.socket.end();
    await client.closed;
  });
}

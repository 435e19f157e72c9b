import type { TsPacket } from './ts-packet.ts';

/** What the counter of a packet says about the one before it (ISO/IEC 13818-1 §2.4.3.3). */
export type Continuity = 'next' | 'repeated' | 'lost';

/** Watches the counter of one PID. */
export function createContinuity(): (packet: TsPacket) => Continuity {
  let last: number | undefined;
  return ({ continuity, discontinuity }) => {
    const before = last;
    last = continuity;
    if (before === undefined || discontinuity || continuity === ((before + 1) & 0x0f)) {
      return 'next';
    }
    return continuity === before ? 'repeated' : 'lost';
  };
}

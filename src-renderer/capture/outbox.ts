import type { PieceSample } from '../../src-main/shared/capture-piece.ts';

/** What is older than so much is of no use to anybody who talks to somebody. */
const MOST_WAITING_MS = 1000;
const MOST_WAITING_BYTES = 4 * 1024 * 1024;

/** What has been encoded and not been sent yet: a second at most, and then what begins with the newest key frame. */
export type Outbox = {
  add(sample: PieceSample): void;
  /** Everything, in the order it came. */
  take(): readonly PieceSample[];
  /** Nothing of it will be sent; what follows begins with a key frame. */
  clear(): void;
  needsKey(): boolean;
  /** How often pictures were left out. */
  dropped(): number;
};

export function createOutbox(): Outbox {
  let waiting: readonly PieceSample[] = [];
  let bytes = 0;
  let needsKey = true;
  let dropped = 0;

  function keep(samples: readonly PieceSample[]): void {
    waiting = samples;
    bytes = samples.reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  function isTooMuch(): boolean {
    const [oldest, newest] = [waiting[0], waiting.at(-1)];
    const spanMs = (newest?.atMs ?? 0) - (oldest?.atMs ?? 0);
    return bytes > MOST_WAITING_BYTES || spanMs > MOST_WAITING_MS;
  }

  function shorten(): void {
    dropped += 1;
    const newest = waiting.findLastIndex(({ isKey }) => isKey);
    keep(newest < 0 ? [] : waiting.slice(newest));
    if (isTooMuch()) {
      keep([]);
    }
    needsKey = !waiting.some(({ isKey }) => isKey);
  }

  return {
    add(sample) {
      if (sample.kind === 'video') {
        if (needsKey && !sample.isKey) {
          return;
        }
        needsKey = false;
      }
      waiting = [...waiting, sample];
      bytes += sample.data.byteLength;
      if (isTooMuch()) {
        shorten();
      }
    },
    take() {
      const taken = waiting;
      keep([]);
      return taken;
    },
    clear() {
      keep([]);
      needsKey = true;
    },
    needsKey: () => needsKey,
    dropped: () => dropped,
  };
}

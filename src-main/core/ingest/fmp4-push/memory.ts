import { AppError } from '../../../shared/app-error.ts';

/** What all connections together may hold of boxes that have not ended. One connection is bounded by the largest box; many are not. */
export type Memory = {
  readonly open: () => MemoryShare;
  readonly heldBytes: () => number;
};

/** The part of one connection. Disposing gives it back; twice does no harm. */
export type MemoryShare = Disposable & {
  /** Throws `MPE_CAPACITY_LIMIT_REACHED` when all together hold too much. */
  readonly set: (bytes: number) => void;
};

export function createMemory(maxBytes: number): Memory {
  let held = 0;
  return {
    heldBytes: () => held,
    open() {
      let own = 0;
      const change = (bytes: number): void => {
        held += bytes - own;
        own = bytes;
      };
      return {
        set(bytes) {
          const grows = bytes > own;
          change(bytes);
          if (grows && held > maxBytes) {
            throw new AppError(
              'MPE_CAPACITY_LIMIT_REACHED',
              'All encoders together send more than can be kept in memory.',
              { details: { maxBytes } },
            );
          }
        },
        [Symbol.dispose]: () => change(0),
      };
    },
  };
}

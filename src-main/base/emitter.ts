/** One kind of event: who listens is told each value in the order of emission, synchronously. */
export type Emitter<T> = {
  /** Adds a listener; disposing the result removes it, twice does no harm. */
  readonly on: (listener: (value: T) => void) => Disposable;
  /** Tells every listener. A listener that throws does not keep the others from hearing; the first error is thrown at the end. */
  readonly emit: (value: T) => void;
  /** How many listen; parts that produce something costly ask before they do. */
  readonly listenerCount: () => number;
};

export type EventSource<T> = Pick<Emitter<T>, 'on'>;

export function createEmitter<T>(): Emitter<T> {
  const listeners = new Set<{ readonly listener: (value: T) => void }>();
  return {
    on(listener) {
      // An entry of its own, so that adding one function twice and removing it once leaves it on.
      const entry = { listener };
      listeners.add(entry);
      return { [Symbol.dispose]: () => void listeners.delete(entry) };
    },
    emit(value) {
      const errors: unknown[] = [];
      for (const { listener } of [...listeners]) {
        try {
          listener(value);
        } catch (error) {
          errors.push(error);
        }
      }
      if (errors.length > 0) {
        throw errors[0];
      }
    },
    listenerCount: () => listeners.size,
  };
}

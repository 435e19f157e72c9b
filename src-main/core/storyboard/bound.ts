/** Things by name that together weigh no more than they may; those not used for longest go first. */
export type Bound<T> = {
  use(name: string): T | undefined;
  /** The names that had to go; the new one too when it alone is too heavy. */
  add(name: string, thing: T): readonly string[];
  remove(name: string): void;
  clear(): void;
};

export function createBound<T>(most: number, weigh: (thing: T) => number): Bound<T> {
  const things = new Map<string, T>();
  let weight = 0;

  function remove(name: string): void {
    const thing = things.get(name);
    if (thing !== undefined) {
      things.delete(name);
      weight -= weigh(thing);
    }
  }

  return {
    use(name) {
      const thing = things.get(name);
      if (thing !== undefined) {
        // A Map keeps the order of insertion.
        things.delete(name);
        things.set(name, thing);
      }
      return thing;
    },
    add(name, thing) {
      remove(name);
      things.set(name, thing);
      weight += weigh(thing);
      const gone: string[] = [];
      for (const oldest of things.keys()) {
        if (weight <= most) {
          break;
        }
        remove(oldest);
        gone.push(oldest);
      }
      return gone;
    },
    remove,
    clear() {
      things.clear();
      weight = 0;
    },
  };
}

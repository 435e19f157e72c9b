/** Gives out names that nobody has had. Of very many the oldest are forgotten at last. */
export type Names = {
  /** The id itself if it is a number of 32 bits, else `otherwise`, or the next free one. */
  number(id: string, otherwise: number): number;
  /** The text itself, or with a number behind it. */
  text(wanted: string): string;
};

const MAX_U32 = 0xffff_ffff;

export function createNames(memory: number): Names {
  const numbers = new Set<number>();
  /** With the number to be tried next behind each. */
  const texts = new Map<string, number>();

  function forgetOldest<T>(taken: Pick<Set<T>, 'keys' | 'delete' | 'size'>): void {
    const [oldest] = taken.keys();
    if (taken.size > memory && oldest !== undefined) {
      taken.delete(oldest);
    }
  }

  return {
    number(id, otherwise) {
      const own = /^\d{1,10}$/.test(id) ? Number(id) : MAX_U32 + 1;
      let number = own > MAX_U32 || numbers.has(own) ? otherwise : own;
      while (numbers.has(number)) {
        number = (number + 1) % (MAX_U32 + 1);
      }
      numbers.add(number);
      forgetOldest(numbers);
      return number;
    },
    text(wanted) {
      let count = texts.get(wanted) ?? 1;
      const named = (): string => (count === 1 ? wanted : `${wanted}-${count}`);
      while (texts.has(named())) {
        count += 1;
      }
      const text = named();
      texts.set(text, 2);
      texts.set(wanted, count + 1);
      forgetOldest(texts);
      return text;
    },
  };
}

import { malformed } from '../malformed.ts';

/** Reads bits, most significant first. Running off the end is `media/malformed` that names `what`. */
export class BitReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #position = 0;

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get bitsLeft(): number {
    return this.#bytes.length * 8 - this.#position;
  }

  /** Up to 32 bits as an unsigned number. */
  bits(count: number): number {
    if (count > this.bitsLeft) {
      throw malformed(this.#what, this.#position >> 3, 'ends in the middle of a field');
    }
    let value = 0;
    let left = count;
    while (left > 0) {
      const free = 8 - (this.#position & 7);
      const taken = Math.min(free, left);
      const byte = this.#bytes[this.#position >> 3] ?? 0;
      // Multiplied, because shifting 32 bits would end in the sign.
      value = value * 2 ** taken + ((byte >> (free - taken)) & ((1 << taken) - 1));
      this.#position += taken;
      left -= taken;
    }
    return value;
  }

  flag(): boolean {
    return this.bits(1) === 1;
  }

  skip(count: number): void {
    if (count > this.bitsLeft) {
      throw malformed(this.#what, this.#position >> 3, 'ends in the middle of a field');
    }
    this.#position += count;
  }

  /** Skips to the next whole byte. */
  align(): void {
    this.#position = (this.#position + 7) & ~7;
  }

  /** Unsigned Exp-Golomb code, ue(v), ITU-T H.264 §9.1. */
  ue(): number {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros > 31) {
        throw malformed(this.#what, this.#position >> 3, 'has a number of more than 32 bits');
      }
    }
    return 2 ** zeros - 1 + this.bits(zeros);
  }

  /** Signed Exp-Golomb code, se(v), ITU-T H.264 §9.1.1. */
  se(): number {
    const code = this.ue();
    return code % 2 === 1 ? (code + 1) / 2 : -code / 2;
  }
}

/** Takes the emulation prevention bytes out of a NAL unit (ITU-T H.264 §7.4.1.1): the 3 in every 0 0 3. */
export function removeEmulationPrevention(nal: Uint8Array): Uint8Array {
  const plain = new Uint8Array(nal.length);
  let length = 0;
  let copied = 0;
  // Most bytes are looked at by the search alone, and copied in runs.
  for (let at = nal.indexOf(3, 2); at >= 0; at = nal.indexOf(3, at + 1)) {
    if (nal[at - 1] === 0 && nal[at - 2] === 0) {
      plain.set(nal.subarray(copied, at), length);
      length += at - copied;
      copied = at + 1;
    }
  }
  plain.set(nal.subarray(copied), length);
  return plain.subarray(0, length + nal.length - copied);
}

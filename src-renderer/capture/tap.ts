/** Sound as it is mixed in the page, in pieces of 20 ms, to whoever encodes it. Runs in the thread that renders sound. */

declare const sampleRate: number;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const CHANNELS = 2;
const FRAMES = Math.round(sampleRate / 50);

class Tap extends AudioWorkletProcessor {
  #block = new Float32Array(FRAMES * CHANNELS);
  #filled = 0;

  process([input = []]: readonly (readonly Float32Array[])[]): true {
    // Nothing connected is silence, and silence goes on: the studio would take a pause for a fault.
    const [left, right = left] = input;
    const count = left?.length ?? 128;
    for (let i = 0; i < count; i += 1) {
      this.#block[this.#filled] = left?.[i] ?? 0;
      this.#block[FRAMES + this.#filled] = right?.[i] ?? 0;
      this.#filled += 1;
      if (this.#filled === FRAMES) {
        this.port.postMessage(this.#block, [this.#block.buffer]);
        this.#block = new Float32Array(FRAMES * CHANNELS);
        this.#filled = 0;
      }
    }
    return true;
  }
}

registerProcessor('tap', Tap);

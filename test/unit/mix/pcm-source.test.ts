import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createPcmSource, type PcmSource } from '../../../src-main/core/mix/pcm-source.ts';

const RATE = 48_000;
const BLOCK = 1600;
const PERIOD_MS = 1000 / 30;
const DELAY_MS = 50;

/** 10 ms of a 1 kHz tone: exactly ten periods, so that every packet is the same. */
const AMPLITUDE = 0.5;
const PACKET = tone(480);
/** No two neighbouring samples of that tone are further apart. */
const STEEPEST = AMPLITUDE * ((2 * Math.PI * 1000) / RATE) * 1.02;

function tone(count: number): Buffer {
  const bytes = Buffer.alloc(count * 4);
  for (let i = 0; i < count; i += 1) {
    const value = Math.round(AMPLITUDE * 32_767 * Math.sin((2 * Math.PI * 1000 * i) / RATE));
    bytes.writeInt16LE(value, i * 4);
    bytes.writeInt16LE(value, i * 4 + 2);
  }
  return bytes;
}

/** Repeatable numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

type Device = {
  /** How much faster its clock runs than ours. */
  readonly ppm: number;
  readonly packetMs?: number;
  readonly jitterMs?: number;
  /** From and until when it gives nothing. */
  readonly outage?: readonly [fromMs: number, untilMs: number];
  /** When it gives 400 ms at once on top. */
  readonly burstMs?: number;
};

/** A sound card and the programme clock, side by side. */
function simulate(
  source: PcmSource,
  device: Device,
  seconds: number,
  onBlock: (out: Float32Array, nowMs: number, hasSound: boolean) => void,
): void {
  const random = randomFrom(7);
  const packetMs = device.packetMs ?? 10;
  const packet = packetMs === 10 ? PACKET : tone(Math.round(packetMs * 48));
  const out = new Float32Array(BLOCK * 2);
  let packets = 1;
  let arrivalMs = 0;
  const nextArrival = (): number =>
    Math.max(arrivalMs, (packets * packetMs) / (1 + device.ppm / 1e6) + random() * (device.jitterMs ?? 0));
  arrivalMs = nextArrival();
  for (let block = 0; block < seconds * 30; block += 1) {
    const nowMs = (block + 1) * PERIOD_MS;
    while (arrivalMs <= nowMs) {
      if (device.outage === undefined || arrivalMs < device.outage[0] || arrivalMs >= device.outage[1]) {
        source.write(packet, arrivalMs);
      }
      packets += 1;
      arrivalMs = nextArrival();
    }
    if (device.burstMs !== undefined && device.burstMs > nowMs - PERIOD_MS && device.burstMs <= nowMs) {
      source.write(tone(400 * 48), nowMs);
    }
    // As in the programme: the sound of the frame that has just passed.
    const hasSound = source.read(out, BLOCK, nowMs - PERIOD_MS);
    onBlock(out, nowMs, hasSound);
  }
}

/** The largest step between neighbouring samples over many blocks. */
function stepMeter(): { readonly look: (out: Float32Array) => void; readonly most: () => number } {
  let last = 0;
  let most = 0;
  return {
    look(out) {
      for (let i = 0; i < BLOCK; i += 1) {
        const value = out[i * 2]!;
        most = Math.max(most, Math.abs(value - last));
        last = value;
      }
    },
    most: () => most,
  };
}

test('sound that breaks off fades within 5 ms and does not click', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const out = new Float32Array(BLOCK * 2);
  for (let ms = 0; ms <= 200; ms += 10) {
    source.write(PACKET, ms);
  }
  const heard: number[] = [];

  for (let block = 3; block < 12; block += 1) {
    source.read(out, BLOCK, block * PERIOD_MS);
    for (let i = 0; i < BLOCK; i += 1) {
      heard.push(out[i * 2]!);
    }
  }

  const steps = heard.slice(1).map((value, index) => Math.abs(value - heard[index]!));
  assert(Math.max(...steps.slice(1)) < STEEPEST * 1.3, `a step of ${Math.max(...steps.slice(1))}`);
  const lastSound = heard.findLastIndex((value) => Math.abs(value) > 1e-4);
  assert(heard.slice(lastSound + 1).every((value) => Math.abs(value) < 1e-3));
  assert.equal(source.read(out, BLOCK, 13 * PERIOD_MS), false);
});

test('sound that is missing for a second is silence, and comes back at its place without a click', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const steps = stepMeter();
  const silences: number[] = [];

  simulate(source, { ppm: 0, outage: [2000, 3000] }, 5, (out, nowMs, hasSound) => {
    steps.look(out);
    if (!hasSound) {
      silences.push(nowMs - PERIOD_MS);
    }
  });

  const inOutage = silences.filter((ms) => ms > 1000);
  assert(inOutage[0]! < 2100 && inOutage.at(-1)! > 2990 && inOutage.at(-1)! < 3050, inOutage.join(' '));
  assert(Math.abs(source.regulation().offsetMs) < 3);
  assert.equal(source.regulation().delayMs, DELAY_MS);
  assert(steps.most() < STEEPEST * 1.3, `a step of ${steps.most()}`);
});

test('a process that ends and a new one that begins do not mix their samples', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  source.write(PACKET.subarray(0, 479 * 4 + 3), 0);

  source.restart();
  const ones = Buffer.alloc(4800 * 4);
  for (let i = 0; i < 4800 * 2; i += 1) {
    ones.writeInt16LE(16_384, i * 2);
  }
  source.write(ones, 100);

  const out = new Float32Array(BLOCK * 2);
  assert(source.read(out, BLOCK, 70));
  assert.equal(out[BLOCK * 2 - 1], 0.5);
  assert.equal(out[BLOCK * 2 - 2], 0.5);
});

test('packets that come less regularly than the delay allows are given more delay until they fit', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const silences: number[] = [];

  simulate(source, { ppm: 0, packetMs: 100, jitterMs: 30 }, 20, (_out, nowMs, hasSound) => {
    if (!hasSound) {
      silences.push(nowMs);
    }
  });

  assert(source.regulation().delayMs > DELAY_MS);
  assert(source.regulation().delayMs <= 300);
  assert(Math.max(...silences) < 5000, `silent at ${Math.max(...silences)} ms`);
});

test('sound that is more than a quarter of a second late is moved at once, with a fade', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const steps = stepMeter();
  let offsetMs = 0;

  simulate(source, { ppm: 0, burstMs: 1000 }, 2, (out, nowMs) => {
    steps.look(out);
    if (nowMs > 1040 && nowMs < 1080) {
      offsetMs = source.regulation().offsetMs;
    }
  });

  assert(Math.abs(offsetMs) < 3, `still ${offsetMs} ms off`);
  assert(steps.most() < STEEPEST * 1.3, `a step of ${steps.most()}`);
});

test('more sound than anybody could hear is forgotten from its old end', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  for (let packet = 0; packet < 1000; packet += 1) {
    source.write(PACKET, packet * 0.1);
  }
  const out = new Float32Array(BLOCK * 2);

  assert(source.read(out, BLOCK, 70));
  for (let packet = 0; packet < 1000; packet += 1) {
    source.write(PACKET, 100 + packet * 0.03);
  }

  assert(source.read(out, BLOCK, 103));
});

test('samples are the same however the stream is cut', () => {
  const stream = Buffer.alloc(4800 * 4);
  for (let i = 0; i < 4800; i += 1) {
    stream.writeInt16LE(i * 3, i * 4);
    stream.writeInt16LE(-i * 3, i * 4 + 2);
  }
  const read = (source: PcmSource): Float32Array => {
    const out = new Float32Array(BLOCK * 2);
    source.read(out, BLOCK, 60);
    return out;
  };
  const whole = createPcmSource({ delayMs: DELAY_MS });
  whole.write(stream, 100);
  const expected = read(whole);
  assert(expected[BLOCK]! > 0);

  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 1001 }), { minLength: 1, maxLength: 20 }), (cuts) => {
      const source = createPcmSource({ delayMs: DELAY_MS });
      for (let at = 0, index = 0; at < stream.length; index += 1) {
        const length = cuts[index % cuts.length]!;
        source.write(stream.subarray(at, at + length), 100);
        at += length;
      }

      assert.deepEqual(read(source), expected);
    }),
  );
});

test('a source on our own clock is copied bit for bit, in spite of jitter', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const levels = new Set<number>();
  for (let i = 0; i < 480; i += 1) {
    levels.add(PACKET.readInt16LE(i * 4) / 32_768);
  }
  let strangers = 0;

  simulate(source, { ppm: 0, jitterMs: 3 }, 60, (out, nowMs) => {
    if (nowMs > 1000) {
      for (let i = 0; i < BLOCK; i += 1) {
        strangers += levels.has(out[i * 2]!) ? 0 : 1;
      }
    }
  });

  assert.equal(strangers, 0);
});

for (const ppm of [300, -300]) {
  test(`a sound card ${ppm} ppm off stays within 10 ms for a quarter of an hour, without a break`, () => {
    const source = createPcmSource({ delayMs: DELAY_MS });
    const steps = stepMeter();
    let farthestMs = 0;
    let silences = 0;

    simulate(source, { ppm, jitterMs: 6 }, 900, (out, nowMs, hasSound) => {
      steps.look(out);
      if (nowMs > 1000) {
        farthestMs = Math.max(farthestMs, Math.abs(source.regulation().offsetMs));
        silences += hasSound ? 0 : 1;
      }
    });

    assert(farthestMs < 10, `${farthestMs} ms off`);
    assert(steps.most() < STEEPEST, `a step of ${steps.most()}`);
    assert.equal(silences, 0);
    assert(Math.abs(source.regulation().driftPpm - ppm) < 30, `drift read as ${source.regulation().driftPpm} ppm`);
  });
}

test('delay that one hiccup made necessary is taken back without a break, so that sound is beside its picture again', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const steps = stepMeter();
  let mostDelayMs = 0;
  let mostOffsetMs = 0;
  let silences = 0;

  simulate(source, { ppm: 100, outage: [5000, 5300] }, 180, (out, nowMs, hasSound) => {
    const { delayMs, offsetMs } = source.regulation();
    mostDelayMs = Math.max(mostDelayMs, delayMs);
    mostOffsetMs = Math.max(mostOffsetMs, offsetMs);
    steps.look(out);
    if (nowMs > 6000) {
      silences += hasSound ? 0 : 1;
    }
  });

  assert(mostDelayMs > DELAY_MS && mostOffsetMs > 10, `${mostDelayMs} ms, ${mostOffsetMs} ms late`);
  const { delayMs, offsetMs } = source.regulation();
  assert.equal(delayMs, DELAY_MS);
  assert(Math.abs(offsetMs) < 5, `${offsetMs} ms`);
  assert(steps.most() < STEEPEST * 1.3, `a step of ${steps.most()}`);
  assert.equal(silences, 0);
});

test('a source that needs its delay now and then keeps it longer each time', () => {
  const source = createPcmSource({ delayMs: DELAY_MS });
  const out = new Float32Array(BLOCK * 2);
  let packets = 0;
  let breaks = 0;
  let hadSound = true;

  for (let block = 0; block < 30 * 1800; block += 1) {
    const nowMs = (block + 1) * PERIOD_MS;
    // Once a minute nothing comes for 100 ms, and then all of it at once.
    const isHeldUp = nowMs % 60_000 > 59_900;
    for (; !isHeldUp && packets * 10 <= nowMs; packets += 1) {
      source.write(PACKET, nowMs);
    }
    const hasSound = source.read(out, BLOCK, nowMs - PERIOD_MS);
    breaks += hadSound && !hasSound && nowMs > 1000 ? 1 : 0;
    hadSound = hasSound;
  }

  assert(breaks < 15, `${breaks} breaks in 30 minutes`);
});

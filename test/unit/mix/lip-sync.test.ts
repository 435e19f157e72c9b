import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPcmSource } from '../../../src-main/core/mix/pcm-source.ts';
import { createRawSource } from '../../../src-main/core/mix/raw-source.ts';
import { PRESENTATION_DELAY_MS, pictureDelayMs } from '../../../src-main/core/mix/source.ts';
import { createTestSource } from '../../../src-main/core/mix/test-source.ts';
import { decodeMark } from '../../../src-main/shared/test-mark.ts';

/**
 * Somebody films and records the test picture, which flashes and beeps with every second, with a camera and a microphone whose clocks are
 * wrong. What comes out of the mixer's sources is compared as viewers get it: programme frames and samples. All clocks are counted, none is
 * waited for.
 */
const WIDTH = 128;
const HEIGHT = 72;
const PERIOD_MS = 1000 / 30;
const BLOCK = 1600;
const SAMPLES_PER_MS = 48;
const PACKET_MS = 20;
const PACKET = PACKET_MS * SAMPLES_PER_MS;
/** From the world to our pipe, for both. */
const LATENCY_MS = 35;
const EPOCH_MS = Date.UTC(2030, 0, 1);

type Devices = {
  readonly minutes: number;
  /** How much faster the clocks run than ours. */
  readonly microphonePpm: number;
  readonly cameraPpm: number;
  readonly jitterMs: number;
  /** The cable is out from here to there. */
  readonly unplugged?: readonly [fromMs: number, untilMs: number];
};

type Skew = {
  readonly atMinute: number;
  /** Positive when the sound comes later than the picture. */
  readonly ms: number;
};

/** Repeatable numbers from 0 to 1. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

function isFlashing(luma: Uint8Array): boolean {
  const line = Math.floor(HEIGHT * 0.3) * WIDTH;
  const bright = Array.from({ length: 16 }, (_, index) => luma[line + index * 8 + 4]!).filter(
    (value) => value > 210,
  );
  return bright.length >= 12;
}

/** What viewers see and hear of one second in every five minutes, and what the source says of itself in the end. */
function film(devices: Devices) {
  const scene = createTestSource(WIDTH, HEIGHT);
  const raw = createRawSource({
    width: WIDTH,
    height: HEIGHT,
    delayMs: pictureDelayMs(PERIOD_MS),
    periodMs: PERIOD_MS,
  });
  const pcm = createPcmSource({ delayMs: PRESENTATION_DELAY_MS });
  const random = randomFrom(11);
  const packetMs = PACKET_MS / (1 + devices.microphonePpm / 1e6);
  const cameraMs = PERIOD_MS / (1 + devices.cameraPpm / 1e6);
  const endMs = devices.minutes * 60_000;
  const checksMs = Array.from(
    { length: Math.floor(devices.minutes / 5) },
    (_, index) => (index + 1) * 300_000 - 2000,
  );
  const silence = Buffer.alloc(PACKET * 4);
  const beep = Buffer.alloc(PACKET * 4);
  const sound = new Float32Array(PACKET * 2);
  const out = new Float32Array(BLOCK * 2);
  const skews: Skew[] = [];
  let packet = 0;
  let packetAtMs = packetMs + LATENCY_MS;
  let frame = 0;
  let check = 0;
  let heardMs: number | undefined;
  let seen: { readonly shownMs: number; readonly filmedMs: number } | undefined;

  /** A packet of what the microphone heard until now. */
  function record(index: number): Buffer {
    const beginMs = index * packetMs;
    if (Math.abs(beginMs - checksMs[check]!) > 500) {
      return silence;
    }
    scene.sound(sound, PACKET, Math.round((EPOCH_MS + beginMs) * SAMPLES_PER_MS));
    sound.forEach((value, at) => beep.writeInt16LE(Math.round(value * 32_767), at * 2));
    return beep;
  }

  for (let tick = 1; tick * PERIOD_MS < endMs; tick += 1) {
    const nowMs = tick * PERIOD_MS;
    const isNear = check < checksMs.length && Math.abs(nowMs - checksMs[check]!) < 700;
    while (packetAtMs <= nowMs) {
      const isThere =
        devices.unplugged === undefined || packetAtMs < devices.unplugged[0] || packetAtMs >= devices.unplugged[1];
      if (isThere) {
        pcm.write(record(packet), packetAtMs);
      }
      packet += 1;
      packetAtMs = Math.max(packetAtMs, (packet + 1) * packetMs + LATENCY_MS + random() * devices.jitterMs);
    }
    if (isNear) {
      for (frame = Math.max(frame, Math.floor((nowMs - 700) / cameraMs)); ; frame += 1) {
        const arrivedMs = frame * cameraMs + LATENCY_MS + random() * devices.jitterMs;
        if (arrivedMs > nowMs) {
          break;
        }
        raw.push(scene.picture(frame, EPOCH_MS + frame * cameraMs).bytes, arrivedMs);
      }
      const shown = raw.at(nowMs);
      if (seen === undefined && shown !== undefined && isFlashing(shown.bytes)) {
        const mark = decodeMark(shown.bytes, WIDTH, HEIGHT);
        assert(mark !== undefined, 'the picture is whole');
        seen = { shownMs: nowMs, filmedMs: mark.utcMs - EPOCH_MS };
      }
    }
    // As in the programme: the sound of the frame that has just passed.
    pcm.read(out, BLOCK, nowMs - PERIOD_MS);
    if (isNear && heardMs === undefined) {
      const first = out.findIndex((value) => Math.abs(value) > 0.03);
      heardMs = first < 0 ? undefined : nowMs - PERIOD_MS + (first >> 1) / SAMPLES_PER_MS;
    }
    if (check < checksMs.length && nowMs > checksMs[check]! + 700) {
      assert(seen !== undefined && heardMs !== undefined, `flash and beep at ${checksMs[check]!} ms`);
      const soundTookMs = heardMs - checksMs[check]!;
      const pictureTookMs = seen.shownMs - seen.filmedMs;
      skews.push({ atMinute: Math.round(checksMs[check]! / 60_000), ms: soundTookMs - pictureTookMs });
      check += 1;
      heardMs = undefined;
      seen = undefined;
    }
  }
  return { skews, regulation: pcm.regulation() };
}

function worst(skews: readonly Skew[]): number {
  return Math.max(...skews.map(({ ms }) => Math.abs(ms)));
}

test('after two hours with clocks that would be 2 s apart, flash and beep are within 20 ms all the time', () => {
  const { skews, regulation } = film({ minutes: 121, microphonePpm: 240, cameraPpm: -40, jitterMs: 4 });

  assert.equal(skews.length, 24);
  assert.equal(skews.at(-1)?.atMinute, 120);
  assert(worst(skews) <= 20, JSON.stringify(skews));
  assert(Math.abs(regulation.driftPpm - 240) < 30, `${regulation.driftPpm} ppm`);
  assert(Math.abs(regulation.offsetMs) < 5, `${regulation.offsetMs} ms`);
});

test('a microphone that is too slow and was unplugged for half a minute is together with the picture again', () => {
  const { skews, regulation } = film({
    minutes: 16,
    microphonePpm: -300,
    cameraPpm: 100,
    jitterMs: 4,
    unplugged: [420_000, 450_000],
  });

  assert.equal(skews.length, 3);
  assert(worst(skews) <= 20, JSON.stringify(skews));
  assert(Math.abs(regulation.driftPpm + 300) < 30, `${regulation.driftPpm} ppm`);
});

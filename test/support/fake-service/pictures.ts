import type { StudioState } from '../../../src-main/shared/api/studio.ts';
import { PREVIEW_METERS, PREVIEW_PICTURE, writePreviewHeader } from '../../../src-main/shared/preview-stream.ts';

/** One slide of a talk in I420, with a bar that moves, so that a picture that stands still is seen. */
function paintPicture(width: number, height: number, frame: number, source: string | undefined): Uint8Array {
  const luma = width * height;
  const bytes = new Uint8Array((luma * 3) / 2);
  const look = LOOKS[source ?? ''] ?? LOOKS['slate'] ?? [16, 128, 128];
  bytes.fill(look[0], 0, luma);
  bytes.fill(look[1], luma, luma + luma / 4);
  bytes.fill(look[2], luma + luma / 4);
  const block = (
    x: number,
    y: number,
    w: number,
    h: number,
    [level, u, v]: readonly [number, number, number],
  ): void => {
    const even = (value: number): number => Math.round(value / 2) * 2;
    const left = even(x * width);
    const top = even(y * height);
    const right = even((x + w) * width);
    const bottom = even((y + h) * height);
    for (let row = top; row < bottom; row += 1) {
      bytes.fill(level, row * width + left, row * width + right);
      const chroma = luma + (row >> 1) * (width / 2);
      bytes.fill(u, chroma + left / 2, chroma + right / 2);
      bytes.fill(v, chroma + luma / 4 + left / 2, chroma + luma / 4 + right / 2);
    }
  };
  if (source === 'test') {
    BARS.forEach((colour, index) => block(index / 8, 0, 1 / 8, 0.72, colour));
    block(0, 0.72, 1, 0.28, [36, 128, 128]);
    block(((frame * 4) % 600) / 640, 0.8, 0.06, 0.1, [235, 128, 128]);
  } else if (source === 'camera') {
    block(0.36, 0.18, 0.28, 0.42, [150, 110, 152]);
    block(0.24, 0.62, 0.52, 0.38, [70, 138, 122]);
    block(0.42 + Math.sin(frame / 20) * 0.005, 0.33, 0.03, 0.03, [40, 128, 128]);
    block(0.55 + Math.sin(frame / 20) * 0.005, 0.33, 0.03, 0.03, [40, 128, 128]);
    block(0.45, 0.48, 0.1, 0.025, [90, 118, 150]);
  } else if (source === 'screen') {
    block(0.07, 0.11, 0.5, 0.075, [52, 132, 124]);
    block(0.07, 0.22, 0.34, 0.03, [140, 128, 128]);
    [0.36, 0.44, 0.52, 0.6].forEach((y, index) => {
      block(0.07, y, 0.015, 0.026, [120, 112, 100]);
      block(0.1, y, [0.36, 0.31, 0.38, 0.24][index] ?? 0.3, 0.026, [95, 128, 128]);
    });
    [0.3, 0.52, 0.42, 0.66, 0.78].forEach((tall, index) => {
      block(0.58 + index * 0.072, 0.8 - tall * 0.55, 0.048, tall * 0.55, [120, 116 - index * 2, 96]);
    });
    block(0.07, 0.9, 0.86 * ((frame % 900) / 900), 0.012, [120, 112, 100]);
    block(0.07, 0.88, 0.86, 0.004, [190, 128, 128]);
  }
  return bytes;
}

const LOOKS: Readonly<Record<string, readonly [number, number, number]>> = {
  screen: [228, 127, 129],
  camera: [58, 134, 124],
  test: [16, 128, 128],
  slate: [34, 126, 124],
};

/** 75 % bars, BT.709. */
const BARS: readonly (readonly [number, number, number])[] = [
  [180, 128, 128],
  [168, 44, 136],
  [145, 147, 44],
  [133, 63, 52],
  [63, 193, 204],
  [51, 109, 212],
  [28, 212, 120],
  [16, 128, 128],
];

export function pictureMessage(
  width: number,
  height: number,
  frame: number,
  wallMs: number,
  studio: StudioState,
): Buffer {
  const bytes = paintPicture(width, height, frame, lookOf(studio));
  return Buffer.concat([
    writePreviewHeader({ length: bytes.length, kind: PREVIEW_PICTURE, width, wallMs }),
    bytes,
  ]);
}

function lookOf({ scene, sources }: StudioState): string | undefined {
  return scene.kind === 'single'
    ? sources.find((source) => source.spec.id === scene.source && source.state !== 'lost')?.spec.kind
    : undefined;
}

/** Speech-like levels: they come and go, and a muted input has none. `silent` are the inputs that give nothing. */
export function metersMessage(
  frame: number,
  wallMs: number,
  studio: StudioState,
  silent: ReadonlySet<string>,
): Buffer {
  const inputs = studio.audio.map(({ id, muted, gainDb }, index) => {
    const speech = Math.max(0, Math.sin(frame / 7 + index * 2) * 0.6 + Math.sin(frame / 2.3 + index) * 0.4);
    const level = muted || silent.has(id) ? -120 : Math.max(-72, -48 + speech * 34 + gainDb);
    const lufs = Math.max(-120, level + 1.4);
    return { id, peakDb: Math.min(0, level + 7), rmsDb: level, lufs, shortTermLufs: lufs, clips: 0 };
  });
  const loudest = inputs.reduce((most, input) => Math.max(most, input.rmsDb), -120);
  const programme = {
    id: 'programme',
    peakDb: Math.min(0, loudest + 7),
    rmsDb: loudest,
    lufs: loudest <= -100 ? -120 : loudest + 1.4,
    shortTermLufs: loudest <= -100 ? -120 : -21.6,
    loudnessGainDb: 0,
  };
  const json = Buffer.from(JSON.stringify([...inputs, programme]));
  return Buffer.concat([
    writePreviewHeader({ length: json.length, kind: PREVIEW_METERS, width: 0, wallMs }),
    json,
  ]);
}

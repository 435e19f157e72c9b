import { type Picture, pictureBytes } from './picture.ts';

/**
 * Small pictures for the presenter. A pixel is the mean of the four source pixels in the middle of its area: for 720p to 320×180 that is a
 * fifth of a millisecond, and good enough for a thumbnail; a full box filter costs four times as much.
 */
export type Downscaler = {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  /** Draws `source` into `target`, I420 of `width` × `height`. */
  scale(source: Picture, target: Uint8Array): void;
};

/** `wantedWidth` is made even and not larger than the source; the height keeps the shape. */
export function createDownscaler(sourceWidth: number, sourceHeight: number, wantedWidth: number): Downscaler {
  const width = Math.max(2, Math.min(sourceWidth, Math.floor(wantedWidth / 2) * 2));
  const height = Math.max(2, Math.round((width * sourceHeight) / sourceWidth / 2) * 2);
  const luma = createPlaneScaler(sourceWidth, sourceHeight, width, height);
  const chroma = createPlaneScaler(sourceWidth / 2, sourceHeight / 2, width / 2, height / 2);
  const sourceLuma = sourceWidth * sourceHeight;
  const targetLuma = width * height;

  return {
    width,
    height,
    bytes: pictureBytes(width, height),
    scale({ bytes }, target) {
      luma(bytes, 0, target, 0);
      chroma(bytes, sourceLuma, target, targetLuma);
      chroma(bytes, (sourceLuma * 5) / 4, target, (targetLuma * 5) / 4);
    },
  };
}

type PlaneScaler = (source: Uint8Array, from: number, target: Uint8Array, to: number) => void;

function createPlaneScaler(sourceWidth: number, sourceHeight: number, width: number, height: number): PlaneScaler {
  if (width === sourceWidth && height === sourceHeight) {
    return (source, from, target, to) => target.set(source.subarray(from, from + width * height), to);
  }
  if (width * 2 === sourceWidth && height * 2 === sourceHeight && width % 2 === 0) {
    return (source, from, target, to) => halvePlane(source, from, target, to, width, height);
  }
  const columns = middles(sourceWidth, width);
  const rows = middles(sourceHeight, height);
  return (source, from, target, to) => {
    let at = to;
    for (let y = 0; y < height; y += 1) {
      const row = rows[y] ?? 0;
      const upper = from + row * sourceWidth;
      const lower = row + 1 < sourceHeight ? upper + sourceWidth : upper;
      for (let x = 0; x < width; x += 1) {
        const column = columns[x] ?? 0;
        const sum =
          (source[upper + column] ?? 0) +
          (source[upper + column + 1] ?? 0) +
          (source[lower + column] ?? 0) +
          (source[lower + column + 1] ?? 0);
        target[at] = (sum + 2) >> 2;
        at += 1;
      }
    }
  };
}

/**
 * Two by two pixels into one, the commonest case, two of them at a time: in a word of four source pixels the even and the odd ones are apart by
 * a byte, so that their sums of up to ten bits fit into its halves. Twice as fast as pixel by pixel.
 */
function halvePlane(
  source: Uint8Array,
  from: number,
  target: Uint8Array,
  to: number,
  width: number,
  height: number,
): void {
  const words = wordsOf(source, from, width * height * 4);
  const lineWords = width / 2;
  let at = to;
  for (let y = 0; y < height; y += 1) {
    const upper = y * 2 * lineWords;
    for (let x = upper; x < upper + lineWords; x += 1) {
      const above = words[x] ?? 0;
      const below = words[x + lineWords] ?? 0;
      const sums =
        (above & 0xff00ff) +
        ((above >>> 8) & 0xff00ff) +
        (below & 0xff00ff) +
        ((below >>> 8) & 0xff00ff) +
        0x20002;
      target[at] = sums >>> 2;
      target[at + 1] = sums >>> 18;
      at += 2;
    }
  }
}

/** Some bytes as little-endian words; every system Lectern runs on is little-endian. */
function wordsOf(bytes: Uint8Array, from: number, length: number): Uint32Array {
  const start = bytes.byteOffset + from;
  if (start % 4 === 0) {
    return new Uint32Array(bytes.buffer, start, length / 4);
  }
  return new Uint32Array(Uint8Array.from(bytes.subarray(from, from + length)).buffer);
}

/** For each target position the first of the two source positions around the middle of its area. */
function middles(source: number, target: number): Uint32Array {
  return Uint32Array.from({ length: target }, (_, index) =>
    Math.max(0, Math.min(source - 2, Math.round(((index + 0.5) * source) / target) - 1)),
  );
}

/** Whether a frame is among those that a lower rate picks: evenly spread, the same ones for everybody. */
export function isPicked(frame: number, periodMs: number, frameRate: number): boolean {
  const share = Math.min(1, (frameRate * periodMs) / 1000);
  return Math.floor((frame + 1) * share) !== Math.floor(frame * share);
}

export type PreviewSettings = { readonly width: number; readonly frameRate: number };

/** Hands a small picture on. `onFlushed` is called once, when its bytes may be drawn into again. */
export type SendPicture = (width: number, wallMs: number, bytes: Buffer, onFlushed: () => void) => void;

/** Pictures on their way at the same time; with all of them in the socket the reader is behind and gets the next one instead. */
const BUFFERS = 4;

export type Preview = {
  /** Sends the frame if it is one of those asked for. */
  show(frame: number, wallMs: number, picture: Picture): void;
};

export function createPreview(
  canvas: { readonly width: number; readonly height: number },
  periodMs: number,
  settings: PreviewSettings,
  send: SendPicture,
): Preview {
  const scaler = createDownscaler(canvas.width, canvas.height, settings.width);
  const spare = Array.from({ length: BUFFERS }, () => Buffer.alloc(scaler.bytes));

  return {
    show(frame, wallMs, picture) {
      if (!isPicked(frame, periodMs, settings.frameRate)) {
        return;
      }
      const bytes = spare.pop();
      if (bytes !== undefined) {
        scaler.scale(picture, bytes);
        send(scaler.width, wallMs, bytes, () => spare.push(bytes));
      }
    },
  };
}

import { z } from 'zod';
import {
  PREVIEW_HEADER_BYTES,
  PREVIEW_METERS,
  PREVIEW_PICTURE,
  readPreviewHeader,
} from '../../src-main/shared/preview-stream.ts';
import type { Lectern } from './lectern-process.ts';

/** What the programme shows and how loud it is, now, as the studio's page gets it. */
export type StudioPreview = Disposable & {
  /** A point of the picture, 0…1 from the left and the top; 0 before the first one. */
  readonly pixel: (x: number, y: number) => { readonly y: number; readonly u: number; readonly v: number };
  /** The loudest peak, dBFS. */
  readonly level: () => number;
};

const WIDTH = 160;
const levels = z.array(z.looseObject({ peakDb: z.number() }));

export async function openStudioPreview({ controlUrl, token }: Lectern): Promise<StudioPreview> {
  const stop = new AbortController();
  const response = await fetch(`${controlUrl}/api/v1/studio/preview?width=${WIDTH}&frameRate=30`, {
    headers: { Authorization: `Bearer ${token}` },
    signal: stop.signal,
  });
  let picture = { width: 0, height: 0, bytes: Buffer.alloc(0) };
  let level = -Infinity;
  let buffer = Buffer.alloc(0);

  function takeMessages(): void {
    while (buffer.length >= PREVIEW_HEADER_BYTES) {
      const { kind, width, length } = readPreviewHeader(buffer);
      const end = PREVIEW_HEADER_BYTES + length;
      if (buffer.length < end) {
        return;
      }
      const payload = buffer.subarray(PREVIEW_HEADER_BYTES, end);
      if (kind === PREVIEW_PICTURE) {
        picture = { width, height: (length * 2) / (width * 3), bytes: payload };
      } else if (kind === PREVIEW_METERS) {
        const readings = levels.parse(JSON.parse(payload.toString()));
        level = Math.max(...readings.map(({ peakDb }) => peakDb));
      }
      buffer = buffer.subarray(end);
    }
  }

  async function read(): Promise<void> {
    try {
      for await (const part of response.body ?? []) {
        buffer = Buffer.concat([buffer, part]);
        takeMessages();
      }
    } catch {
      // The test has ended it.
    }
  }
  void read();

  return {
    pixel(x, y) {
      const { width, height, bytes } = picture;
      const [column, row] = [Math.floor(x * (width - 1)), Math.floor(y * (height - 1))];
      const chroma = Math.floor(row / 2) * (width / 2) + Math.floor(column / 2);
      return {
        y: bytes[row * width + column] ?? 0,
        u: bytes[width * height + chroma] ?? 0,
        v: bytes[(width * height * 5) / 4 + chroma] ?? 0,
      };
    },
    level: () => level,
    [Symbol.dispose]: () => stop.abort(),
  };
}

import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../shared/app-error.ts';

/** Spec 2.11. */
const MAX_BYTES = 3 * 1024 * 1024;
const MAX_WIDTH = 1920;
const MAX_HEIGHT = 1080;

const SLATE_FILE = 'slate.jpg';

export type Slates = {
  /** Makes the picture the only file of an asset. Throws `live/slate-invalid`, `resource/in-use` when there is a recording in it. */
  put(assetName: string, picture: Uint8Array): Promise<void>;
  /** The picture of an asset. Throws `live/slate-invalid` when it has none or one that cannot be shown, `resource/not-found`. */
  read(assetName: string): Promise<Uint8Array>;
};

/** Pictures that stand in for the programme: each an asset of one JPEG, as in AMS v2 (spec 2.11). */
export function createSlates(options: {
  /** Throws `resource/not-found` when there is no such asset. */
  readonly folderOf: (assetName: string) => string;
  /** Replaces the file as a whole. */
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
}): Slates {
  return {
    async put(assetName, picture) {
      const folder = options.folderOf(assetName);
      checkSlate(picture, assetName);
      const others = (await namesIn(folder)).filter((name) => name !== SLATE_FILE);
      if (others.length > 0) {
        throw new AppError(
          'resource/in-use',
          `The asset ${assetName} holds a recording; a slate needs an asset of its own.`,
          {
            details: { asset: assetName },
          },
        );
      }
      await mkdir(folder, { recursive: true });
      await options.writeFile(join(folder, SLATE_FILE), picture);
    },
    async read(assetName) {
      const folder = options.folderOf(assetName);
      const [file, ...others] = await namesIn(folder);
      if (file === undefined || others.length > 0 || !/\.jpe?g$/i.test(file)) {
        throw unusable(assetName, 'it must hold exactly one file, a .jpg');
      }
      const picture = await readFile(join(folder, file));
      checkSlate(picture, assetName);
      return picture;
    },
  };
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // An asset has no folder before something is in it.
    return [];
  }
}

/** Throws `live/slate-invalid` unless the bytes are a JPEG of at most 1920x1080 and 3 MB. */
export function checkSlate(picture: Uint8Array, assetName: string): void {
  if (picture.length > MAX_BYTES) {
    throw unusable(assetName, `it has ${picture.length} bytes, and at most ${MAX_BYTES} are taken`);
  }
  const size = jpegSize(picture);
  if (size === undefined) {
    throw unusable(assetName, 'it is no JPEG');
  }
  if (size.width > MAX_WIDTH || size.height > MAX_HEIGHT) {
    throw unusable(
      assetName,
      `it is ${size.width}x${size.height}, and at most ${MAX_WIDTH}x${MAX_HEIGHT} is taken`,
    );
  }
}

function unusable(assetName: string, why: string): AppError {
  return new AppError(
    'live/slate-invalid',
    `The slate ${assetName} cannot be used: ${why}. Nothing was changed.`,
    {
      details: { asset: assetName, why },
    },
  );
}

const END_OF_IMAGE = Buffer.from([0xff, 0xd9]);

/** Markers without a length: TEM and RST0 to 7 (ITU-T T.81 table B.1). */
const isAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15 but for DHT, JPG and DAC, which share their numbers. */
const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** Width and height of the frame header (ITU-T T.81 B.2.2); undefined when the bytes are no JPEG up to there, or have no end. */
function jpegSize(bytes: Uint8Array): { readonly width: number; readonly height: number } | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  // Some programs write something of their own behind the end.
  const hasEnd = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(END_OF_IMAGE);
  if (!hasEnd || view.getUint16(0) !== 0xffd8) {
    return undefined;
  }
  let at = 2;
  while (at + 9 <= bytes.length && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff || isAlone(marker)) {
      at += marker === 0xff ? 1 : 2;
    } else if (isFrame(marker)) {
      const [height, width] = [view.getUint16(at + 5), view.getUint16(at + 7)];
      return width > 0 && height > 0 ? { width, height } : undefined;
    } else {
      at += 2 + Math.max(2, view.getUint16(at + 2));
    }
  }
  return undefined;
}

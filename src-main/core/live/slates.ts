import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { jpegSize } from '../../media/image-size.ts';
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

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ImageHeader, readImageHeader } from '../../../media/image-size.ts';
import type { SceneImage } from '../../../shared/api/scenes.ts';
import { AppError } from '../../../shared/app-error.ts';

const MOST_SIDE = 4096;
const MOST_IMAGES = 40;

export type KeptImage = SceneImage & {
  readonly type: ImageHeader['type'];
  /** Another one for other contents. */
  readonly version: string;
};

/** The pictures that scenes and the logo may use: files beside the catalogue, each as it was sent. */
export type SceneImages = {
  /** Finds what is there; what is no picture any more is passed over. */
  load(): Promise<void>;
  list(): readonly KeptImage[];
  get(id: string): KeptImage | undefined;
  /** Throws `resource/not-found`. */
  read(id: string): Promise<{ readonly type: ImageHeader['type']; readonly bytes: Uint8Array }>;
  /** Replaces the one of that name. Throws `request/invalid` for what is no picture that can be taken, `resource/quota`. */
  put(id: string, bytes: Uint8Array): Promise<KeptImage>;
  remove(id: string): Promise<void>;
};

const EXTENSIONS: Readonly<Record<ImageHeader['type'], string>> = { png: 'png', jpeg: 'jpg' };

export function createSceneImages(options: {
  readonly folder: string;
  /** Replaces the file as a whole. */
  readonly writeFile: (path: string, bytes: Uint8Array) => Promise<void>;
}): SceneImages {
  const { folder } = options;
  const images = new Map<string, KeptImage>();

  const pathOf = ({ id, type }: Pick<KeptImage, 'id' | 'type'>): string =>
    join(folder, `${id}.${EXTENSIONS[type]}`);

  function need(id: string): KeptImage {
    const image = images.get(id);
    if (image === undefined) {
      throw new AppError('resource/not-found', `There is no picture ${id}.`, { details: { image: id } });
    }
    return image;
  }

  return {
    async load() {
      for (const file of await namesIn(folder)) {
        const id = file.replace(/\.[^.]*$/, '');
        const bytes = await readFile(join(folder, file));
        const header = readImageHeader(bytes);
        if (header !== undefined && file === `${id}.${EXTENSIONS[header.type]}`) {
          images.set(id, { id, ...header, version: versionOf(bytes) });
        }
      }
    },
    list: () => [...images.values()],
    get: (id) => images.get(id),
    async read(id) {
      const image = need(id);
      return { type: image.type, bytes: await readFile(pathOf(image)) };
    },
    async put(id, bytes) {
      const header = check(bytes);
      const before = images.get(id);
      if (before === undefined && images.size >= MOST_IMAGES) {
        throw new AppError('resource/quota', `There are ${MOST_IMAGES} pictures already. Delete one first.`, {
          details: { most: MOST_IMAGES },
        });
      }
      const image = { id, ...header, version: versionOf(bytes) };
      await mkdir(folder, { recursive: true });
      await options.writeFile(pathOf(image), bytes);
      images.set(id, image);
      if (before !== undefined && before.type !== image.type) {
        await rm(pathOf(before), { force: true });
      }
      return image;
    },
    async remove(id) {
      await rm(pathOf(need(id)), { force: true });
      images.delete(id);
    },
  };
}

function check(bytes: Uint8Array): ImageHeader {
  const header = readImageHeader(bytes);
  if (header === undefined) {
    throw refused('it is neither a PNG nor a JPEG');
  }
  if (header.width > MOST_SIDE || header.height > MOST_SIDE) {
    throw refused(`it is ${header.width} × ${header.height}, and at most ${MOST_SIDE} × ${MOST_SIDE} is taken`);
  }
  return header;
}

function refused(why: string): AppError {
  return new AppError('request/invalid', `The picture cannot be used: ${why}. Nothing was changed.`, {
    details: { field: 'body', why },
  });
}

function versionOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 16);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch {
    // It is made with the first picture.
    return [];
  }
}

import type { MixerImage } from '../ports/mixer.ts';
import { type Picture, pictureBytes } from './picture.ts';
import { cutStencil, type Stencil } from './stencil.ts';

/** A still that layers name, ready to be drawn. */
export type StoredImage = {
  readonly picture: Picture;
  readonly stencil: Stencil | undefined;
  readonly version: number;
};

export type ImageStore = {
  /** False when its bytes are not of its size; then there is none of that name. */
  set(id: string, image: MixerImage | undefined): boolean;
  get(id: string): StoredImage | undefined;
};

export function createImageStore(): ImageStore {
  const images = new Map<string, StoredImage>();
  let versions = 0;
  return {
    set(id, image) {
      images.delete(id);
      if (image === undefined) {
        return true;
      }
      const { width, height } = image;
      const bytes = Buffer.from(image.picture, 'base64');
      const alpha = Buffer.from(image.alpha, 'base64');
      if (bytes.length !== pictureBytes(width, height) || alpha.length !== width * height) {
        return false;
      }
      versions += 1;
      const picture = { bytes, width, height };
      images.set(id, { picture, stencil: cutStencil(alpha, width, height), version: versions });
      return true;
    },
    get: (id) => images.get(id),
  };
}

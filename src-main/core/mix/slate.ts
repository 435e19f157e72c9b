import { renderText, type TextImage } from './font.ts';
import { createPicture, fillRectangle, type Picture } from './picture.ts';

const SLATE_TEXT = 'Back in a moment';

/** A dark blue that is easy on the eye and on the encoder; the luma runs down the picture. */
const TOP_LUMA = 52;
const BOTTOM_LUMA = 30;
const TINT = { u: 138, v: 122 };
const TEXT_LUMA = 200;

/** What viewers see while there is nothing to show. Drawn once; a still picture costs the encoder next to nothing. */
export function createSlate(width: number, height: number, text = SLATE_TEXT): Picture {
  const picture = createPicture(width, height);
  for (let y = 0; y < height; y += 2) {
    const luma = Math.round(TOP_LUMA + ((BOTTOM_LUMA - TOP_LUMA) * y) / height);
    fillRectangle(picture, { x: 0, y, width, height: 2 }, { y: luma, ...TINT });
  }
  // A twelfth of the height, or smaller when that is wider than two thirds of the picture.
  const tall = Math.max(7, Math.floor(height / 12));
  const fits = Math.min(1, (width * 2) / 3 / renderText(text, tall).width);
  const image = renderText(text, Math.max(7, Math.floor(tall * fits)));
  drawText(
    picture,
    image,
    Math.floor((width - image.width) / 2),
    Math.floor((height - image.height) / 2),
    TEXT_LUMA,
  );
  return picture;
}

/** Blends text into the luma plane; what reaches beyond the picture is left out. */
export function drawText(picture: Picture, image: TextImage, x: number, y: number, luma: number): void {
  for (let line = Math.max(0, -y); line < image.height && y + line < picture.height; line += 1) {
    for (let column = Math.max(0, -x); column < image.width && x + column < picture.width; column += 1) {
      const coverage = image.coverage[line * image.width + column] ?? 0;
      const at = (y + line) * picture.width + x + column;
      const below = picture.bytes[at] ?? 0;
      picture.bytes[at] = below + Math.round(((luma - below) * coverage) / 255);
    }
  }
}

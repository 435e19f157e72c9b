import type { Area, Colour } from '../ports/mixer.ts';
import { renderText, type TextImage } from './font.ts';
import { createPicture, fillRectangle, type Picture } from './picture.ts';
import { cutStencil, type Stencil } from './stencil.ts';

/** The time that is left as a picture of its box. Drawn once a second, which takes a millisecond or two. */
export type Countdown = (
  wallMs: number,
) => { readonly picture: Picture; readonly stencil: Stencil | undefined; readonly text: string } | undefined;

/** Every figure has a place of the same width, so that the others stand still while one changes. In heights of a line. */
const FIGURE_WIDTH = 0.86;
const COLON_WIDTH = 0.5;

export function createCountdown({ width, height }: Area, untilMs: number, colour: Colour): Countdown {
  const picture = createPicture(width, height);
  fillRectangle(picture, { x: 0, y: 0, width, height }, colour);
  const characters = new Map<string, TextImage>();
  let drawn: ReturnType<Countdown>;

  function imageOf(character: string, lineHeight: number): TextImage {
    const key = `${character}${lineHeight}`;
    const image = characters.get(key) ?? renderText(character, lineHeight);
    characters.set(key, image);
    return image;
  }

  function coverageOf(text: string): Uint8Array {
    const places = Array.from(text, (character) => (character === ':' ? COLON_WIDTH : FIGURE_WIDTH));
    const heights = places.reduce((sum, place) => sum + place, 0);
    const lineHeight = Math.max(7, Math.floor(Math.min(height, width / heights)));
    const coverage = new Uint8Array(width * height);
    const top = Math.max(0, Math.floor((height - lineHeight) / 2));
    let left = (width - heights * lineHeight) / 2;
    Array.from(text).forEach((character, index) => {
      const image = imageOf(character, lineHeight);
      const place = (places[index] ?? 0) * lineHeight;
      const x = Math.round(left + (place - image.width) / 2);
      for (let line = 0; line < image.height && top + line < height; line += 1) {
        for (let column = Math.max(0, -x); column < image.width && x + column < width; column += 1) {
          coverage[(top + line) * width + x + column] = image.coverage[line * image.width + column] ?? 0;
        }
      }
      left += place;
    });
    return coverage;
  }

  return (wallMs) => {
    const seconds = Math.ceil((untilMs - wallMs) / 1000);
    if (seconds <= 0) {
      return undefined;
    }
    const text = leftText(seconds);
    if (drawn?.text !== text) {
      drawn = { picture, stencil: cutStencil(coverageOf(text), width, height), text };
    }
    return drawn;
  };
}

/** `4:05`, `1:04:05`. */
function leftText(seconds: number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const end = two(seconds % 60);
  return hours > 0 ? `${hours}:${two(minutes)}:${end}` : `${minutes}:${end}`;
}

/** Glyphs of five columns and seven rows; letters with a tail sit a row higher. Drawn for this project. */
const GLYPHS: Readonly<Record<string, string>> = {
  '!': '..#.. ..#.. ..#.. ..#.. ..#.. ..... ..#..',
  "'": '..#.. ..#.. ..... ..... ..... ..... .....',
  '(': '...#. ..#.. .#... .#... .#... ..#.. ...#.',
  ')': '.#... ..#.. ...#. ...#. ...#. ..#.. .#...',
  '+': '..... ..#.. ..#.. ##### ..#.. ..#.. .....',
  ',': '..... ..... ..... ..... ..##. ..#.. .#...',
  '-': '..... ..... ..... ####. ..... ..... .....',
  '.': '..... ..... ..... ..... ..... .##.. .##..',
  '/': '....# ....# ...#. ..#.. .#... #.... #....',
  ':': '..... .##.. .##.. ..... .##.. .##.. .....',
  '?': '.###. #...# ....# ...#. ..#.. ..... ..#..',
  '0': '.###. #...# #..## #.#.# ##..# #...# .###.',
  '1': '..#.. .##.. ..#.. ..#.. ..#.. ..#.. .###.',
  '2': '.###. #...# ....# ..##. .#... #.... #####',
  '3': '.###. #...# ....# ..##. ....# #...# .###.',
  '4': '...#. ..##. .#.#. #..#. ##### ...#. ...#.',
  '5': '##### #.... ####. ....# ....# #...# .###.',
  '6': '.###. #.... #.... ####. #...# #...# .###.',
  '7': '##### ....# ...#. ...#. ..#.. ..#.. ..#..',
  '8': '.###. #...# #...# .###. #...# #...# .###.',
  '9': '.###. #...# #...# .#### ....# ....# .###.',
  A: '.###. #...# #...# ##### #...# #...# #...#',
  B: '####. #...# #...# ####. #...# #...# ####.',
  C: '.###. #...# #.... #.... #.... #...# .###.',
  D: '####. #...# #...# #...# #...# #...# ####.',
  E: '##### #.... #.... ####. #.... #.... #####',
  F: '##### #.... #.... ####. #.... #.... #....',
  G: '.###. #...# #.... #.### #...# #...# .###.',
  H: '#...# #...# #...# ##### #...# #...# #...#',
  I: '.###. ..#.. ..#.. ..#.. ..#.. ..#.. .###.',
  J: '..### ...#. ...#. ...#. ...#. #..#. .##..',
  K: '#...# #..#. #.#.. ##... #.#.. #..#. #...#',
  L: '#.... #.... #.... #.... #.... #.... #####',
  M: '#...# ##.## #.#.# #.#.# #...# #...# #...#',
  N: '#...# ##..# ##..# #.#.# #..## #..## #...#',
  O: '.###. #...# #...# #...# #...# #...# .###.',
  P: '####. #...# #...# ####. #.... #.... #....',
  Q: '.###. #...# #...# #...# #.#.# #..#. .##.#',
  R: '####. #...# #...# ####. #.#.. #..#. #...#',
  S: '.###. #...# #.... .###. ....# #...# .###.',
  T: '##### ..#.. ..#.. ..#.. ..#.. ..#.. ..#..',
  U: '#...# #...# #...# #...# #...# #...# .###.',
  V: '#...# #...# #...# #...# .#.#. .#.#. ..#..',
  W: '#...# #...# #...# #.#.# #.#.# ##.## #...#',
  X: '#...# #...# .#.#. ..#.. .#.#. #...# #...#',
  Y: '#...# #...# .#.#. ..#.. ..#.. ..#.. ..#..',
  Z: '##### ....# ...#. ..#.. .#... #.... #####',
  a: '..... ..... .###. ....# .#### #...# .####',
  b: '#.... #.... ####. #...# #...# #...# ####.',
  c: '..... ..... .###. #.... #.... #...# .###.',
  d: '....# ....# .#### #...# #...# #...# .####',
  e: '..... ..... .###. #...# ##### #.... .###.',
  f: '..##. .#... ####. .#... .#... .#... .#...',
  g: '..... .#### #...# #...# .#### ....# .###.',
  h: '#.... #.... ####. #...# #...# #...# #...#',
  i: '..#.. ..... .##.. ..#.. ..#.. ..#.. .###.',
  j: '...#. ..... ..##. ...#. ...#. #..#. .##..',
  k: '#.... #.... #..#. #.#.. ##... #.#.. #..#.',
  l: '.##.. ..#.. ..#.. ..#.. ..#.. ..#.. .###.',
  m: '..... ..... ##.#. #.#.# #.#.# #.#.# #.#.#',
  n: '..... ..... ####. #...# #...# #...# #...#',
  o: '..... ..... .###. #...# #...# #...# .###.',
  p: '..... ..... ####. #...# ####. #.... #....',
  q: '..... ..... .#### #...# .#### ....# ....#',
  r: '..... ..... #.##. ##... #.... #.... #....',
  s: '..... ..... .#### #.... .###. ....# ####.',
  t: '.#... .#... ####. .#... .#... .#... ..##.',
  u: '..... ..... #...# #...# #...# #...# .####',
  v: '..... ..... #...# #...# #...# .#.#. ..#..',
  w: '..... ..... #...# #.#.# #.#.# #.#.# .#.#.',
  x: '..... ..... #...# .#.#. ..#.. .#.#. #...#',
  y: '..... ..... #...# #...# .#### ....# .###.',
  z: '..... ..... ##### ...#. ..#.. .#... #####',
};

const ROWS = 7;
/** Columns of a space between words. */
const SPACE = 3;

/** Below a half, or diagonal strokes would fall apart where two dots only touch. */
const THRESHOLD = 0.44;

/** Text as coverage: 0 where there is none, 255 inside a stroke. */
export type TextImage = { readonly width: number; readonly height: number; readonly coverage: Uint8Array };

/**
 * Sets one line of text `height` pixels tall. The small glyphs are enlarged smoothly and cut off near half, which rounds their corners. It
 * takes milliseconds, so what changes with every frame is put together from characters made beforehand. A character without a
 * glyph is shown as a question mark.
 */
export function renderText(text: string, height: number): TextImage {
  const scale = height / ROWS;
  const columns = Array.from(text).flatMap((character) => [...columnsOf(character), '']);
  const width = Math.max(1, Math.round(columns.length * scale));
  const coverage = new Uint8Array(width * height);

  // The dots with an empty border, so that every pixel lies between four of them.
  const stride = columns.length + 2;
  const dots = new Uint8Array(stride * (ROWS + 2));
  columns.forEach((column, x) => {
    for (let y = 0; y < ROWS; y += 1) {
      dots[(y + 1) * stride + x + 1] = column[y] === '#' ? 1 : 0;
    }
  });
  const across = placesBetween(width, scale, columns.length);
  const down = placesBetween(height, scale, ROWS);
  for (let y = 0; y < height; y += 1) {
    const upper = (down.dots[y] ?? 0) * stride;
    const dy = down.weights[y] ?? 0;
    for (let x = 0; x < width; x += 1) {
      const at = upper + (across.dots[x] ?? 0);
      const dx = across.weights[x] ?? 0;
      const above = (dots[at] ?? 0) * (1 - dx) + (dots[at + 1] ?? 0) * dx;
      const below = (dots[at + stride] ?? 0) * (1 - dx) + (dots[at + stride + 1] ?? 0) * dx;
      const level = above * (1 - dy) + below * dy;
      // One pixel of soft edge.
      coverage[y * width + x] = 255 * Math.max(0, Math.min(1, (level - THRESHOLD) * scale + 0.5)) + 0.5;
    }
  }
  return { width, height, coverage };
}

/** For each pixel the dot before its middle, counted from the border, and how much the dot behind it weighs. */
function placesBetween(
  pixels: number,
  scale: number,
  most: number,
): { readonly dots: Uint16Array; readonly weights: Float32Array } {
  const dots = new Uint16Array(pixels);
  const weights = new Float32Array(pixels);
  for (let pixel = 0; pixel < pixels; pixel += 1) {
    const place = (pixel + 0.5) / scale + 0.5;
    const dot = Math.min(most, Math.floor(place));
    const weight = place - dot;
    dots[pixel] = dot;
    weights[pixel] = weight * weight * (3 - 2 * weight);
  }
  return { dots, weights };
}

/** The columns of a glyph from top to bottom, without the empty ones at its sides. */
function columnsOf(character: string): readonly string[] {
  if (character === ' ') {
    return Array.from({ length: SPACE }, () => '');
  }
  const rows = (GLYPHS[character] ?? GLYPHS['?'] ?? '').split(' ');
  const columns = [0, 1, 2, 3, 4].map((column) => rows.map((row) => row[column] ?? '').join(''));
  const isInked = (column: string): boolean => column.includes('#');
  return columns.slice(columns.findIndex(isInked), columns.findLastIndex(isInked) + 1);
}

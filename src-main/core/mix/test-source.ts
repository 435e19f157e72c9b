import { encodeMark, markHeight } from '../../shared/test-mark.ts';
import { MIXER_SAMPLE_RATE } from '../ports/mixer.ts';
import { renderText } from './font.ts';
import {
  CHROMA_NEUTRAL,
  copyPicture,
  copyRectangle,
  createPicture,
  fillRectangle,
  LUMA_BLACK,
  LUMA_WHITE,
  type Picture,
  type Rectangle,
} from './picture.ts';
import { drawText } from './slate.ts';

/** 75 % colour bars (ITU-R BT.471) in BT.709 limited range. */
const BARS = [
  { y: 180, u: 128, v: 128 },
  { y: 168, u: 44, v: 136 },
  { y: 145, u: 147, v: 44 },
  { y: 133, u: 63, v: 52 },
  { y: 63, u: 193, v: 204 },
  { y: 51, u: 109, v: 212 },
  { y: 28, u: 212, v: 120 },
] as const;

const GREY = { y: 40, u: CHROMA_NEUTRAL, v: CHROMA_NEUTRAL };
const WHITE = { y: LUMA_WHITE, u: CHROMA_NEUTRAL, v: CHROMA_NEUTRAL };
const BALL = { y: 81, u: 90, v: 240 };

/** The picture flashes and the tone sounds for so long from each whole UTC second on. */
const FLASH_MS = 100;
const BEEP_HERTZ = 1000;
/** Frames since 1970 have eleven for a long time to come. */
const FRAME_DIGITS = 12;
/** −20 dBFS: the level of a reference tone. */
const BEEP_LEVEL = 0.1;
/** Long enough not to click, short enough for a sharp onset. */
const BEEP_RAMP = MIXER_SAMPLE_RATE / 1000;

/**
 * A picture and a sound that prove themselves: bars with motion, UTC for people, a mark for machines, and a flash that begins with the
 * very frame and a tone that begins with the very sample of each whole second. Pure functions of media time.
 */
export type TestSource = {
  /** The picture of a frame; valid until the next call. About 0.3 ms for 720p. */
  picture(frame: number, wallMs: number): Picture;
  /** Stereo samples, −1…1, from a media time in 1/48000 s since 1970 on. */
  sound(out: Float32Array, count: number, sample: number): void;
};

export function createTestSource(width: number, height: number): TestSource {
  const marked = markHeight(height);
  const even = (value: number): number => Math.floor(value / 2) * 2;
  const bars: Rectangle = { x: 0, y: marked, width, height: even(height * 0.62) - marked };
  const ramp: Rectangle = { x: 0, y: bars.y + bars.height, width, height: even(height * 0.1) };
  const clock: Rectangle = {
    x: 0,
    y: ramp.y + ramp.height,
    width,
    height: height - ramp.y - ramp.height,
  };

  const plain = background(width, height, bars, false);
  const flashing = background(width, height, bars, true);
  const picture = createPicture(width, height);

  // Twice the width, so that a scrolled line is one copy.
  const rampLine = Uint8Array.from({ length: width * 2 }, (_, x) => {
    const phase = (x % width) / width;
    return LUMA_BLACK + Math.round((LUMA_WHITE - LUMA_BLACK) * (phase < 0.5 ? phase * 2 : 2 - phase * 2));
  });

  const timeText = createTextLine('HH:MM:SS.mmm'.length, Math.floor(width * 0.8), Math.floor(clock.height * 0.5));
  const frameText = createTextLine(FRAME_DIGITS, Math.floor(width * 0.4), Math.floor(clock.height * 0.22));
  const ballSide = even(Math.max(8, height / 9));
  let drawnOn: Picture | undefined;
  let ball: Rectangle | undefined;

  /** Everything else is drawn over by what comes next: only the ball has to be taken away. */
  function clear(beneath: Picture): void {
    if (beneath !== drawnOn) {
      copyPicture(beneath, picture);
    } else if (ball !== undefined) {
      copyRectangle(beneath, picture, ball);
    }
    drawnOn = beneath;
  }

  return {
    picture(frame, wallMs) {
      const utcMs = Math.floor(wallMs);
      clear(utcMs % 1000 < FLASH_MS ? flashing : plain);

      const scrolled = Math.floor(((utcMs % 4000) / 4000) * width);
      for (let line = ramp.y; line < ramp.y + ramp.height; line += 1) {
        picture.bytes.set(rampLine.subarray(scrolled, scrolled + width), line * width);
      }

      // Different periods across and down, so that the ball draws a figure and every frame differs from its neighbours.
      const across = triangle((utcMs % 3000) / 3000);
      const down = triangle((utcMs % 1700) / 1700);
      ball = {
        x: across * (width - ballSide),
        y: bars.y + down * (bars.height - ballSide),
        width: ballSide,
        height: ballSide,
      };
      fillRectangle(picture, ball, BALL);

      timeText(picture, utcText(utcMs), clock.y + Math.floor(clock.height * 0.12));
      frameText(picture, String(frame).padStart(FRAME_DIGITS), clock.y + Math.floor(clock.height * 0.7));
      encodeMark(picture.bytes, width, height, { utcMs, frame: frame % 256 });
      return picture;
    },

    sound(out, count, sample) {
      const beepLength = (MIXER_SAMPLE_RATE * FLASH_MS) / 1000;
      const inSecond = sample % MIXER_SAMPLE_RATE;
      for (let i = 0; i < count; i += 1) {
        const at = (inSecond + i) % MIXER_SAMPLE_RATE;
        let value = 0;
        if (at < beepLength) {
          const ramped = Math.min(1, at / BEEP_RAMP, (beepLength - at) / BEEP_RAMP);
          value = ramped * BEEP_LEVEL * Math.sin((2 * Math.PI * BEEP_HERTZ * at) / MIXER_SAMPLE_RATE);
        }
        out[i * 2] = value;
        out[i * 2 + 1] = value;
      }
    },
  };
}

function background(width: number, height: number, bars: Rectangle, isFlash: boolean): Picture {
  const picture = createPicture(width, height);
  fillRectangle(picture, { x: 0, y: 0, width, height }, GREY);
  BARS.forEach((colour, index) => {
    const left = Math.floor((index * width) / BARS.length / 2) * 2;
    const right = Math.floor(((index + 1) * width) / BARS.length / 2) * 2;
    fillRectangle(picture, { ...bars, x: left, width: right - left }, isFlash ? WHITE : colour);
  });
  fillRectangle(picture, { ...bars, x: Math.floor(width / 14) * 14, width }, isFlash ? WHITE : BARS[6]);
  return picture;
}

/** Draws a centred line of digits from characters made beforehand: one copy for each line of each character. */
function createTextLine(
  characters: number,
  width: number,
  height: number,
): (picture: Picture, text: string, y: number) => void {
  const cell = Math.floor(width / characters);
  const lines = Math.max(7, Math.min(height, Math.floor((cell / 6) * 7)));
  const tiles = new Map<string, Picture>();
  for (const character of '0123456789:. ') {
    const tile = createPicture(Math.ceil(cell / 2) * 2, Math.ceil(lines / 2) * 2);
    fillRectangle(tile, { x: 0, y: 0, width: tile.width, height: tile.height }, GREY);
    const image = renderText(character, lines);
    drawText(tile, image, Math.max(0, Math.floor((cell - image.width) / 2)), 0, LUMA_WHITE);
    tiles.set(character, tile);
  }
  return (picture, text, y) => {
    const left = Math.floor((picture.width - cell * text.length) / 2);
    Array.from(text).forEach((character, index) => {
      const tile = tiles.get(character);
      if (tile === undefined) {
        return;
      }
      for (let line = 0; line < lines && y + line < picture.height; line += 1) {
        const from = line * tile.width;
        tile.bytes.copy(picture.bytes, (y + line) * picture.width + left + index * cell, from, from + cell);
      }
    });
  };
}

/** 0 → 1 → 0 over a phase of 0…1. */
function triangle(phase: number): number {
  return phase < 0.5 ? phase * 2 : 2 - phase * 2;
}

function utcText(utcMs: number): string {
  const inDay = utcMs % 86_400_000;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  const hours = two(inDay / 3_600_000);
  const minutes = two((inDay / 60_000) % 60);
  const seconds = two((inDay / 1000) % 60);
  return `${hours}:${minutes}:${seconds}.${String(inDay % 1000).padStart(3, '0')}`;
}

import type { Clock } from '../../base/clock.ts';
import type { Canvas } from '../ports/mixer.ts';

/** Draws a JPEG as I420 of the canvas' size, stretched to it. Throws `live/slate-invalid`. */
export type DrawSlate = (picture: Uint8Array, canvas: Canvas) => Promise<Uint8Array>;

/** Which picture stands in for the programme, and whether it does although something comes in. */
export type SlateDesk = {
  /** The programme has a canvas from now on. */
  setCanvas(canvas: Canvas): void;
  show(seconds: number, picture: Uint8Array | undefined): Promise<void>;
  hide(): void;
};

export type SlateDeskOptions = {
  readonly draw: DrawSlate;
  /** The one of the event, a JPEG; undefined: the stock picture. */
  readonly usual: Uint8Array | undefined;
  readonly clock: Clock;
  /** What is shown where nothing is, I420 of the canvas' size; undefined: the stock picture. */
  readonly onPicture: (picture: Uint8Array | undefined) => void;
  /** The slate covers the programme, or does no longer. */
  readonly onCover: (covers: boolean) => void;
  /** The event's picture cannot be drawn; the stock picture stands in for it. */
  readonly onFault: (error: unknown) => void;
};

export function createSlateDesk(options: SlateDeskOptions): SlateDesk {
  const { clock, draw, usual } = options;
  let canvas: Canvas | undefined;
  /** The event's own picture, drawn once. */
  let drawnUsual: Promise<Uint8Array | undefined> | undefined;
  /** Counts what was asked for: a picture that has been drawn when something else is wanted already is not shown. */
  let asked = 0;
  let cover: { readonly picture: Uint8Array | undefined; readonly timer: Disposable } | undefined;

  async function drawUsual(on: Canvas): Promise<Uint8Array | undefined> {
    try {
      return usual === undefined ? undefined : await draw(usual, on);
    } catch (error) {
      options.onFault(error);
      return undefined;
    }
  }

  async function drawn(picture: Uint8Array | undefined, on: Canvas): Promise<Uint8Array | undefined> {
    return picture === undefined ? await (drawnUsual ??= drawUsual(on)) : await draw(picture, on);
  }

  /** Puts the event's own picture back where a cover of another has gone. */
  async function restore(on: Canvas): Promise<void> {
    const picture = await drawn(undefined, on);
    if (cover === undefined) {
      options.onPicture(picture);
    }
  }

  function uncover(): void {
    if (cover === undefined) {
      return;
    }
    const { picture, timer } = cover;
    timer[Symbol.dispose]();
    cover = undefined;
    options.onCover(false);
    if (canvas !== undefined && picture !== undefined) {
      void restore(canvas);
    }
  }

  /** What covers already when the programme gets its canvas could not be drawn before. */
  async function drawCover(on: Canvas, covering: NonNullable<typeof cover>): Promise<void> {
    try {
      const picture = await drawn(covering.picture, on);
      if (cover === covering) {
        options.onPicture(picture);
      }
    } catch (error) {
      options.onFault(error);
    }
  }

  function hide(): void {
    asked += 1;
    uncover();
  }

  return {
    setCanvas(next) {
      canvas = next;
      void (cover === undefined ? restore(next) : drawCover(next, cover));
    },
    async show(seconds, picture) {
      if (seconds <= 0) {
        hide();
        return;
      }
      const own = ++asked;
      const bytes = canvas === undefined ? undefined : await drawn(picture, canvas);
      if (own !== asked) {
        return;
      }
      cover?.timer[Symbol.dispose]();
      cover = { picture, timer: clock.after(seconds * 1000, uncover) };
      if (canvas !== undefined) {
        options.onPicture(bytes);
      }
      options.onCover(true);
    },
    hide,
  };
}

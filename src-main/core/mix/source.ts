import type { FrameRate, MixerEvent, MixerSource } from '../ports/mixer.ts';
import type { Picture } from './picture.ts';
import { createTestSource } from './test-source.ts';

/**
 * From arrival to air, for picture and sound alike. The sound of a tick is mixed when its time is over, so that of this delay a whole frame
 * more is left for its packets to come in.
 */
export const PRESENTATION_DELAY_MS = 50;

/**
 * The same for a picture, counted to the beginning of the programme frame that shows it. It stays on show for the whole frame: shown from half
 * a frame earlier on, it is as often early as late against its sound.
 */
export function pictureDelayMs(periodMs: number): number {
  return PRESENTATION_DELAY_MS - periodMs / 2;
}

export type SourceStatus = Omit<Extract<MixerEvent, { type: 'source' }>, 'type' | 'id'>;

export type ShownPicture = Omit<Extract<MixerEvent, { type: 'source-picture' }>, 'type' | 'id'>;

/** Something that can be shown and heard. Nothing here waits: what is not there is undefined or silent. */
export type Source = AsyncDisposable & {
  readonly definition: MixerSource;
  /** The picture for the programme frame that begins at monotonic time `dueMs`, UTC `wallMs`. Valid until the next call or the next data. */
  pictureAt(
    frame: number,
    dueMs: number,
    wallMs: number,
  ): { readonly picture: Picture; readonly version: string } | undefined;
  /** The sound to be heard from monotonic time `playMs`, media time `sample` (1/48000 s) on. False when it is only silence. */
  readSound(out: Float32Array, count: number, playMs: number, sample: number): boolean;
  status(nowMs: number): SourceStatus;
  /** Which picture of a feed is on show; undefined for other sources, and while none is. */
  shown?(): ShownPicture | undefined;
  /** Starts a capture that has given up or does not deliver; `always` also one that does. */
  retry(always?: boolean): void;
};

/** The source that needs no device. */
export function openTestSource(
  definition: MixerSource,
  canvas: { readonly width: number; readonly height: number; readonly frameRate: FrameRate },
): Source {
  const source = createTestSource(canvas.width, canvas.height);
  const frameRate = canvas.frameRate.numerator / canvas.frameRate.denominator;
  return {
    definition,
    pictureAt: (frame, _dueMs, wallMs) => ({ picture: source.picture(frame, wallMs), version: String(frame) }),
    readSound(out, count, _playMs, sample) {
      source.sound(out, count, sample);
      return true;
    },
    status: () => ({ state: 'live', frameRate, restarts: 0, fault: undefined }),
    retry: () => undefined,
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

import type { ReactNode } from 'react';
import type { Storyboard } from '../../player/storyboard.ts';
import { useTile } from '../../player/use-tile.ts';

const WIDTH = 208;

/** What is to be seen at a time of the recording, above a place on the seek bar. For the eyes only: the bar says the time. */
export function SeekPicture(props: {
  readonly storyboard: Storyboard;
  readonly wallMs: number;
  /** 0..1 of the bar. */
  readonly fraction: number;
}): ReactNode {
  const { storyboard, wallMs, fraction } = props;
  const tile = useTile(storyboard, wallMs);
  if (tile === undefined) {
    return null;
  }
  const scale = WIDTH / Math.max(tile.width, tile.height);
  const width = Math.round(tile.width * scale);
  return (
    <span
      className="timeline__picture"
      aria-hidden="true"
      style={{
        // Over the place, but no further out than the bar.
        left: `clamp(0px, calc(${fraction * 100}% - ${width / 2}px), calc(100% - ${width}px))`,
        width,
        height: Math.round(tile.height * scale),
        backgroundImage: `url(${JSON.stringify(tile.url)})`,
        backgroundSize: `${tile.spriteWidth * scale}px ${tile.spriteHeight * scale}px`,
        backgroundPosition: `${-tile.x * scale}px ${-tile.y * scale}px`,
      }}
    />
  );
}

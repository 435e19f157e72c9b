import { type ReactNode, useEffect, useRef } from 'react';
import { advance, EMPTY_LEVEL, type Level, levelFraction } from './meter-model.ts';

/** What a meter needs to know at each repaint. Undefined while nothing is measured. */
export type ReadLevel = () => { readonly peakDb: number; readonly rmsDb: number } | undefined;

/**
 * A real meter: RMS as the bar, the peak as a line that falls slowly, red above −1 dBFS. Painted on a canvas 30 times a second and only while
 * somebody can see it; React is not asked.
 */
export function LevelMeter(props: {
  readonly label: string;
  readonly read: ReadLevel;
  readonly isMuted?: boolean;
}): ReactNode {
  const { read, isMuted = false } = props;
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d') ?? null;
    if (element === null || context === null) {
      return undefined;
    }
    let level: Level = EMPTY_LEVEL;
    let lastMs = performance.now();
    let handle = requestAnimationFrame(paint);

    function paint(nowMs: number): void {
      handle = requestAnimationFrame(paint);
      if (element === null || context === null || nowMs - lastMs < 30) {
        return;
      }
      level = advance(level, read(), nowMs - lastMs);
      lastMs = nowMs;
      draw(element, context, level, isMuted);
    }

    return () => cancelAnimationFrame(handle);
  }, [read, isMuted]);

  return <canvas ref={canvas} className="meter" role="img" aria-label={props.label} />;
}

function draw(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, level: Level, isMuted: boolean): void {
  const ratio = devicePixelRatio;
  const width = Math.round(canvas.clientWidth * ratio);
  const height = Math.round(canvas.clientHeight * ratio);
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  const style = getComputedStyle(canvas);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  context.fillStyle = colour('--meter-groove');
  context.fillRect(0, 0, width, height);
  const bar = Math.round(levelFraction(level.rmsDb) * width);
  context.fillStyle = isMuted ? colour('--meter-muted') : colour('--meter-bar');
  context.fillRect(0, 0, bar, height);
  // −18 and −9 dBFS: where speech belongs is between the two.
  context.fillStyle = colour('--meter-scale');
  for (const db of [-40, -18, -9]) {
    context.fillRect(Math.round(levelFraction(db) * width), 0, Math.max(1, Math.round(ratio)), height);
  }
  if (level.peakDb > -60) {
    const at = Math.round(levelFraction(level.peakDb) * width);
    context.fillStyle = level.peakDb > -1 ? colour('--meter-clip') : colour('--meter-peak');
    context.fillRect(Math.max(0, at - Math.round(2 * ratio)), 0, Math.round(2 * ratio), height);
  }
}

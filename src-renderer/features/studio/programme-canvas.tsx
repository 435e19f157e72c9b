import { type ReactNode, useEffect, useRef } from 'react';
import { i420ToRgba } from '../../api/i420.ts';
import type { PreviewFeed } from '../../api/preview-feed.ts';
import type { PreviewPicture } from '../../api/preview-parser.ts';
import { useVisible } from '../../ui/use-visible.ts';

/** Paints the raw programme: always the newest picture, once per repaint of the screen, and only while it can be seen. */
export function ProgrammeCanvas({
  feed,
  label,
}: {
  readonly feed: PreviewFeed;
  readonly label: string;
}): ReactNode {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isVisible = useVisible(canvas);

  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d', { alpha: false }) ?? null;
    if (!isVisible || element === null || context === null) {
      return undefined;
    }
    let handle: number | undefined;
    const stopWanting = feed.want();
    const stopListening = feed.onPicture(() => {
      handle ??= requestAnimationFrame(() => {
        handle = undefined;
        const picture = feed.latest();
        if (picture !== undefined) {
          paint(element, context, picture);
        }
      });
    });
    return () => {
      stopListening();
      stopWanting();
      if (handle !== undefined) {
        cancelAnimationFrame(handle);
      }
    };
  }, [feed, isVisible]);

  return (
    <canvas ref={canvas} className="programme__canvas" role="img" aria-label={label} width={640} height={360} />
  );
}

function paint(canvas: HTMLCanvasElement, context: CanvasRenderingContext2D, picture: PreviewPicture): void {
  const { width, height, bytes, wallMs } = picture;
  if (canvas.width !== width || canvas.height !== height) {
    canvas.width = width;
    canvas.height = height;
  }
  if ('VideoFrame' in window) {
    const frame = new VideoFrame(bytes, {
      format: 'I420',
      codedWidth: width,
      codedHeight: height,
      timestamp: Math.round(wallMs * 1000),
      colorSpace: { matrix: 'bt709', primaries: 'bt709', transfer: 'bt709', fullRange: false },
    });
    context.drawImage(frame, 0, 0);
    frame.close();
    return;
  }
  const image = context.createImageData(width, height);
  i420ToRgba(bytes, width, height, image.data);
  context.putImageData(image, 0, 0);
}

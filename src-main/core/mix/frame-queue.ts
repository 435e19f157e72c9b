import type { Writable } from 'node:stream';
import { assert } from '../../base/assert.ts';
import type { History } from './history.ts';
import type { PooledPicture } from './picture.ts';

/**
 * The frames on their way into one encoder process. Only one is given to the pipe at a time: Node would write several as one, and their
 * number, which is what overload is judged by, would be known only when all of them are gone.
 */
export type FrameQueue = {
  /** Takes what the history has from the last frame taken to before `endFrame`; closes the pipe behind the last. */
  feed(history: History, endFrame: number): void;
  /** Frames that the pipe has not taken. */
  length(): number;
  /** The reader is gone. */
  drop(): void;
};

export function createFrameQueue(pipe: Writable, firstFrame: number): FrameQueue {
  const queue: PooledPicture[] = [];
  let next = firstFrame;
  let isWriting = false;
  let isEnded = false;
  let isDropped = false;

  function pump(): void {
    if (isWriting || isDropped) {
      return;
    }
    const picture = queue.shift();
    if (picture === undefined) {
      if (isEnded) {
        pipe.end();
      }
      return;
    }
    isWriting = true;
    // The buffer is the kernel's until the callback: no one may draw into it before.
    pipe.write(picture.bytes, (error) => {
      picture.release();
      isWriting = false;
      if (error instanceof Error) {
        drop();
      } else {
        pump();
      }
    });
  }

  function drop(): void {
    isDropped = true;
    for (const picture of queue.splice(0)) {
      picture.release();
    }
  }

  return {
    feed(history, endFrame) {
      for (; !isDropped && next < Math.min(endFrame, history.nextFrame()); next += 1) {
        const picture = history.frame(next);
        // The encoder counts frames: one left out here would shift everything behind it.
        assert(picture !== undefined, 'a run is fed before the history forgets');
        picture.retain();
        queue.push(picture);
      }
      if (next >= endFrame) {
        isEnded = true;
      }
      pump();
    },
    length: () => queue.length + (isWriting ? 1 : 0),
    drop,
  };
}

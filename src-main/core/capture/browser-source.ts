import { assert } from '../../base/assert.ts';
import type { CaptureCommand } from '../ports/mixer.ts';
import { assembleCapture } from './assemble-capture.ts';
import type { CaptureContext } from './capture-context.ts';
import { fitToCanvas } from './picture-filters.ts';
import { concatList } from './url-source.ts';

/**
 * Decodes what a page in a browser sends, whenever it does: until then it waits. Its address goes in on standard input, because whoever knows it
 * could read the feed, and the process list is public. One thread, because a second one holds each picture back until the next has come, and a
 * screen on which nothing moves sends few.
 */
export function browserCommand(context: CaptureContext): CaptureCommand {
  const { canvas, feed } = context;
  assert(feed !== undefined, 'a source of a browser has a feed');
  return assembleCapture(context, {
    input: [
      ['-probesize', 32],
      ['-analyzeduration', 0],
      ['-protocol_whitelist', 'pipe,http,tcp'],
      ['-threads', 1],
      ['-safe', 0],
      ['-f', 'concat'],
      ['-i', 'pipe:0'],
    ],
    // Browsers convert screens and cameras to BT.601 and do not say so.
    picture: { stream: '0:v', filters: fitToCanvas(canvas, { colours: 'tagged', sharpness: 'text' }) },
    sound: { stream: '0:a' },
    stdin: concatList(feed, [
      ['probesize', 32],
      ['analyzeduration', 0],
      ['reconnect', 0],
    ]),
    secrets: [feed.href, feed.pathname.slice(1)],
  });
}

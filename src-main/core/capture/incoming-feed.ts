import type { Canvas, CaptureCommand } from '../ports/mixer.ts';
import type { FfmpegBinary } from '../ports/process.ts';
import { assembleCapture, thinOut } from './assemble-capture.ts';
import { coloursOf } from './media-streams.ts';
import { fitToCanvas, stretchToCanvas } from './picture-filters.ts';
import { concatList } from './url-source.ts';

/** What an outside encoder sends into a live event that encodes, to be decoded for its mixer. */
export type IncomingFeed = {
  /** A fragmented MP4 without end: one video track, and one audio track if there is sound. On this computer, by HTTP. */
  readonly url: URL;
  readonly height: number;
  readonly width: number;
  /** Pictures per second. */
  readonly frameRate: number;
  readonly hasAudio: boolean;
  /** `stretch` fills the canvas whatever the picture's shape, `fit` leaves bars. */
  readonly shape: 'stretch' | 'fit';
};

/** Above this one core of a weak computer does not decode in time; a second thread costs a frame of delay. */
const PIXELS_PER_SECOND_OF_ONE_THREAD = 1920 * 1088 * 31;

/**
 * Decodes such a feed. Its address goes in on standard input, because whoever knows it could read the feed, and the process list is public.
 * What is fragmented MP4 needs no probing: the header says everything, and what was read in vain would be late.
 */
export function incomingFeedCommand(
  { binary, canvas }: { readonly binary: FfmpegBinary; readonly canvas: Canvas },
  feed: IncomingFeed,
): CaptureCommand {
  const look = { colours: coloursOf(feed), sharpness: 'text' } as const;
  const threads = feed.width * feed.height * feed.frameRate > PIXELS_PER_SECOND_OF_ONE_THREAD ? 2 : 1;
  return assembleCapture(
    { binary, canvas },
    {
      input: [
        ['-probesize', 32],
        ['-analyzeduration', 0],
        ['-protocol_whitelist', 'pipe,http,tcp'],
        ['-threads', threads],
        ['-safe', 0],
        ['-f', 'concat'],
        ['-i', 'pipe:0'],
      ],
      picture: {
        stream: '0:v',
        filters: [
          ...thinOut(feed.frameRate, canvas),
          ...(feed.shape === 'fit' ? fitToCanvas(canvas, look) : stretchToCanvas(canvas, look)),
        ],
      },
      ...(feed.hasAudio ? { sound: { stream: '0:a' } } : {}),
      stdin: concatList(feed.url, [
        ['probesize', 32],
        ['analyzeduration', 0],
        // A closed connection is the end of this feed; another one has another address.
        ['reconnect', 0],
      ]),
      secrets: [feed.url.href, feed.url.pathname.slice(1)],
    },
  );
}

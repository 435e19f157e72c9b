import type { CaptureCommand } from '../ports/mixer.ts';
import { assembleCapture } from './assemble-capture.ts';
import type { CaptureContext, SpecOf } from './capture-context.ts';
import { coloursOf, mediaStreams } from './media-streams.ts';
import { fitToCanvas } from './picture-filters.ts';

/** A list in a file may name other files, nothing else. */
const FILE_PROTOCOLS = 'file,crypto,data';

/** A media file, played at its own speed, over and over unless it is to end. Picture and sound come from one process and stay together. */
export function fileCommand(spec: SpecOf<'file'>, context: CaptureContext): CaptureCommand {
  const { canvas } = context;
  const { video, audio } = mediaStreams(context.media, spec);
  return assembleCapture(context, {
    input: [
      ...(spec.loop ? [['-stream_loop', -1] as const] : []),
      ['-re'],
      ['-protocol_whitelist', FILE_PROTOCOLS],
      // The prefix keeps a file called `-y` or `concat:a|b` from being anything but a file.
      ['-i', `file:${spec.path}`],
    ],
    ...(video === undefined
      ? {}
      : {
          picture: {
            stream: `0:${video.index}`,
            filters: fitToCanvas(canvas, { colours: coloursOf(video), sharpness: 'motion' }),
          },
        }),
    ...(audio === undefined ? {} : { sound: { stream: `0:${audio.index}` } }),
    isRecording: true,
    finite: !spec.loop,
  });
}

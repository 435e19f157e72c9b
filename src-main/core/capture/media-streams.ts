import type { MediaProbe, MediaStream } from '../ports/process.ts';
import type { SpecOf } from './capture-context.ts';
import { captureError } from './capture-errors.ts';
import type { Colours } from './picture-filters.ts';

export type VideoStream = Extract<MediaStream, { kind: 'video' }>;
export type AudioStream = Extract<MediaStream, { kind: 'audio' }>;

/** The picture and the sound that are played of a file or stream: the first of each. Cover pictures are no picture. */
export function findMediaStreams(media: MediaProbe): {
  readonly video: VideoStream | undefined;
  readonly audio: AudioStream | undefined;
} {
  return {
    video: media.streams.find(isMovingPicture),
    audio: media.streams.find((stream) => stream.kind === 'audio'),
  };
}

function isMovingPicture(stream: MediaStream): stream is VideoStream {
  return stream.kind === 'video' && !stream.attachedPicture;
}

/** The same for a source; throws `capture/file-unreadable` when there is neither, or nothing is known of it. */
export function mediaStreams(media: MediaProbe | undefined, spec: SpecOf<'file' | 'url'>) {
  const streams = media === undefined ? { video: undefined, audio: undefined } : findMediaStreams(media);
  if (streams.video === undefined && streams.audio === undefined) {
    const field = spec.kind === 'file' ? 'path' : 'url';
    throw captureError(
      'capture/file-unreadable',
      `There is neither picture nor sound in the ${spec.kind === 'file' ? 'file' : 'stream'}. Choose one that a media player plays.`,
      { kind: spec.kind, field },
    );
  }
  return streams;
}

/** Lines of a standard-definition picture; larger ones are BT.709 even when they do not say so. */
const SD_LINES = 576;

export function coloursOf({ height }: Pick<VideoStream, 'height'>): Colours {
  return height > SD_LINES ? 'bt709' : 'tagged';
}

import { AppError } from '../../shared/app-error.ts';

/** An encoder whose key frames are further apart than its live event is set to: it goes on, but what that costs has to be known. */
export function rareKeyFrames(seconds: number, wanted: number): AppError {
  return new AppError(
    'ingest/key-frames-too-rare',
    `The encoder's key frames are up to ${seconds} s apart, where every ${wanted} s is wanted: viewers are further behind, and wait longer until they see something. In OBS choose Settings, Output, Output Mode Advanced, Keyframe Interval ${wanted} s, and x264 options scenecut=0; elsewhere the same under GOP or key frame interval.`,
    { details: { seconds, wanted } },
  );
}

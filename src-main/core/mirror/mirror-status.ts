import type { Upload, UploadState } from '../../shared/api/uploads.ts';
import type { AppError } from '../../shared/app-error.ts';

/** How a mirror that runs is doing. */
export type MirrorStatus = Pick<
  Upload,
  | 'sentBitrate'
  | 'behindSeconds'
  | 'uploadedObjects'
  | 'uploadedBytes'
  | 'waitingObjects'
  | 'failures'
  | 'retryAt'
  | 'lastUpload'
> & {
  readonly state: Exclude<UploadState, 'off'>;
  readonly error: AppError | undefined;
};

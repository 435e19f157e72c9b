import type { AppError } from '../../shared/app-error.ts';
import type { FfmpegBinary, ReadFfmpegFailure, RunToEnd } from '../ports/process.ts';
import type { Environment } from './capture-context.ts';
import type { DeviceFacts } from './device-facts.ts';

export type FindDevicesOptions = {
  readonly platform: NodeJS.Platform;
  readonly environment: Environment;
  readonly binary: FfmpegBinary;
  readonly run: RunToEnd;
  readonly readFailure: ReadFfmpegFailure;
  readonly signal?: AbortSignal | undefined;
  /** Where the system's own folders are; tests have others. */
  readonly root?: string | undefined;
};

export type FoundDevices = {
  readonly facts: DeviceFacts;
  /** What cannot be captured here, each with its cure. `details.kind` is the kind of source. */
  readonly problems: readonly AppError[];
};

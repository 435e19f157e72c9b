import type { SourceSpec } from '../../shared/api/studio.ts';
import type { Canvas } from '../ports/mixer.ts';
import type { FfmpegBinary, MediaProbe } from '../ports/process.ts';
import type { DeviceFacts } from './device-facts.ts';

/** A source that a process captures; the test picture is made inside the mixer. */
export type CapturedSpec = Exclude<SourceSpec, { kind: 'test' }>;
export type SpecOf<K extends CapturedSpec['kind']> = Extract<CapturedSpec, { kind: K }>;

/** A source that is a device of this computer. */
export type DeviceSpec = Exclude<CapturedSpec, { kind: 'file' | 'url' | 'browser' }>;

export type Environment = Readonly<Record<string, string | undefined>>;

/** Everything a command line depends on beside the source itself. */
export type CaptureContext = {
  readonly platform: NodeJS.Platform;
  readonly canvas: Canvas;
  /** The ffmpeg that has the capture devices of this system. */
  readonly binary: FfmpegBinary;
  readonly environment: Environment;
  /** As they were found when the source was set up. */
  readonly devices: DeviceFacts;
  /** What a `file` or `url` has in it; for these it must be known. */
  readonly media?: MediaProbe | undefined;
  /** Where what the page of a `browser` sends is fetched; for that it must be known. */
  readonly feed?: URL | undefined;
  /** Take the oldest and most portable way to grab: the better one gave black frames or failed (Windows). */
  readonly plainGrab?: boolean | undefined;
};

import type { FfmpegBinary } from '../../src-main/core/ports/process.ts';

/** An ffmpeg that exists only on paper, with everything that is not said otherwise missing. */
export function paperBinary(over: Partial<FfmpegBinary> = {}): FfmpegBinary {
  return {
    path: '/opt/ffmpeg',
    version: '7.1',
    major: 7,
    origin: 'path',
    hash: 'abc',
    encoders: new Set(),
    decoders: new Set(),
    filters: new Set(),
    devices: new Set(),
    inputProtocols: new Set(),
    outputProtocols: new Set(),
    muxers: new Set(),
    ...over,
  };
}

import { type FfmpegOption, toArgs } from '../ports/ffmpeg-options.ts';
import { applicationOf, serverUrlOf } from './push-address.ts';
import { isSrt, srtOptions, srtServerUrl } from './srt-address.ts';

/** The pipes of the process that pushes: one fragmented MP4 per track. */
export const VIDEO_FD = 3;
export const AUDIO_FD = 4;

/**
 * The command line, pure. The server is public; application and key, or stream id and passphrase, come in a file of options (`-fpre`): command lines of processes can be
 * read by everybody.
 *
 * `baseSeconds` is the media time at which this connection begins: RTMP has 32 bits of milliseconds, media time is UTC. It is taken off both
 * tracks alike, so that they stay together.
 */
export function pushArgs(options: {
  readonly url: string;
  readonly hasVideo: boolean;
  readonly hasAudio: boolean;
  readonly baseSeconds: string;
  readonly secretsFile: string;
  /** Where a relay waits that does the TLS of an RTMPS address. */
  readonly relayPort: number | undefined;
}): readonly string[] {
  const { url, hasVideo, hasAudio, relayPort } = options;
  const input = (fd: number): readonly FfmpegOption[] => [
    // Everything needed stands in the header; looking at more would be waiting.
    ['-probesize', 32],
    ['-analyzeduration', 0],
    // Half a second. What waits is to wait with us, where it is counted and left out in time.
    ['-thread_queue_size', 16],
    ['-itsoffset', `-${options.baseSeconds}`],
    ['-f', 'mp4'],
    ['-i', `pipe:${fd}`],
  ];
  const tracks = [...(hasVideo ? [VIDEO_FD] : []), ...(hasAudio ? [AUDIO_FD] : [])];
  return toArgs([
    ['-hide_banner'],
    ['-nostdin'],
    ['-nostats'],
    ['-loglevel', 'error'],
    ['-progress', 'pipe:1'],
    ['-stats_period', '0.5'],
    ['-copyts'],
    ...tracks.flatMap(input),
    ...tracks.map((_, index): FfmpegOption => ['-map', index]),
    ['-c', 'copy'],
    ...(hasVideo && !isSrt(url) ? TELL_OF_OTHER_QUALITIES : []),
    // A track that pauses must not hold up the other for the default 10 s.
    ['-max_interleave_delta', 500_000],
    ...(isSrt(url) ? srtOutput(url, options.secretsFile) : rtmpOutput(url, options.secretsFile, relayPort)),
  ]);
}

/**
 * A quality that goes on in the stream of another brings its parameter sets with its key frames: FLV wants them in a header of its own, which
 * its muxer writes when it is told of new ones.
 */
const TELL_OF_OTHER_QUALITIES: readonly FfmpegOption[] = [['-bsf:v', 'h264_mp4toannexb,extract_extradata']];

/** Half a second at 2 Mbit/s. What waits is to wait with us, where it is counted, and not for minutes in the system. */
const SEND_BUFFER_BYTES = 128 * 1024;

function rtmpOutput(url: string, secretsFile: string, relayPort: number | undefined): readonly FfmpegOption[] {
  return [
    ['-flvflags', 'no_duration_filesize'],
    ['-send_buffer_size', SEND_BUFFER_BYTES],
    ['-fpre', secretsFile],
    ['-f', 'flv'],
    [relayPort === undefined ? serverUrlOf(url) : `rtmp://127.0.0.1:${relayPort}/`],
  ];
}

function srtOutput(url: string, secretsFile: string): readonly FfmpegOption[] {
  return [
    // Its defaults would move picture and sound by more than a second.
    ['-muxdelay', 0],
    ['-muxpreload', 0],
    ['-fpre', secretsFile],
    ['-f', 'mpegts'],
    [srtServerUrl(url)],
  ];
}

/**
 * The options of the file. All of them always: ffmpeg would look for what is missing in the address. The server is told the address that it
 * has for the world, relay or not.
 */
export function secretOptions(url: string, key: string | undefined): string {
  if (isSrt(url)) {
    return srtOptions(url, key);
  }
  return `rtmp_app=${applicationOf(url)}\nrtmp_tcurl=${url}\nrtmp_playpath=${key ?? ''}\n`;
}

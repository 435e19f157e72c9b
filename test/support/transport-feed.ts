import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { createFragmentReader } from '../../src-main/media/cmaf/fragment-reader.ts';
import type { Sample, TrackDescription } from '../../src-main/media/cmaf/types.ts';

/** A feed as an encoder makes it, and what is in it. */
export type Feed = {
  /** Fragmented MP4 that ffmpeg sends on without encoding it again. */
  readonly bytes: Uint8Array;
  readonly tracks: readonly { readonly description: TrackDescription; readonly samples: readonly Sample[] }[];
};

/**
 * Three seconds of picture with B-frames and of sound. `startSeconds`: where its times begin, at least enough for frames that are decoded
 * before they are shown.
 */
export async function makeFeed(video: readonly string[] = H264, startSeconds = 10): Promise<Feed> {
  const { stdout } = await promisify(execFile)(
    'ffmpeg',
    [
      ...[
        '-v',
        'error',
        '-f',
        'lavfi',
        '-i',
        'testsrc2=s=320x180:r=30',
        '-f',
        'lavfi',
        '-i',
        'sine=r=48000',
        '-t',
        '3',
      ],
      ...video,
      ...['-g', '30', '-video_track_timescale', '90000', '-c:a', 'aac', '-b:a', '64k'],
      ...['-output_ts_offset', String(startSeconds), '-avoid_negative_ts', 'disabled', '-use_editlist', '0'],
      ...['-movflags', '+frag_keyframe+empty_moov+default_base_moof+frag_discont', '-f', 'mp4', 'pipe:1'],
    ],
    { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 },
  );
  const samples = new Map<number, Sample[]>();
  let tracks: Feed['tracks'] = [];
  for (const event of createFragmentReader().push(stdout)) {
    if (event.kind === 'header') {
      tracks = event.tracks.map(({ trackId, description }) => {
        const own: Sample[] = [];
        samples.set(trackId, own);
        return { description, samples: own };
      });
    } else {
      samples.get(event.trackId)?.push(...event.samples);
    }
  }
  return { bytes: stdout, tracks };
}

export const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-bf', '2'];
export const H265 = [
  '-c:v',
  'libx265',
  '-tag:v',
  'hvc1',
  '-preset',
  'ultrafast',
  '-x265-params',
  'log-level=none:keyint=30:info=0',
];

/** The feed as a transport stream, its times as they are. */
export async function asTransportStream(feed: Feed): Promise<Uint8Array> {
  const sender = spawn('ffmpeg', sendArgs('pipe:1', []), { stdio: ['pipe', 'pipe', 'inherit'] });
  const parts: Uint8Array[] = [];
  sender.stdout.on('data', (bytes: Uint8Array) => parts.push(bytes));
  sender.stdin.end(feed.bytes);
  await once(sender, 'close');
  return new Uint8Array(Buffer.concat(parts));
}

export type FeedSender = AsyncDisposable & {
  /** Code and last words. */
  readonly exited: Promise<{ readonly code: number | null; readonly words: string }>;
};

/** Sends a feed in its own time to an address, as an encoder does. */
export function sendFeed(feed: Feed, url: string): FeedSender {
  const sender = spawn('ffmpeg', sendArgs(url, ['-re']), { stdio: ['pipe', 'ignore', 'pipe'] });
  let words = '';
  sender.stderr.on('data', (text: Uint8Array) => {
    words += Buffer.from(text).toString();
  });
  // It may leave before it has read everything.
  sender.stdin.on('error', () => undefined);
  sender.stdin.end(feed.bytes);
  const closed = once(sender, 'close');
  const exited = (async () => {
    await closed;
    return { code: sender.exitCode, words };
  })();
  return {
    exited,
    async [Symbol.asyncDispose]() {
      sender.kill('SIGKILL');
      await closed;
    },
  };
}

function sendArgs(url: string, input: readonly string[]): readonly string[] {
  return [
    ...['-v', 'error', '-copyts', ...input, '-f', 'mp4', '-i', 'pipe:0', '-map', '0', '-c', 'copy'],
    ...['-muxdelay', '0', '-muxpreload', '0', '-f', 'mpegts', url],
  ];
}

import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { RecordedTrack } from './rig.ts';

const run = promisify(execFile);

/** One packet: when it is shown, and what is in it. */
export type Packet = { readonly shownAt: number; readonly md5: string };

const packets = z.object({
  packets: z.array(z.object({ pts_time: z.coerce.number(), data_hash: z.string() })),
});

/** Runs ffmpeg; what it says on the way is nobody's business unless it fails. */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run('ffmpeg', ['-nostdin', '-hide_banner', '-v', 'error', '-y', ...args], { timeout: 120_000 });
}

/** Pictures with B-frames and a key frame a second, and one sound for each language. */
export async function makeSource(
  path: string,
  options: { readonly languages?: readonly string[]; readonly video?: readonly string[] } = {},
): Promise<void> {
  const { languages = ['eng'], video = ['-c:v', 'libx264', '-preset', 'veryfast', '-bf', '2'] } = options;
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=30:d=4'],
    ...languages.flatMap((_, index) => ['-f', 'lavfi', '-i', `sine=f=${(index + 1) * 300}:r=48000:d=4`]),
    ...['-map', '0:v', ...languages.flatMap((_, index) => ['-map', `${index + 1}:a`])],
    ...[...video, '-g', '30', '-keyint_min', '30', '-sc_threshold', '0', '-b:v', '300k', '-c:a', 'aac'],
    ...languages.flatMap((language, index) => [`-metadata:s:a:${index}`, `language=${language}`]),
    path,
  );
}

/** What ffmpeg finds in one stream of a file. */
export async function packetsOf(path: string, stream: string): Promise<readonly Packet[]> {
  const entries = ['-show_packets', '-show_data_hash', 'md5', '-show_entries', 'packet=pts_time,data_hash'];
  const { stdout } = await run('ffprobe', [
    '-v',
    'error',
    '-select_streams',
    stream,
    ...entries,
    '-of',
    'json',
    path,
  ]);
  return packets.parse(JSON.parse(stdout)).packets.map(({ pts_time, data_hash }) => ({
    shownAt: pts_time,
    md5: data_hash.replace(/^MD5:/i, ''),
  }));
}

/** The same of what came through the door. */
export function receivedPackets({ samples, description }: RecordedTrack): readonly Packet[] {
  return samples.map(({ decodeTime, compositionOffset, data }) => ({
    shownAt: (Number(decodeTime) + compositionOffset) / description.timescale,
    md5: createHash('md5').update(data).digest('hex'),
  }));
}

/** Whether the local ffmpeg has an encoder. */
export function hasEncoder(name: string): boolean {
  try {
    return execFileSync('ffmpeg', ['-hide_banner', '-encoders'], { encoding: 'utf8' }).includes(` ${name} `);
  } catch {
    return false;
  }
}

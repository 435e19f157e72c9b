import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

const probe = z.object({
  streams: z.array(
    z.object({ codec_type: z.string(), codec_name: z.string(), start_time: z.coerce.number().optional() }),
  ),
  format: z.object({ duration: z.coerce.number().optional() }),
});

/** What ffprobe finds in a file or behind an address. Rejects when it cannot read it. */
export async function ffprobe(source: string): Promise<{
  readonly codecs: readonly string[];
  readonly starts: readonly (number | undefined)[];
  readonly seconds: number | undefined;
}> {
  const { stdout } = await run(
    'ffprobe',
    ['-v', 'error', '-of', 'json', '-show_streams', '-show_format', source],
    {
      timeout: 30_000,
    },
  );
  const { streams, format } = probe.parse(JSON.parse(stdout));
  return {
    codecs: streams.map(({ codec_type, codec_name }) => `${codec_type} ${codec_name}`),
    starts: streams.map(({ start_time }) => start_time),
    seconds: format.duration,
  };
}

/** MD5 of every decoded frame, in order; rejects when the decoder complains about anything. */
export async function frameMd5s(input: readonly string[], stream: 'v:0' | 'a:0'): Promise<readonly string[]> {
  const { stdout, stderr } = await run(
    'ffmpeg',
    ['-v', 'warning', ...input, '-map', `0:${stream}`, '-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
    { timeout: 120_000, maxBuffer: 64 * 1024 * 1024 },
  );
  if (stderr.trim() !== '') {
    throw new Error(`The decoder complains: ${stderr}`);
  }
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.slice(line.lastIndexOf(',') + 1).trim());
}

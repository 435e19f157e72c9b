import type { FfmpegProgress, OpenProgressReader } from '../ports/process.ts';
import { createLineReader } from './read-lines.ts';

/** See `OpenProgressReader` in the port. A report is told when its last line, `progress=…`, has arrived. */
export const openProgressReader: OpenProgressReader = (onProgress) => {
  let fields = new Map<string, string>();
  return createLineReader({
    secrets: [],
    onLine(line) {
      const [, key = '', value = ''] = /^(\w+)=\s*(.*?)\s*$/.exec(line) ?? [];
      if (key === 'progress') {
        onProgress(progressOf(fields, value === 'end'));
        fields = new Map();
      } else if (WANTED.has(key)) {
        fields.set(key, value);
      }
    },
  });
};

const WANTED = new Set([
  'frame',
  'fps',
  'bitrate',
  'total_size',
  'out_time_us',
  'dup_frames',
  'drop_frames',
  'speed',
]);

function progressOf(fields: ReadonlyMap<string, string>, ended: boolean): FfmpegProgress {
  const kilobits = numberIn(fields.get('bitrate'), 'kbits/s');
  return {
    frame: numberIn(fields.get('frame')),
    framesPerSecond: numberIn(fields.get('fps')),
    bitrate: kilobits === undefined ? undefined : Math.round(kilobits * 1000),
    totalBytes: numberIn(fields.get('total_size')),
    outTimeUs: numberIn(fields.get('out_time_us')),
    duplicatedFrames: numberIn(fields.get('dup_frames')),
    droppedFrames: numberIn(fields.get('drop_frames')),
    speed: numberIn(fields.get('speed'), 'x'),
    ended,
  };
}

/** ffmpeg writes N/A, or in some versions the smallest 64-bit integer, for what it does not know yet. */
function numberIn(text: string | undefined, unit = ''): number | undefined {
  if (text === undefined || text === '' || !text.endsWith(unit)) {
    return undefined;
  }
  const value = Number(text.slice(0, text.length - unit.length));
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER ? value : undefined;
}

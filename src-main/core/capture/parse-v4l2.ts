import type { CameraMode } from './device-facts.ts';

/**
 * Reads what `ffmpeg -f v4l2 -list_formats all -i /dev/videoN` says: lines such as
 * `[video4linux2,v4l2 @ 0x…] Raw       :     yuyv422 :           YUYV 4:2:2 : 640x480 1280x720`. Formats that ffmpeg does not know (`Unsupported`) and
 * sizes given as a range (`{32-2592, 2}x{32-1944, 2}`) are left out.
 */
export function parseV4l2Formats(lines: readonly string[]): readonly CameraMode[] {
  return lines.flatMap((line) => {
    const parts = /\] (?<kind>Raw|Compressed) *: *(?<format>[a-z\d_]+) *:.*: (?<sizes>[^:]+)$/.exec(line)?.groups;
    const format = parts?.['format'];
    if (parts === undefined || format === undefined) {
      return [];
    }
    return [...(parts['sizes'] ?? '').matchAll(/(?<=^|\s)(\d+)x(\d+)(?=\s|$)/g)].map(
      ([, width, height]): CameraMode => ({
        width: Number(width),
        height: Number(height),
        format,
        isCompressed: parts['kind'] === 'Compressed',
        frameRate: undefined,
      }),
    );
  });
}

/** A node of a camera that gives no pictures: metadata, or an output. */
export function isNoCamera(lines: readonly string[]): boolean {
  return lines.some((line) => /Not a video capture device|Inappropriate ioctl/.test(line));
}

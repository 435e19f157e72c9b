import type { VideoJsPlayer } from './hls-engine.ts';
import { openStoryboard } from './open-storyboard.ts';
import { playlistTimes } from './playlist-times.ts';
import { attachSeekPreview } from './seek-preview.ts';

/** A picture over the seek bar of video.js, of a recording and of the window of a broadcast. */
export function previewSeeking(player: VideoJsPlayer, storyboardUrl: string): Disposable {
  const host = player.el();
  const bar = host.querySelector('.vjs-progress-holder');
  if (!(bar instanceof HTMLElement) || !(host instanceof HTMLElement)) {
    return { [Symbol.dispose]: () => undefined };
  }
  return attachSeekPreview(bar, host, openStoryboard(storyboardUrl), {
    wallMsAt(fraction) {
      const { start, length } = rangeOf(player);
      return wallMs(player, start + fraction * length);
    },
    position() {
      const { start, length } = rangeOf(player);
      return length > 0 ? ((player.currentTime() ?? 0) - start) / length : 0;
    },
  });
}

/** What the bar spans, on the player's own clock. */
function rangeOf(player: VideoJsPlayer): { readonly start: number; readonly length: number } {
  const duration = player.duration() ?? 0;
  const seekable: TimeRanges = player.seekable();
  if (duration !== Infinity || seekable.length === 0) {
    return { start: 0, length: duration };
  }
  const start = seekable.start(0);
  return { start, length: seekable.end(seekable.length - 1) - start };
}

function wallMs(player: VideoJsPlayer, seconds: number): number | undefined {
  if (!Number.isFinite(seconds)) {
    return undefined;
  }
  return playlistTimes(player).toWallMs(seconds) ?? nativeWallMs(player, seconds);
}

/** Safari's own player knows when its time 0 was (HTML §4.8.11.6); the types of the DOM do not know that it does. */
function nativeWallMs(player: VideoJsPlayer, seconds: number): number | undefined {
  const video: (HTMLVideoElement & { getStartDate?: () => Date }) | null = player.el().querySelector('video');
  const startMs = video?.getStartDate?.().getTime() ?? Number.NaN;
  return Number.isNaN(startMs) ? undefined : startMs + seconds * 1000;
}

import type Hls from 'hls.js';
import { Events, type MediaPlaylist } from 'hls.js';
import type videojs from 'video.js';

/** What the menu of video.js shows is what hls.js has, and what is chosen there is played. The list lives as long as the player. */
export function bridgeAudioTracks(
  hls: Hls,
  player: ReturnType<typeof videojs>,
  AudioTrack: typeof videojs.AudioTrack,
): Disposable {
  const list = player.audioTracks();
  let shown: readonly { readonly key: string; readonly track: videojs.AudioTrack }[] = [];

  function clear(): void {
    for (const { track } of shown) {
      list.removeTrack(track);
    }
    shown = [];
  }

  /** Each quality may come with a group of its own; while its tracks are the same ones, the menu stays as it is, also when it is open. */
  function refill(tracks: readonly MediaPlaylist[]): void {
    if (tracks.map(keyOf).join('\n') === shown.map(({ key }) => key).join('\n')) {
      return;
    }
    clear();
    shown = tracks.map((track, index) => ({
      key: keyOf(track),
      track: new AudioTrack({
        id: `audio-${index}`,
        kind: kindOf(track),
        label: track.name,
        language: track.lang ?? '',
        enabled: index === hls.audioTrack,
      }),
    }));
    for (const { track } of shown) {
      list.addTrack(track);
    }
  }

  function choose(): void {
    const chosen = shown.findIndex(({ track }) => track.enabled === true);
    if (chosen >= 0 && chosen !== hls.audioTrack) {
      hls.audioTrack = chosen;
    }
  }

  hls.on(Events.AUDIO_TRACKS_UPDATED, (_event, { audioTracks }) => refill(audioTracks));
  hls.on(Events.AUDIO_TRACK_SWITCHING, (_event, { id }) => {
    const entry = shown[id];
    if (entry !== undefined && entry.track.enabled !== true) {
      entry.track.enabled = true;
    }
  });
  list.on('change', choose);
  return {
    [Symbol.dispose]() {
      list.off('change', choose);
      clear();
    },
  };
}

function keyOf({ name, lang = '', characteristics = '' }: MediaPlaylist): string {
  return [name, lang, characteristics].join('\t');
}

/** As video.js names them; RFC 8216 §4.3.4.1 CHARACTERISTICS. */
function kindOf(track: MediaPlaylist): 'main' | 'main-desc' | 'alternative' {
  if (track.characteristics?.includes('public.accessibility.describes-video') === true) {
    return 'main-desc';
  }
  return track.default ? 'main' : 'alternative';
}

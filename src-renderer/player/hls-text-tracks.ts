import type Hls from 'hls.js';
import { Events, type MediaPlaylist } from 'hls.js';
import type videojs from 'video.js';

type Player = ReturnType<typeof videojs>;
/** video.js's own `<track>`, whose types leave out what it has of the real one. */
type TrackElement = ReturnType<Player['addRemoteTextTrack']> & { readonly track: TextTrack };
type Shown = { readonly key: string; readonly kind: 'captions' | 'subtitles'; readonly element: TrackElement };

/**
 * Captions (CEA-608) and subtitles (WebVTT) as tracks of video.js, which has the menu and draws them. hls.js reads them, and of subtitles fetches those
 * that are shown.
 */
export function bridgeTextTracks(hls: Hls, player: Player, video: HTMLVideoElement): Disposable {
  const list = player.textTracks();
  let shown: readonly Shown[] = [];

  function show(key: string, kind: Shown['kind'], media: MediaPlaylist | undefined, label = ''): void {
    if (shown.some((track) => track.key === key)) {
      return;
    }
    // See its type.
    // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
    const element = player.addRemoteTextTrack(
      {
        kind,
        label: media?.name ?? label,
        language: media?.lang ?? '',
        default: media?.default === true && media.autoselect,
      },
      false,
    ) as TrackElement;
    shown = [...shown, { key, kind, element }];
  }

  /** A quality may have subtitles of its own; the same ones in another group stay the track that they are. */
  function refill(tracks: readonly MediaPlaylist[]): void {
    const keys = tracks.map(keyOf);
    for (const { element } of shown.filter(({ key, kind }) => kind === 'subtitles' && !keys.includes(key))) {
      player.removeRemoteTextTrack(element);
    }
    shown = shown.filter(({ key, kind }) => kind !== 'subtitles' || keys.includes(key));
    for (const track of tracks) {
      show(keyOf(track), 'subtitles', track);
    }
    choose();
  }

  function choose(): void {
    const showing = shown.find(({ kind, element }) => kind === 'subtitles' && element.track.mode === 'showing');
    const chosen = hls.subtitleTracks.findIndex((track) => keyOf(track) === showing?.key);
    if (chosen !== hls.subtitleTrack) {
      hls.subtitleTrack = chosen;
    }
  }

  function add(key: string, cues: readonly VTTCue[]): void {
    const track = shown.find((candidate) => candidate.key === key)?.element.track;
    for (const cue of cues) {
      // What is fetched again, by who goes back, is known by the id that hls.js makes of time and text.
      if (track?.cues?.getCueById(cue.id) === null) {
        track.addCue(cue);
      }
    }
  }

  hls.on(Events.MANIFEST_LOADED, (_event, { captions = [] }) => {
    for (const media of captions) {
      const channel = /^CC([1-4])$/.exec(media.instreamId ?? '')?.[1];
      if (channel !== undefined) {
        show(`textTrack${channel}`, 'captions', media);
      }
    }
  });
  hls.on(Events.NON_NATIVE_TEXT_TRACKS_FOUND, (_event, { tracks }) => {
    for (const { _id: id, kind, label, closedCaptions } of tracks) {
      if (kind === 'captions' && id !== undefined) {
        show(id, kind, closedCaptions, label);
      }
    }
  });
  hls.on(Events.SUBTITLE_TRACKS_UPDATED, (_event, { subtitleTracks }) => refill(subtitleTracks));
  hls.on(Events.CUES_PARSED, (_event, { type, track, subtitleTrack, cues }) => {
    add(type === 'captions' || subtitleTrack === undefined ? track : keyOf(subtitleTrack), cuesOf(cues));
  });
  // What hls.js drops of the media it fetches again; the words of it come again too.
  hls.on(Events.BUFFER_FLUSHING, (_event, { startOffset, endOffset, endOffsetSubtitles, type }) => {
    const isPassed = video.currentTime >= endOffset;
    for (const { kind, element } of shown) {
      if (kind === 'captions' && isPassed && (type === null || type === 'video')) {
        forget(element.track, startOffset, endOffset);
      } else if (kind === 'subtitles' && isPassed && startOffset === 0 && endOffsetSubtitles !== undefined) {
        forget(element.track, 0, endOffsetSubtitles);
      }
    }
  });
  list.on('change', choose);
  return {
    [Symbol.dispose]() {
      list.off('change', choose);
    },
  };
}

function forget(track: TextTrack, start: number, end: number): void {
  const gone = [...(track.cues ?? [])].filter((cue) => cue.startTime >= start && cue.endTime <= end);
  for (const cue of gone) {
    track.removeCue(cue);
  }
}

function keyOf({ name, lang = '', characteristics = '', forced }: MediaPlaylist): string {
  return [name, lang, characteristics, String(forced)].join('\t');
}

/** hls.js has no type for them. */
function cuesOf(cues: unknown): readonly VTTCue[] {
  return Array.isArray(cues) ? cues.filter((cue) => cue instanceof VTTCue) : [];
}

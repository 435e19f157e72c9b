import { quotable } from '../../../manifest/hls/attribute-list.ts';
import {
  type MultivariantPlaylist,
  writeMultivariantPlaylist,
} from '../../../manifest/hls/multivariant-playlist.ts';
import type { AudioRendition, ClosedCaptionsRendition } from '../../../manifest/hls/tags/media.ts';
import type { Variant } from '../../../manifest/hls/tags/stream-inf.ts';
import type { AudioTrackDescription, VideoTrackDescription } from '../../../media/cmaf/types.ts';
import { CAPTION_CHANNELS, type Track, type TrackWindow } from '../../ports/presentation.ts';
import { mediaPlaylistName, qualityPath } from '../address.ts';
import { audioLabels } from '../labels.ts';

const AUDIO_GROUP = 'audio';
const CAPTIONS_GROUP = 'captions';

/** The playlist of playlists, best quality first, as Azure Media Services had it and players begin with. */
export function writeMultivariant(
  tracks: readonly TrackWindow[],
  options: { readonly audioOnly: boolean; readonly legacyCues: boolean },
): string {
  const video = tracks.filter(isVideo);
  const audio = tracks.filter(isAudio);
  // Whatever sound is chosen, the variant's bandwidth holds.
  const peak = Math.max(0, ...audio.map(peakOf));
  const average = Math.max(0, ...audio.map(averageOf));
  const codecs = [...new Set(audio.map(({ track }) => track.codec))];
  const group = audio.length > 0 && video.length > 0 ? AUDIO_GROUP : undefined;
  const captions = captionRenditions(video);
  // Either all variants have them or none has (§4.4.6.2): those that are of the same programme.
  const closedCaptions = captions.length === 0 ? 'none' : { groupId: CAPTIONS_GROUP };
  const uriOf = (track: Track): string =>
    `${qualityPath(track.bitrate)}${mediaPlaylistName(track.name, 'm3u8-cmaf', options.legacyCues)}`;
  const variantOf = (window: TrackWindow): Pick<Variant, 'uri' | 'bandwidth' | 'averageBandwidth'> => ({
    uri: uriOf(window.track),
    bandwidth: peakOf(window),
    averageBandwidth: averageOf(window),
  });

  const pictures = video.map(
    (window): Variant => ({
      ...variantOf(window),
      bandwidth: peakOf(window) + peak,
      averageBandwidth: averageOf(window) + average,
      codecs: [window.track.codec, ...codecs],
      resolution: { width: window.track.width, height: window.track.height },
      frameRate: frameRateOf(window.track),
      audio: group,
      closedCaptions,
    }),
  );
  const sounds = audio.map(
    (window): Variant => ({
      ...variantOf(window),
      codecs: [window.track.codec],
      audio: group,
      closedCaptions: captions.length === 0 ? 'none' : undefined,
    }),
  );
  const playlist: MultivariantPlaylist = {
    independentSegments: true,
    renditions: [...(group === undefined ? [] : renditionsOf(audio, uriOf)), ...captions],
    // Of several qualities of sound the best is the one without pictures.
    variants: video.length === 0 ? sounds : [...pictures, ...(options.audioOnly ? sounds.slice(0, 1) : [])],
    iFrameVariants: [],
  };
  return writeMultivariantPlaylist(playlist);
}

type VideoWindow = TrackWindow & { readonly track: Track & VideoTrackDescription };
type AudioWindow = TrackWindow & { readonly track: Track & AudioTrackDescription };

function isVideo(window: TrackWindow): window is VideoWindow {
  return window.track.kind === 'video';
}

function isAudio(window: TrackWindow): window is AudioWindow {
  return window.track.kind === 'audio';
}

/** At least what the quality is called after: a still picture at the beginning says nothing of what comes. */
function peakOf({ track, peakBitrate, averageBitrate }: TrackWindow): number {
  return Math.ceil(Math.max(track.bitrate, peakBitrate, averageBitrate));
}

function averageOf({ track, averageBitrate }: TrackWindow): number {
  return Math.ceil(averageBitrate > 0 ? averageBitrate : track.bitrate);
}

function frameRateOf({ frameRate }: VideoTrackDescription): number | undefined {
  return frameRate === undefined ? undefined : frameRate.numerator / frameRate.denominator;
}

/** Of the channels that any quality has; what one has all have, as they are of one picture. */
function captionRenditions(video: readonly VideoWindow[]): readonly ClosedCaptionsRendition[] {
  const channels = CAPTION_CHANNELS.filter((channel) => video.some(({ captions }) => captions?.includes(channel)));
  return channels.map((channel, index) => ({
    type: 'CLOSED-CAPTIONS',
    groupId: CAPTIONS_GROUP,
    name: channel,
    isDefault: false,
    // Of two that say the same only one may be chosen by itself (§4.4.6.1.1).
    autoSelect: index === 0,
    instreamId: channel,
  }));
}

function renditionsOf(audio: readonly AudioWindow[], uriOf: (track: Track) => string): readonly AudioRendition[] {
  const labels = audioLabels(audio.map(({ track }) => track));
  return audio.map(({ track }, index): AudioRendition => {
    const isFirstOfLanguage = audio.findIndex((other) => other.track.language === track.language) === index;
    return {
      type: 'AUDIO',
      groupId: AUDIO_GROUP,
      name: quotable(labels[index] ?? track.name),
      language: track.language === 'und' ? undefined : track.language,
      isDefault: index === 0,
      // Among renditions of one language only one may be chosen by itself (§4.4.6.1.1).
      autoSelect: isFirstOfLanguage,
      channels: String(track.channels),
      uri: uriOf(track),
    };
  });
}

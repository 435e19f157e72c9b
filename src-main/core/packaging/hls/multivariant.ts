import { quotable } from '../../../manifest/hls/attribute-list.ts';
import {
  type MultivariantPlaylist,
  writeMultivariantPlaylist,
} from '../../../manifest/hls/multivariant-playlist.ts';
import type { IFrameVariant } from '../../../manifest/hls/tags/i-frame-stream-inf.ts';
import type { EncryptionKey } from '../../../manifest/hls/tags/key.ts';
import type { AudioRendition, ClosedCaptionsRendition } from '../../../manifest/hls/tags/media.ts';
import type { Variant } from '../../../manifest/hls/tags/stream-inf.ts';
import type { AudioTrackDescription, VideoTrackDescription } from '../../../media/cmaf/types.ts';
import {
  CAPTION_CHANNELS,
  type LiveText,
  type TextTrack,
  type Track,
  type TrackWindow,
} from '../../ports/presentation.ts';
import type { HlsFormat } from '../../ports/streaming-format.ts';
import { type CarriedOptions, mediaPlaylistName, qualityPath } from '../address.ts';
import { audioLabels } from '../labels.ts';
import { isRecorded } from '../text/late-tracks.ts';
import { withLiveSubtitles, withSubtitles } from '../text/renditions.ts';

const AUDIO_GROUP = 'audio';
const CAPTIONS_GROUP = 'captions';

/** What the formats are called after, and Azure Media Services declared; players may take groups for unknown before version 4 (RFC 8216 §7). */
const LEAST_VERSIONS: Readonly<Partial<Record<HlsFormat, number>>> = { 'm3u8-aapl-v3': 3, 'm3u8-aapl': 4 };

/** The playlist of playlists, best quality first, as Azure Media Services had it and players begin with. */
export function writeMultivariant(
  tracks: readonly TrackWindow[],
  options: {
    readonly audioOnly: boolean;
    readonly legacyCues: boolean;
    readonly carried: CarriedOptions;
    /** Of all tracks, so that players can get them before they need them. */
    readonly sessionKeys: readonly EncryptionKey[];
    readonly texts: readonly TextTrack[];
    readonly liveTexts: readonly LiveText[];
    /** `m3u8-cmaf` when not given. */
    readonly format?: HlsFormat;
    /** Of a track in that format; those of its fragments when not given. */
    readonly bitratesOf?: (window: TrackWindow) => { readonly peak: number; readonly average: number };
    /** With playlists of single pictures. */
    readonly keyFrames?: boolean;
  },
): string {
  const { legacyCues, carried, format = 'm3u8-cmaf', bitratesOf } = options;
  const peakOf = (window: TrackWindow): number => bitratesOf?.(window).peak ?? fragmentPeakOf(window);
  const averageOf = (window: TrackWindow): number => bitratesOf?.(window).average ?? fragmentAverageOf(window);
  const video = tracks.filter(isVideo);
  const isMuxed = format === 'm3u8-aapl-v3' && video.length > 0;
  const allAudio = tracks.filter(isAudio);
  const audio = isMuxed ? allAudio.filter(isRecorded).slice(0, 1) : allAudio;
  // Whatever sound is chosen, the variant's bandwidth holds.
  const peak = Math.max(0, ...audio.map(peakOf));
  const average = Math.max(0, ...audio.map(averageOf));
  const codecs = [...new Set(audio.map(({ track }) => track.codec))];
  const hasChoice = video.length > 0 || !audio.every(isRecorded);
  const group = audio.length > 0 && hasChoice && !isMuxed ? AUDIO_GROUP : undefined;
  const captions = captionRenditions(video);
  // Either all variants have them or none has (§4.4.6.2): those that are of the same programme.
  const closedCaptions = captions.length === 0 ? 'none' : { groupId: CAPTIONS_GROUP };
  const uriOf = (track: Track, keyFrames = false): string =>
    `${qualityPath(track.bitrate)}${mediaPlaylistName(track.name, format, { ...carried, legacyCues, keyFrames })}`;
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
  // No picture is larger than its fragment, and nobody knows how much smaller before it is read.
  const iFrameVariantOf = (window: VideoWindow): IFrameVariant => ({
    uri: uriOf(window.track, true),
    bandwidth: peakOf(window),
    codecs: [window.track.codec],
    resolution: { width: window.track.width, height: window.track.height },
  });
  // What was added is there to be chosen, not another quality.
  const sounds = audio.filter(isRecorded).map(
    (window): Variant => ({
      ...variantOf(window),
      codecs: [window.track.codec],
      audio: group,
      closedCaptions: captions.length === 0 ? 'none' : undefined,
    }),
  );
  const playlist: MultivariantPlaylist = {
    version: LEAST_VERSIONS[format],
    independentSegments: true,
    sessionKeys: options.sessionKeys,
    renditions: [...(group === undefined ? [] : renditionsOf(audio, uriOf)), ...captions],
    // Of several qualities of sound the best is the one without pictures.
    variants: video.length === 0 ? sounds : [...pictures, ...(options.audioOnly ? sounds.slice(0, 1) : [])],
    iFrameVariants: options.keyFrames === true ? video.map(iFrameVariantOf) : [],
  };
  const subtitled = withSubtitles(playlist, options.texts, carried);
  return writeMultivariantPlaylist(
    format === 'm3u8-aapl-v3' ? subtitled : withLiveSubtitles(subtitled, options.liveTexts, { format, carried }),
  );
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
function fragmentPeakOf({ track, peakBitrate, averageBitrate }: TrackWindow): number {
  return Math.ceil(Math.max(track.bitrate, peakBitrate, averageBitrate));
}

function fragmentAverageOf({ track, averageBitrate }: TrackWindow): number {
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
  const standard = audio.find(({ track }) => track.shownAs?.isDefault === true) ?? audio[0];
  return audio.map((window, index): AudioRendition => {
    const { track } = window;
    const { characteristics = [] } = track.shownAs ?? {};
    const alike = audio.filter(({ track: other }) => other.language === track.language);
    const chosen = alike.find((other) => other === standard) ?? alike[0];
    return {
      type: 'AUDIO',
      groupId: AUDIO_GROUP,
      name: quotable(labels[index] ?? track.name),
      language: track.language === 'und' ? undefined : track.language,
      isDefault: window === standard,
      // Among renditions of one language only one may be chosen by itself (§4.4.6.1.1).
      autoSelect: window === chosen,
      characteristics: characteristics.length === 0 ? undefined : characteristics,
      channels: String(track.channels),
      uri: uriOf(track),
    };
  });
}

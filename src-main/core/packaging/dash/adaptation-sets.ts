import type { AdaptationSet, Representation } from '../../../manifest/dash/adaptation-set.ts';
import type { Descriptor } from '../../../manifest/dash/descriptor.ts';
import type { SegmentTemplate } from '../../../manifest/dash/segment-template.ts';
import { CAPTION_CHANNELS, type CaptionChannel, type Track, type TrackWindow } from '../../ports/presentation.ts';
import { fragmentName, qualityPath } from '../address.ts';
import { audioLabels } from '../labels.ts';
import { contentTypeOf } from '../media.ts';

/** Tracks between which players may switch. */
export type TrackSet = {
  /** Counted over all tracks, so that it stays the same when some have nothing to play. */
  readonly id: number;
  readonly windows: readonly [TrackWindow, ...TrackWindow[]];
};

/** `all` are the tracks there are, `offered` those that can be played. */
export function groupTracks(all: readonly TrackWindow[], offered: readonly TrackWindow[]): readonly TrackSet[] {
  const groups = [...Map.groupBy(all, ({ track }) => switchingKey(track)).values()];
  return groups.flatMap((group, index) => {
    const [first, ...others] = group.filter((window) => offered.includes(window));
    return first === undefined ? [] : [{ id: index + 1, windows: [first, ...others] as const }];
  });
}

/** What tracks of one switching set have in common (CMAF §7.3.4.1); the name because the addresses of a set differ only in the bitrate. */
function switchingKey(track: Track): string {
  const common = [track.kind, track.name, track.language, track.fourCc, track.timescale];
  return JSON.stringify(
    track.kind === 'video' ? common : [...common, track.codec, track.channels, track.sampleRate],
  );
}

/** Addresses are relative to the MPD, which stands in the folder of `QualityLevels`. */
export function templateAddresses({ windows }: TrackSet): Pick<SegmentTemplate, 'media' | 'initialization'> {
  const { name } = windows[0].track;
  const folder = qualityPath('$Bandwidth$');
  return {
    media: `${folder}${fragmentName(name, '$Time$', 'mpd-time-cmaf')}`,
    initialization: `${folder}${fragmentName(name, 'i', 'mpd-time-cmaf')}`,
  };
}

const ROLE = 'urn:mpeg:dash:role:2011';
/** Captions in the pictures, SCTE 214-1 §6.4.2; nothing in them says their language. */
const CAPTIONS: Readonly<Record<CaptionChannel, Descriptor>> = {
  CC1: { schemeIdUri: 'urn:scte:dash:cc:cea-608:2015', value: 'CC1=und' },
  SERVICE1: { schemeIdUri: 'urn:scte:dash:cc:cea-708:2015', value: '1=lang:und' },
};
/** Numbers of channels that are a ChannelConfiguration of ISO/IEC 23091-3 under another number. */
const CHANNEL_CONFIGURATIONS: ReadonlyMap<number, number> = new Map([
  [7, 11],
  [8, 12],
]);

/** What does not depend on time. */
export function describeSets(sets: readonly TrackSet[]): readonly Omit<AdaptationSet, 'segmentTemplate'>[] {
  const labels = new Map(labelsOf(sets));
  const firstOfKind = new Set(['video', 'audio'].map((kind) => sets.find((set) => kindOf(set) === kind)));
  return sets.map((set) => {
    const { track } = set.windows[0];
    const label = labels.get(set);
    return {
      id: set.id,
      contentType: track.kind,
      lang: track.language === 'und' ? undefined : track.language,
      ...(track.kind === 'video' ? largest(set) : { audioChannelConfigurations: [channelsOf(track.channels)] }),
      segmentAlignment: true,
      mimeType: contentTypeOf(track),
      segmentProfiles: ['cmfc'],
      startWithSap: 1,
      accessibilities: captionsOf(set),
      roles: [{ schemeIdUri: ROLE, value: firstOfKind.has(set) ? 'main' : 'alternate' }],
      labels: label === undefined ? undefined : [{ text: label }],
      representations: set.windows.map(({ track: one }) => representationOf(one)),
    };
  });
}

function kindOf({ windows }: TrackSet): Track['kind'] {
  return windows[0].track.kind;
}

function labelsOf(sets: readonly TrackSet[]): readonly (readonly [TrackSet, string])[] {
  const audio = sets.filter((set) => kindOf(set) === 'audio');
  const labels = audioLabels(audio.map(({ windows }) => windows[0].track));
  return audio.map((set, index) => [set, labels[index] ?? '']);
}

function largest({ windows }: TrackSet): Pick<AdaptationSet, 'maxWidth' | 'maxHeight'> {
  const sizes = windows.flatMap(({ track }) => (track.kind === 'video' ? [track] : []));
  return {
    maxWidth: Math.max(...sizes.map(({ width }) => width)),
    maxHeight: Math.max(...sizes.map(({ height }) => height)),
  };
}

function captionsOf({ windows }: TrackSet): readonly Descriptor[] {
  return CAPTION_CHANNELS.filter((channel) => windows.some(({ captions }) => captions?.includes(channel))).map(
    (channel) => CAPTIONS[channel],
  );
}

function channelsOf(channels: number): Descriptor {
  return {
    schemeIdUri: 'urn:mpeg:mpegB:cicp:ChannelConfiguration',
    value: String(CHANNEL_CONFIGURATIONS.get(channels) ?? channels),
  };
}

function representationOf(track: Track): Representation {
  return {
    id: track.id,
    // The one of the addresses, which players put in for `$Bandwidth$`.
    bandwidth: track.bitrate,
    codecs: track.codec,
    ...(track.kind === 'video'
      ? { width: track.width, height: track.height, frameRate: track.frameRate }
      : { audioSamplingRate: track.sampleRate }),
  };
}

import type { AdaptationSet, Representation } from '../../../manifest/dash/adaptation-set.ts';
import type { Descriptor } from '../../../manifest/dash/descriptor.ts';
import type { SegmentTemplate } from '../../../manifest/dash/segment-template.ts';
import { CAPTION_CHANNELS, type CaptionChannel, type Track } from '../../ports/presentation.ts';
import type { DashFormat } from '../../ports/streaming-format.ts';
import { type CarriedOptions, fragmentName, qualityPath } from '../address.ts';
import { audioLabels } from '../labels.ts';
import { contentTypeOf } from '../media.ts';
import type { ShownTrack } from '../shown-tracks.ts';
import { switchingKey } from '../tracks.ts';

/** Tracks between which players may switch. */
export type TrackSet = {
  /** Counted over all tracks, so that it stays the same when some have nothing to play. */
  readonly id: number;
  readonly windows: readonly [ShownTrack, ...ShownTrack[]];
};

/** Groups tracks into sets whose ids never change, also when tracks come that stand before others. */
export type TrackGroups = {
  /** `all` are the tracks there are, `offered` those that can be played. */
  group(all: readonly ShownTrack[], offered: readonly ShownTrack[]): readonly TrackSet[];
};

export function createTrackGroups(): TrackGroups {
  const ids = new Map<string, number>();

  function idOf(key: string): number {
    const id = ids.get(key) ?? ids.size + 1;
    ids.set(key, id);
    return id;
  }

  return {
    group(all, offered) {
      const groups = [...Map.groupBy(all, ({ track }) => switchingKey(track))];
      return groups.flatMap(([key, group]) => {
        const id = idOf(key);
        const [first, ...others] = group.filter((window) => offered.includes(window));
        return first === undefined ? [] : [{ id, windows: [first, ...others] as const }];
      });
    },
  };
}

/** Addresses are relative to the MPD, which stands in the folder of `QualityLevels`. */
export function templateAddresses(
  { windows }: TrackSet,
  format: DashFormat,
  carried: CarriedOptions,
  cryptoPeriod: number | undefined,
): Pick<SegmentTemplate, 'media' | 'initialization'> {
  const { name } = windows[0].track;
  const folder = qualityPath('$Bandwidth$');
  return {
    media: `${folder}${fragmentName(name, '$Time$', format, carried)}`,
    initialization: `${folder}${fragmentName(name, 'i', format, { ...carried, cryptoPeriod })}`,
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

/** Of the files. `profiles` as Azure Media Services had it; `segmentProfiles` came with CMAF. */
const BRANDS: Readonly<Record<DashFormat, Pick<AdaptationSet, 'profiles' | 'segmentProfiles'>>> = {
  'mpd-time-csf': { profiles: ['ccff'] },
  'mpd-time-cmaf': { segmentProfiles: ['cmfc'] },
};

/** What does not depend on time. */
export function describeSets(
  sets: readonly TrackSet[],
  format: DashFormat,
): readonly Omit<AdaptationSet, 'segmentTemplate'>[] {
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
      ...BRANDS[format],
      startWithSap: 1,
      accessibilities: captionsOf(set),
      selectionPriority: track.shownAs?.isDefault === true ? 2 : undefined,
      roles: [{ schemeIdUri: ROLE, value: track.shownAs?.role ?? (firstOfKind.has(set) ? 'main' : 'alternate') }],
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

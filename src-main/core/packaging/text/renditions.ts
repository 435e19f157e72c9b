import { quotable } from '../../../manifest/hls/attribute-list.ts';
import type { MultivariantPlaylist } from '../../../manifest/hls/multivariant-playlist.ts';
import type { SubtitlesRendition } from '../../../manifest/hls/tags/media.ts';
import { IMSC_CODEC } from '../../../media/cmaf/text-segment.ts';
import type { LiveText, TextTrack } from '../../ports/presentation.ts';
import { type CarriedOptions, mediaPlaylistName, qualityPath } from '../address.ts';
import { textLabels } from '../labels.ts';

const GROUP = 'subtitles';

type Subtitled = Pick<TextTrack, 'name' | 'bitrate' | 'language' | 'shownAs'>;

/** A multivariant playlist with a rendition for each text, in all variants: text goes with every quality. */
export function withSubtitles(
  playlist: MultivariantPlaylist,
  texts: readonly TextTrack[],
  carried: CarriedOptions,
): MultivariantPlaylist {
  if (texts.length === 0) {
    return playlist;
  }
  return {
    ...playlist,
    renditions: [...playlist.renditions, ...renditionsOf(texts, 'm3u8-cmaf', carried)],
    variants: playlist.variants.map((variant) => ({ ...variant, subtitles: GROUP })),
  };
}

/** The same for text that is made while it is live. Players of IMSC 1.1 know by the codecs of the variants that it is that. */
export function withLiveSubtitles(
  playlist: MultivariantPlaylist,
  texts: readonly LiveText[],
  { format, carried }: { readonly format: 'm3u8-cmaf' | 'm3u8-aapl'; readonly carried: CarriedOptions },
): MultivariantPlaylist {
  const shown = texts.filter(({ shownAs }) => !shownAs.hidden);
  if (shown.length === 0) {
    return playlist;
  }
  const codecs = format === 'm3u8-cmaf' ? [IMSC_CODEC] : [];
  return {
    ...playlist,
    renditions: [...playlist.renditions, ...renditionsOf(shown, format, carried)],
    variants: playlist.variants.map((variant) => ({
      ...variant,
      codecs: [...(variant.codecs ?? []), ...codecs],
      subtitles: GROUP,
    })),
  };
}

function renditionsOf(
  texts: readonly Subtitled[],
  format: 'm3u8-cmaf' | 'm3u8-aapl',
  carried: CarriedOptions,
): readonly SubtitlesRendition[] {
  const labels = textLabels(texts);
  // A group has one default at most (8216bis §4.4.6.1.1), and players choose it by themselves.
  const standard = texts.find(({ shownAs }) => shownAs.isDefault);
  const kindOf = ({ language, shownAs: { forced, characteristics } }: Subtitled): string =>
    JSON.stringify([language, forced, characteristics]);
  return texts.map((text, index) => {
    const { name, bitrate, language, shownAs } = text;
    const alike = texts.filter((other) => kindOf(other) === kindOf(text));
    const chosen = alike.find((other) => other === standard) ?? alike[0];
    return {
      type: 'SUBTITLES',
      groupId: GROUP,
      name: quotable(labels[index] ?? name),
      language: language === 'und' ? undefined : language,
      isDefault: text === standard,
      // Among those that say the same only one may be chosen by itself.
      autoSelect: text === chosen,
      forced: shownAs.forced,
      characteristics: shownAs.characteristics.length === 0 ? undefined : shownAs.characteristics,
      uri: `${qualityPath(bitrate)}${mediaPlaylistName(name, format, carried)}`,
    };
  });
}

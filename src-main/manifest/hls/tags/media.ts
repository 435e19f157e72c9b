import { compact } from '../../compact.ts';
import {
  type AttributeReader,
  decimalInteger,
  integer,
  listOf,
  oneOf,
  quoted,
  quotedString,
  readAttributes,
  type Tag,
  tagLine,
  yes,
  yesOrNo,
} from '../attribute-list.ts';

/** EXT-X-MEDIA, 8216bis §4.4.6.1: one rendition of a group. */
export type Rendition = AudioRendition | VideoRendition | SubtitlesRendition | ClosedCaptionsRendition;

type RenditionCommon = {
  readonly groupId: string;
  /** For people; different from all others of its group. `quotable` makes typed text fit. */
  readonly name: string;
  /** BCP 47. */
  readonly language?: string | undefined;
  /** BCP 47; of another role than `language`, e.g. written and spoken. */
  readonly associatedLanguage?: string | undefined;
  readonly stableRenditionId?: string | undefined;
  readonly isDefault?: boolean | undefined;
  /** Always true when `isDefault` is. */
  readonly autoSelect?: boolean | undefined;
  readonly characteristics?: readonly string[] | undefined;
};

export type AudioRendition = RenditionCommon & {
  readonly type: 'AUDIO';
  /** Left out when the sound is in the variants that name the group. */
  readonly uri?: string | undefined;
  readonly instreamId?: string | undefined;
  readonly bitDepth?: number | undefined;
  readonly sampleRate?: number | undefined;
  /** `2`, `6`, `16/JOC`, `2/-/BINAURAL`: count, coding identifiers, special usage. */
  readonly channels?: string | undefined;
};

type VideoRendition = RenditionCommon & {
  readonly type: 'VIDEO';
  readonly uri?: string | undefined;
  readonly instreamId?: string | undefined;
};

export type SubtitlesRendition = RenditionCommon & {
  readonly type: 'SUBTITLES';
  readonly uri: string;
  readonly forced?: boolean | undefined;
  readonly instreamId?: string | undefined;
};

export type ClosedCaptionsRendition = RenditionCommon & {
  readonly type: 'CLOSED-CAPTIONS';
  /** `CC1` to `CC4`, `SERVICE1` to `SERVICE63`. */
  readonly instreamId: string;
};

export function writeMedia(rendition: Rendition): string {
  const audio = rendition.type === 'AUDIO' ? rendition : undefined;
  return tagLine('EXT-X-MEDIA', [
    ['TYPE', rendition.type],
    ['GROUP-ID', quoted(rendition.groupId)],
    ['NAME', quoted(rendition.name)],
    ['LANGUAGE', quoted(rendition.language)],
    ['ASSOC-LANGUAGE', quoted(rendition.associatedLanguage)],
    ['STABLE-RENDITION-ID', quoted(rendition.stableRenditionId)],
    ['DEFAULT', yes(rendition.isDefault)],
    ['AUTOSELECT', yes(rendition.autoSelect === true || rendition.isDefault === true)],
    ['FORCED', yes(rendition.type === 'SUBTITLES' && rendition.forced === true)],
    ['INSTREAM-ID', quoted(rendition.instreamId)],
    ['BIT-DEPTH', integer(audio?.bitDepth)],
    ['SAMPLE-RATE', integer(audio?.sampleRate)],
    ['CHARACTERISTICS', quoted(rendition.characteristics?.join(','))],
    ['CHANNELS', quoted(audio?.channels)],
    ['URI', rendition.type === 'CLOSED-CAPTIONS' ? undefined : quoted(rendition.uri)],
  ]);
}

export function parseMedia(tag: Tag): Rendition {
  const attributes = readAttributes(tag);
  const { optional, required } = attributes;
  const common = {
    groupId: required('GROUP-ID', quotedString),
    name: required('NAME', quotedString),
    language: optional('LANGUAGE', quotedString),
    associatedLanguage: optional('ASSOC-LANGUAGE', quotedString),
    stableRenditionId: optional('STABLE-RENDITION-ID', quotedString),
    isDefault: onlyTrue(optional('DEFAULT', yesOrNo)),
    autoSelect: onlyTrue(optional('AUTOSELECT', yesOrNo)),
    characteristics: optional('CHARACTERISTICS', listOf(',')),
  };
  const type = required('TYPE', oneOf('AUDIO', 'VIDEO', 'SUBTITLES', 'CLOSED-CAPTIONS'));
  forbidOutside(attributes, type, 'AUDIO', ['BIT-DEPTH', 'SAMPLE-RATE', 'CHANNELS']);
  forbidOutside(attributes, type, 'SUBTITLES', ['FORCED']);

  const uri = optional('URI', quotedString);
  const instreamId = optional('INSTREAM-ID', quotedString);
  switch (type) {
    case 'AUDIO': {
      const bitDepth = optional('BIT-DEPTH', decimalInteger);
      const sampleRate = optional('SAMPLE-RATE', decimalInteger);
      const channels = optional('CHANNELS', quotedString);
      return compact({ ...common, type, uri, instreamId, bitDepth, sampleRate, channels });
    }
    case 'VIDEO':
      return compact({ ...common, type, uri, instreamId });
    case 'SUBTITLES': {
      const forced = onlyTrue(optional('FORCED', yesOrNo));
      return compact({ ...common, type, uri: required('URI', quotedString), forced, instreamId });
    }
    case 'CLOSED-CAPTIONS':
      if (uri !== undefined) {
        throw attributes.broken('closed captions have no URI');
      }
      return compact({ ...common, type, instreamId: required('INSTREAM-ID', quotedString) });
  }
}

/** `NO` is what an attribute that is not there means. */
function onlyTrue(value: boolean | undefined): true | undefined {
  return value === true ? true : undefined;
}

function forbidOutside(
  attributes: AttributeReader,
  type: Rendition['type'],
  allowed: Rendition['type'],
  names: readonly string[],
): void {
  const misplaced = type === allowed ? undefined : names.find(attributes.has);
  if (misplaced !== undefined) {
    throw attributes.broken(`attribute ${misplaced} is only for ${allowed}`);
  }
}

import type { SourceKind } from '../../shared/api/studio.ts';
import {
  CHANNEL_MODES,
  MOST_DELAY_MS,
  NOISE_SUPPRESSIONS,
  type SoundTreatment,
} from '../../shared/sound-limits.ts';
import type {
  Area,
  Canvas,
  CaptureCommand,
  Colour,
  DrillFault,
  EncodedTrack,
  EncoderCommand,
  MixerCommand,
  MixerEvent,
  MixerImage,
  MixerLayer,
  MixerScene,
  MixerSource,
  SeparateTrack,
} from '../ports/mixer.ts';

/**
 * Run-time guards of what comes over the link. Both ends are ours and of one version; the guards keep a mistake, or a stranger who got hold of
 * the token, from reaching arithmetic that trusts its numbers.
 */
type Fields = Readonly<Record<string, unknown>>;

const MOST_PIXELS = 16_384;
/** Further off, a gain is no number any more that arithmetic gets well of. */
const MOST_GAIN_DB = 120;

export function isMixerCommand(value: unknown): value is MixerCommand {
  if (!isFields(value)) {
    return false;
  }
  switch (value['type']) {
    case 'configure':
      return isCanvas(value['canvas']) && isPositive(value['wallNowMs']);
    case 'sources':
      return isArrayOf(value['sources'], isSource);
    case 'scene':
      return isScene(value['scene']) && (value['overlays'] === undefined || isArrayOf(value['overlays'], isLayer));
    case 'image':
      return isText(value['id']) && (value['image'] === undefined || isImage(value['image']));
    case 'sketch':
      return (
        isCount(value['request']) &&
        isScene(value['scene']) &&
        isArrayOf(value['overlays'], isLayer) &&
        isCount(value['width'])
      );
    case 'slate':
      return value['picture'] === undefined || isText(value['picture']);
    case 'audio':
      return (
        isText(value['id']) &&
        isNumber(value['gainDb']) &&
        Math.abs(value['gainDb']) <= MOST_GAIN_DB &&
        typeof value['muted'] === 'boolean' &&
        (value['treatment'] === undefined || isTreatment(value['treatment']))
      );
    case 'loudness':
      return value['target'] === undefined || isNumber(value['target']);
    case 'cut':
      return typeof value['on'] === 'boolean';
    case 'retry-source':
      return isText(value['id']) && (value['always'] === undefined || typeof value['always'] === 'boolean');
    case 'look-at-source':
      return isText(value['id']) && isText(value['request']) && isCount(value['width']);
    case 'drill':
      return isDrillFault(value['fault']);
    case 'start-encoder':
    case 'replace-encoder':
      return isText(value['encoding']) && isEncoderCommand(value['command']);
    case 'stop-encoder':
      return isText(value['encoding']);
    case 'separate':
      return isArrayOf(value['tracks'], isSeparateTrack);
    case 'preview':
      return (
        value['on'] === false ||
        (value['on'] === true && isCount(value['width']) && isPositive(value['frameRate']))
      );
    case 'shutdown':
      return true;
    default:
      return false;
  }
}

const EVENT_TYPES: ReadonlySet<unknown> = new Set<MixerEvent['type']>([
  'ready',
  'source',
  'source-picture',
  'source-look',
  'cut',
  'encoder-run',
  'encoder-status',
  'encoder-ended',
  'separate-status',
  'separate-ended',
  'sketch',
  'meters',
  'clock',
]);

/** The service only hands events on, so that the kind is all it looks at. */
export function isMixerEvent(value: unknown): value is MixerEvent {
  return isFields(value) && EVENT_TYPES.has(value['type']);
}

function isCanvas(value: unknown): value is Canvas {
  if (!isFields(value) || !isFields(value['frameRate'])) {
    return false;
  }
  const { numerator, denominator } = value['frameRate'];
  return (
    isSide(value['width']) &&
    isSide(value['height']) &&
    isCount(numerator) &&
    isCount(denominator) &&
    numerator / denominator >= 1 &&
    numerator / denominator <= 240
  );
}

function isSource(value: unknown): value is MixerSource {
  if (!isFields(value) || !isFields(value['input'])) {
    return false;
  }
  const { kind, command } = value['input'];
  return (
    isText(value['id']) &&
    isText(value['label']) &&
    (value['kind'] === undefined || isSourceKind(value['kind'])) &&
    typeof value['hasVideo'] === 'boolean' &&
    typeof value['hasAudio'] === 'boolean' &&
    typeof value['rejectBlack'] === 'boolean' &&
    (value['feed'] === undefined || typeof value['feed'] === 'boolean') &&
    (kind === 'test' || (kind === 'capture' && isCaptureCommand(command)))
  );
}

/** By hand, because the schemas would bring the validator into a process that has to be there at once. */
const SOURCE_KINDS: Readonly<Record<SourceKind, true>> = {
  test: true,
  screen: true,
  window: true,
  camera: true,
  microphone: true,
  'system-audio': true,
  file: true,
  url: true,
  browser: true,
};

function isSourceKind(value: unknown): value is SourceKind {
  return isText(value) && Object.hasOwn(SOURCE_KINDS, value);
}

function isDrillFault(value: unknown): value is DrillFault {
  return (
    isFields(value) &&
    ((value['kind'] === 'freeze' && isText(value['source'])) ||
      value['kind'] === 'crash-encoder' ||
      value['kind'] === 'none')
  );
}

function isTreatment(value: unknown): value is SoundTreatment {
  return (
    isFields(value) &&
    isNumber(value['delayMs']) &&
    value['delayMs'] >= 0 &&
    value['delayMs'] <= MOST_DELAY_MS &&
    isOneOf(CHANNEL_MODES, value['channels']) &&
    typeof value['highPass'] === 'boolean' &&
    isOneOf(NOISE_SUPPRESSIONS, value['noiseSuppression'])
  );
}

function isCaptureCommand(value: unknown): value is CaptureCommand {
  return (
    isFields(value) &&
    isText(value['executable']) &&
    isArrayOf(value['args'], isText) &&
    (value['otherArgs'] === undefined ||
      isArrayOf(value['otherArgs'], (args): args is readonly string[] => isArrayOf(args, isText))) &&
    isArrayOf(value['secrets'], isText) &&
    (value['videoFd'] === undefined || isOutputFd(value['videoFd'])) &&
    (value['audioFd'] === undefined || isOutputFd(value['audioFd'])) &&
    (value['stdin'] === undefined || isText(value['stdin'])) &&
    (value['env'] === undefined || (isFields(value['env']) && Object.values(value['env']).every(isText))) &&
    typeof value['finite'] === 'boolean' &&
    (value['loops'] === undefined || typeof value['loops'] === 'boolean')
  );
}

function isEncoderCommand(value: unknown): value is EncoderCommand {
  return (
    isFields(value) &&
    isText(value['executable']) &&
    isArrayOf(value['args'], isText) &&
    isArrayOf(value['tracks'], isTrack) &&
    value['tracks'].length > 0 &&
    isNumber(value['offsetSeconds'])
  );
}

function isSeparateTrack(value: unknown): value is SeparateTrack {
  if (!isFields(value)) {
    return false;
  }
  const { encoding, source, evenMuted, command } = value;
  return (
    isText(encoding) &&
    isText(source) &&
    typeof evenMuted === 'boolean' &&
    isFields(command) &&
    isText(command['executable']) &&
    isArrayOf(command['args'], isText) &&
    isNumber(command['offsetSeconds'])
  );
}

function isTrack(value: unknown): value is EncodedTrack {
  return isFields(value) && isText(value['id']) && (value['kind'] === 'video' || value['kind'] === 'audio');
}

function isScene(value: unknown): value is MixerScene {
  if (!isFields(value)) {
    return false;
  }
  switch (value['kind']) {
    case 'slate':
      return true;
    case 'single':
      return isText(value['source']);
    case 'composed':
      return isColour(value['ground']) && isArrayOf(value['layers'], isLayer);
    default:
      return false;
  }
}

function isLayer(value: unknown): value is MixerLayer {
  if (!isFields(value)) {
    return false;
  }
  const { border } = value;
  switch (value['kind']) {
    case 'picture':
      return (
        isText(value['source']) &&
        isArea(value['crop']) &&
        isArea(value['box']) &&
        isPlace(value['radius']) &&
        (border === undefined || (isFields(border) && isPlace(border['width']) && isColour(border['colour'])))
      );
    case 'image':
      return isText(value['image']) && isEvenPlace(value['x']) && isEvenPlace(value['y']);
    case 'countdown':
      return isPositive(value['untilMs']) && isArea(value['box']) && isColour(value['colour']);
    default:
      return false;
  }
}

function isImage(value: unknown): value is MixerImage {
  return (
    isFields(value) &&
    isEvenSide(value['width']) &&
    isEvenSide(value['height']) &&
    isText(value['picture']) &&
    isText(value['alpha'])
  );
}

function isArea(value: unknown): value is Area {
  return (
    isFields(value) &&
    isEvenPlace(value['x']) &&
    isEvenPlace(value['y']) &&
    isEvenSide(value['width']) &&
    isEvenSide(value['height'])
  );
}

function isColour(value: unknown): value is Colour {
  return isFields(value) && ['y', 'u', 'v'].every((plane) => isLevel(value[plane]));
}

function isLevel(value: unknown): boolean {
  return isPlace(value) && value <= 255;
}

function isPlace(value: unknown): value is number {
  return Number.isSafeInteger(value) && Number(value) >= 0 && Number(value) <= MOST_PIXELS;
}

function isEvenPlace(value: unknown): value is number {
  return isPlace(value) && value % 2 === 0;
}

function isEvenSide(value: unknown): value is number {
  return isEvenPlace(value) && value > 0;
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function isOneOf(words: readonly string[], value: unknown): boolean {
  return isText(value) && words.includes(value);
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function isPositive(value: unknown): value is number {
  return isNumber(value) && value > 0;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && isPositive(value) && value < 2 ** 31;
}

/** A side of a picture: even, because of the chroma planes. */
function isSide(value: unknown): value is number {
  return isCount(value) && value >= 16 && value <= MOST_PIXELS && value % 2 === 0;
}

/** stdout or one of the pipes behind stderr. */
function isOutputFd(value: unknown): value is number {
  return isCount(value) && value !== 2 && value <= 16;
}

function isArrayOf<T>(value: unknown, isItem: (item: unknown) => item is T): value is readonly T[] {
  return Array.isArray(value) && value.every(isItem);
}

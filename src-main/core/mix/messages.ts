import type { SourceKind } from '../../shared/api/studio.ts';
import type {
  Canvas,
  CaptureCommand,
  EncodedTrack,
  EncoderCommand,
  MixerCommand,
  MixerEvent,
  MixerSource,
} from '../ports/mixer.ts';

/**
 * Run-time guards of what comes over the link. Both ends are ours and of one version; the guards keep a mistake, or a stranger who got hold of
 * the token, from reaching arithmetic that trusts its numbers.
 */
type Fields = Readonly<Record<string, unknown>>;

const MOST_PIXELS = 16_384;

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
      return isScene(value['scene']);
    case 'slate':
      return value['picture'] === undefined || isText(value['picture']);
    case 'audio':
      return isText(value['id']) && isNumber(value['gainDb']) && typeof value['muted'] === 'boolean';
    case 'retry-source':
      return isText(value['id']);
    case 'start-encoder':
    case 'replace-encoder':
      return isText(value['encoding']) && isEncoderCommand(value['command']);
    case 'stop-encoder':
      return isText(value['encoding']);
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
  'encoder-run',
  'encoder-status',
  'encoder-ended',
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
};

function isSourceKind(value: unknown): value is SourceKind {
  return isText(value) && Object.hasOwn(SOURCE_KINDS, value);
}

function isCaptureCommand(value: unknown): value is CaptureCommand {
  return (
    isFields(value) &&
    isText(value['executable']) &&
    isArrayOf(value['args'], isText) &&
    isArrayOf(value['secrets'], isText) &&
    (value['videoFd'] === undefined || isOutputFd(value['videoFd'])) &&
    (value['audioFd'] === undefined || isOutputFd(value['audioFd'])) &&
    (value['stdin'] === undefined || isText(value['stdin'])) &&
    (value['env'] === undefined || (isFields(value['env']) && Object.values(value['env']).every(isText))) &&
    typeof value['finite'] === 'boolean'
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

function isTrack(value: unknown): value is EncodedTrack {
  return isFields(value) && isText(value['id']) && (value['kind'] === 'video' || value['kind'] === 'audio');
}

function isScene(value: unknown): boolean {
  return isFields(value) && (value['kind'] === 'slate' || (value['kind'] === 'single' && isText(value['source'])));
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
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

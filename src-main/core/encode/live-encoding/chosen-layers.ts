import type { LadderPreset, VideoLayer } from '../../../shared/api/ladder.ts';
import type { CustomPreset, EncodingType, LiveEvent } from '../../../shared/api/live-events.ts';
import { AppError } from '../../../shared/app-error.ts';
import { LADDERS } from '../ladder-presets.ts';
import { haveOneShape } from '../resolve-ladder.ts';

type Encoding = LiveEvent['encoding'];

/** The presets of each kind of encoding event, the usual one first (spec 2.2). */
const PRESETS: Readonly<Record<Exclude<EncodingType, `Passthrough${string}`>, readonly LadderPreset[]>> = {
  Standard: ['Default720p', '720p-3-Layer'],
  Premium1080p: ['Default1080p', '1080p-4-Layer'],
};

/** What an event's encoding asks for, before it meets a picture. */
export type ChosenLayers = {
  /** Best first. */
  readonly video: readonly VideoLayer[];
  /** Bits per second, best first; one track each. */
  readonly audioBitrates: readonly number[];
};

/**
 * The layers of an event's preset. Throws `request/invalid`, which names the field, for a preset of the other type of event, one that does
 * not exist, or one of a pass-through event; `encode/ladder-invalid` for an own preset whose layers do not fit together.
 */
export function chosenLayers({ encodingType, presetName, customPreset }: Encoding): ChosenLayers {
  if (encodingType === 'PassthroughBasic' || encodingType === 'PassthroughStandard') {
    throw invalid('encoding.encodingType', `${encodingType} does not encode: it has no presets`);
  }
  if (customPreset !== undefined) {
    if (presetName !== undefined) {
      throw invalid('encoding.customPreset', 'there is a presetName too; give one of the two');
    }
    return ownLayers(customPreset);
  }
  const names = PRESETS[encodingType];
  const name = names.find((known) => known === (presetName ?? names[0]));
  if (name === undefined) {
    throw invalid(
      'encoding.presetName',
      `must be ${names.join(' or ')} for ${encodingType}, and is ${String(presetName)}`,
    );
  }
  const { video, audio } = LADDERS[name];
  return { video, audioBitrates: [audio.bitrate] };
}

/** Throws what `chosenLayers` throws: for whoever stores an event. A pass-through event must have no preset. */
export function checkLiveEncoding(encoding: Encoding): void {
  const { encodingType, presetName, customPreset } = encoding;
  if (encodingType === 'Standard' || encodingType === 'Premium1080p') {
    chosenLayers(encoding);
  } else if (presetName !== undefined || customPreset !== undefined) {
    throw invalid(
      presetName === undefined ? 'encoding.customPreset' : 'encoding.presetName',
      `${encodingType} does not encode: it has no presets`,
    );
  }
}

function ownLayers({ layers, audioBitrates }: CustomPreset): ChosenLayers {
  for (const [index, layer] of layers.entries()) {
    const field = `encoding.customPreset.layers[${index}]`;
    if (layers.findIndex(({ bitrate }) => bitrate === layer.bitrate) !== index) {
      throw unfit(`${field}.bitrate`, 'another layer has it already, and a bitrate names a quality');
    }
    if (layers[0] !== undefined && !haveOneShape(layers[0], layer)) {
      throw unfit(
        field,
        `${layer.width}x${layer.height} has another shape than ${layers[0].width}x${layers[0].height}`,
      );
    }
  }
  const again = audioBitrates.findIndex((kbps, index) => audioBitrates.indexOf(kbps) !== index);
  if (again >= 0) {
    throw unfit(
      `encoding.customPreset.audioBitrates[${again}]`,
      'it is there already, and a bitrate names a quality',
    );
  }
  return {
    video: layers.toSorted((a, b) => b.width * b.height - a.width * a.height || b.bitrate - a.bitrate),
    audioBitrates: audioBitrates.toSorted((a, b) => b - a).map((kbps) => kbps * 1000),
  };
}

function invalid(field: string, problem: string): AppError {
  return new AppError('request/invalid', `${field}: ${problem}. Nothing was changed.`, { details: { field } });
}

function unfit(field: string, problem: string): AppError {
  return new AppError('encode/ladder-invalid', `The ladder cannot be used. ${field}: ${problem}.`, {
    details: { field },
  });
}

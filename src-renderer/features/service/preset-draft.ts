import {
  AAC_KBPS,
  type CustomPreset,
  customPreset,
  type EncodingType,
} from '../../../src-main/shared/api/live-events.ts';
import { numberOf } from '../../i18n/units.ts';

/** One quality as it is being typed. */
export type LayerRow = {
  /** Tells rows apart while they are typed in and removed. */
  readonly id: number;
  readonly width: string;
  readonly height: string;
  readonly kbps: string;
};

export type PresetDraft = {
  readonly layers: readonly LayerRow[];
  /** kbit/s, one track each, best first. */
  readonly audio: readonly AacKbps[];
};

export type AacKbps = (typeof AAC_KBPS)[number];

export const MOST_LAYERS = 6;
export const MOST_AUDIO = 4;

export type EncodingKind = Extract<EncodingType, 'Standard' | 'Premium1080p'>;

type Size = readonly [kbps: number, width: number, height: number];

/** Azure Media Services' own, to the kilobit (spec 2.2): what an own ladder is begun from. The service has the same. */
export const PRESET_LAYERS: Readonly<Record<EncodingKind, Readonly<Record<string, readonly Size[]>>>> = {
  Standard: {
    Default720p: [
      [3500, 1280, 720],
      [2200, 960, 540],
      [1350, 704, 396],
      [850, 512, 288],
      [550, 384, 216],
      [200, 340, 192],
    ],
    '720p-3-Layer': [
      [2500, 1280, 720],
      [1000, 960, 540],
      [400, 640, 360],
    ],
  },
  Premium1080p: {
    Default1080p: [
      [5500, 1920, 1080],
      [3000, 1280, 720],
      [1600, 960, 540],
      [800, 640, 360],
      [400, 480, 270],
      [200, 320, 180],
    ],
    '1080p-4-Layer': [
      [4500, 1920, 1080],
      [2200, 1280, 720],
      [1000, 960, 540],
      [400, 640, 360],
    ],
  },
};

/** The largest picture of each type (spec 2.1). */
const LARGEST: Readonly<Record<EncodingKind, readonly [width: number, height: number]>> = {
  Standard: [1280, 720],
  Premium1080p: [1920, 1088],
};

export function largestOf(kind: EncodingKind): string {
  return LARGEST[kind].join('×');
}

const USUAL_AUDIO: AacKbps = 128;

export function presetsOf(type: EncodingType): readonly string[] {
  return isEncodingKind(type) ? Object.keys(PRESET_LAYERS[type]) : [];
}

export function isEncodingKind(type: EncodingType): type is EncodingKind {
  return type === 'Standard' || type === 'Premium1080p';
}

/** An own ladder that begins as a preset. */
export function draftFrom(kind: EncodingKind, preset: string): PresetDraft {
  const sizes = PRESET_LAYERS[kind][preset] ?? [];
  return {
    layers: sizes.map(([kbps, width, height], id) => ({
      id,
      width: String(width),
      height: String(height),
      kbps: String(kbps),
    })),
    audio: [USUAL_AUDIO],
  };
}

/** One quality more: half of the smallest, in the shape of the first, at a bitrate of its own. */
export function withLayer(draft: PresetDraft): PresetDraft {
  const first = layerOf(draft.layers[0] ?? FIRST_LAYER);
  const smallest = layerOf(draft.layers.at(-1) ?? FIRST_LAYER);
  const isReadable = smallest.height > 0 && first.width > 0 && first.height > 0;
  const height = isReadable
    ? Math.max(SMALLEST_HEIGHT, even(smallest.height / 2))
    : Number(FIRST_LAYER.height) / 2;
  const shape = isReadable ? first.width / first.height : 16 / 9;
  const kbps = Number.isNaN(smallest.bitrate) ? Number(FIRST_LAYER.kbps) : smallest.bitrate / 1000;
  const row = {
    id: Math.max(-1, ...draft.layers.map(({ id }) => id)) + 1,
    width: String(even(height * shape)),
    height: String(height),
    kbps: String(Math.max(LEAST_KBPS, Math.round(kbps / 2))),
  };
  return { ...draft, layers: [...draft.layers, row] };
}

/** Where nothing can be read that could be halved. */
const FIRST_LAYER: LayerRow = { id: 0, width: '2560', height: '1440', kbps: '7000' };
const LEAST_KBPS = 50;
/** In smaller ones even sizes have not the shape any more that the first has. */
const SMALLEST_HEIGHT = 90;

function even(pixels: number): number {
  return Math.round(pixels / 2) * 2;
}

/** A bitrate of sound that is not in the list yet. */
export function withAudio(draft: PresetDraft): PresetDraft {
  const next = [USUAL_AUDIO, ...AAC_KBPS].find((kbps) => !draft.audio.includes(kbps));
  return next === undefined ? draft : { ...draft, audio: [...draft.audio, next] };
}

export type LayerField = 'width' | 'height' | 'kbps';
export type LayerFault = 'size' | 'even' | 'tooLarge' | 'shape' | 'bitrate' | 'twice';
export type PresetFaults = {
  readonly layers: ReadonlyMap<number, { readonly field: LayerField; readonly kind: LayerFault }>;
  /** Places of bitrates of sound that are there twice. */
  readonly audio: ReadonlySet<number>;
  readonly isEmpty: boolean;
};

/** What the service would not take, by row; the limits are those of its own schema, and of the type of the event. */
export function presetFaults(draft: PresetDraft, kind: EncodingKind): PresetFaults {
  const faults: PresetFaults['layers'] = new Map(
    draft.layers.flatMap((row, index) => {
      const fault = layerFault(draft, row, index, kind);
      return fault === undefined ? [] : [[row.id, fault]];
    }),
  );
  return {
    layers: faults,
    audio: new Set(draft.audio.flatMap((kbps, at) => (draft.audio.indexOf(kbps) === at ? [] : [at]))),
    isEmpty: draft.layers.length === 0,
  };
}

function layerFault(
  draft: PresetDraft,
  row: LayerRow,
  index: number,
  kind: EncodingKind,
): { readonly field: LayerField; readonly kind: LayerFault } | undefined {
  const layer = layerOf(row);
  const [most, mostHeight] = LARGEST[kind];
  for (const [field, value, largest] of [
    ['width', layer.width, most],
    ['height', layer.height, mostHeight],
  ] as const) {
    if (!Number.isInteger(value) || value < 16) {
      return { field, kind: 'size' };
    }
    if (value % 2 === 1) {
      return { field, kind: 'even' };
    }
    if (value > largest) {
      return { field, kind: 'tooLarge' };
    }
  }
  if (!hasShapeOf(layer, layerOf(draft.layers[0] ?? row))) {
    return { field: 'width', kind: 'shape' };
  }
  if (!customPreset.shape.layers.element.shape.bitrate.safeParse(layer.bitrate).success) {
    return { field: 'kbps', kind: 'bitrate' };
  }
  const isTwice = draft.layers.slice(0, index).some((other) => layerOf(other).bitrate === layer.bitrate);
  return isTwice ? { field: 'kbps', kind: 'twice' } : undefined;
}

/** One more than rounding to even sizes makes of 16:9; the service has the same. */
const SHAPE_TOLERANCE = 0.02;

/** A first row that cannot be read has a fault of its own and no shape. */
function hasShapeOf(layer: CustomPreset['layers'][number], first: CustomPreset['layers'][number]): boolean {
  const ratio = layer.width / layer.height / (first.width / first.height);
  return Number.isNaN(ratio) || Math.abs(ratio - 1) <= SHAPE_TOLERANCE;
}

function layerOf({ width, height, kbps }: LayerRow): CustomPreset['layers'][number] {
  return {
    width: numberOf(width.trim()) ?? NaN,
    height: numberOf(height.trim()) ?? NaN,
    bitrate: Math.round((numberOf(kbps.trim()) ?? NaN) * 1000),
  };
}

export function isSendable({ layers, audio, isEmpty }: PresetFaults): boolean {
  return layers.size === 0 && audio.size === 0 && !isEmpty;
}

export function presetOf(draft: PresetDraft): CustomPreset {
  return { layers: draft.layers.map(layerOf), audioBitrates: [...draft.audio] };
}

/** Bits per second of everything together, of what can be read. */
export function totalBitrate(draft: PresetDraft): number {
  const video = draft.layers.map((row) => layerOf(row).bitrate).filter((bitrate) => !Number.isNaN(bitrate));
  return [...video, ...draft.audio.map((kbps) => kbps * 1000)].reduce((sum, bitrate) => sum + bitrate, 0);
}

/** The row that the service named: `encoding.customPreset.layers[1].bitrate` is that of the second. */
export function namedRow(draft: PresetDraft, field: string): number | undefined {
  const index = /\blayers[.[](\d+)/.exec(field)?.[1];
  return index === undefined ? undefined : draft.layers[Number(index)]?.id;
}

import {
  type CustomLadder,
  customLadder,
  LADDER_PRESETS,
  type LadderChoice,
  type LadderPreset,
} from '../../../src-main/shared/api/ladder.ts';

/** One quality as it is being typed. */
export type LayerDraft = { readonly width: string; readonly height: string; readonly kbps: string };

export type LadderDraft = {
  readonly frameRate: string;
  readonly layers: readonly LayerDraft[];
  readonly audioKbps: string;
};

export const FRAME_RATES = [24, 25, 30, 50, 60] as const;
export const AUDIO_KBPS = [64, 96, 128, 160, 192, 256, 320] as const;
export const MOST_LAYERS = 6;

/** What an own ladder begins as: one that most computers hold. */
export const FIRST_DRAFT: LadderDraft = {
  frameRate: '30',
  layers: [
    { width: '1280', height: '720', kbps: '2500' },
    { width: '854', height: '480', kbps: '1200' },
    { width: '640', height: '360', kbps: '700' },
  ],
  audioKbps: '128',
};

export function draftOf(ladder: CustomLadder): LadderDraft {
  return {
    frameRate: String(ladder.frameRate),
    layers: ladder.video.map(({ width, height, bitrate }) => ({
      width: String(width),
      height: String(height),
      kbps: String(bitrate / 1000),
    })),
    audioKbps: String(Math.round(ladder.audio.bitrate / 1000)),
  };
}

export type LadderFault = {
  readonly layer: number | undefined;
  readonly field: 'width' | 'height' | 'kbps' | 'ladder';
  readonly kind: 'size' | 'even' | 'bitrate' | 'twice';
};

/** The ladder that a draft means, best first, or every field that is not right. The limits are the service's own schema's. */
export function ladderOf(
  draft: LadderDraft,
):
  | { readonly ok: true; readonly ladder: CustomLadder }
  | { readonly ok: false; readonly faults: readonly LadderFault[] } {
  const video = draft.layers.map(({ width, height, kbps }) => ({
    width: numberOf(width),
    height: numberOf(height),
    bitrate: Math.round(numberOf(kbps) * 1000),
  }));
  const parsed = customLadder.safeParse({
    frameRate: Number(draft.frameRate),
    video,
    audio: { bitrate: Number(draft.audioKbps) * 1000, sampleRate: 48_000, channels: 2 },
  });
  if (parsed.success) {
    const best = [...parsed.data.video].sort((one, other) => other.bitrate - one.bitrate);
    return { ok: true, ladder: { ...parsed.data, video: best } };
  }
  return { ok: false, faults: parsed.error.issues.map(({ path, code }) => faultOf(path, code, video)) };
}

function faultOf(
  path: readonly PropertyKey[],
  code: string,
  video: readonly { readonly width: number; readonly height: number }[],
): LadderFault {
  const [, layer, field] = path;
  if (typeof layer !== 'number') {
    return { layer: undefined, field: 'ladder', kind: 'twice' };
  }
  if (field === 'bitrate') {
    return { layer, field: 'kbps', kind: 'bitrate' };
  }
  const name = field === 'height' ? 'height' : 'width';
  const value = video[layer]?.[name] ?? NaN;
  return { layer, field: name, kind: code === 'not_multiple_of' && value % 2 === 1 ? 'even' : 'size' };
}

function numberOf(text: string): number {
  return /^\d+(?:[.,]\d+)?$/.test(text.trim()) ? Number(text.trim().replace(',', '.')) : NaN;
}

/** What is chosen, as one word for a group of radio buttons. */
export type LadderKey = 'auto' | LadderPreset | 'custom';

export function keyOf(choice: LadderChoice): LadderKey {
  return choice.kind === 'preset' ? choice.preset : choice.kind;
}

export function isPreset(key: LadderKey): key is LadderPreset {
  return LADDER_PRESETS.some((preset) => preset === key);
}

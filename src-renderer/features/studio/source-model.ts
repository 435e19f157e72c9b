import type { Device, SourceKind, SourceSpec, SourceStatus } from '../../../src-main/shared/api/studio.ts';

/** What the form for one source holds while it is filled in: text as typed. */
export type SourceDraft = {
  readonly kind: SourceKind;
  readonly device: string | undefined;
  readonly hasRegion: boolean;
  readonly x: string;
  readonly y: string;
  readonly width: string;
  readonly height: string;
  readonly cursor: boolean;
  readonly path: string;
  readonly loop: boolean;
  readonly url: string;
  /** Of a browser: what it is called; its own word for it when empty. */
  readonly name: string;
};

export const PICTURE_KINDS = ['screen', 'window', 'camera', 'browser', 'file', 'url', 'test'] as const;
export const SOUND_KINDS = ['microphone', 'system-audio'] as const;

/** Kinds of which the service lists what there is. */
export function needsDevices(kind: SourceKind): kind is Device['kind'] {
  return kind !== 'test' && kind !== 'file' && kind !== 'url' && kind !== 'browser';
}

export function emptyDraft(kind: SourceKind): SourceDraft {
  return {
    kind,
    device: undefined,
    hasRegion: false,
    x: '0',
    y: '0',
    width: '1280',
    height: '720',
    cursor: true,
    path: '',
    loop: true,
    url: '',
    name: '',
  };
}

export type DraftFault = 'device' | 'region' | 'path' | 'url';

/** The source that a filled-in form means, or the field that still lacks something. */
export function specOf(
  draft: SourceDraft,
  id: string,
): { readonly ok: true; readonly spec: SourceSpec } | { readonly ok: false; readonly fault: DraftFault } {
  switch (draft.kind) {
    case 'test':
      return { ok: true, spec: { id, kind: 'test' } };
    case 'screen': {
      const region = draft.hasRegion ? regionOf(draft) : undefined;
      if (draft.hasRegion && region === undefined) {
        return { ok: false, fault: 'region' };
      }
      return {
        ok: true,
        spec: {
          id,
          kind: 'screen',
          cursor: draft.cursor,
          ...(draft.device === undefined ? {} : { device: draft.device }),
          ...(region === undefined ? {} : { region }),
        },
      };
    }
    case 'window':
      return draft.device === undefined
        ? { ok: false, fault: 'device' }
        : { ok: true, spec: { id, kind: 'window', device: draft.device, cursor: draft.cursor } };
    case 'camera':
    case 'microphone':
      return draft.device === undefined
        ? { ok: false, fault: 'device' }
        : { ok: true, spec: { id, kind: draft.kind, device: draft.device } };
    case 'system-audio':
      return {
        ok: true,
        spec: { id, kind: 'system-audio', ...(draft.device === undefined ? {} : { device: draft.device }) },
      };
    case 'file':
      return draft.path.trim() === ''
        ? { ok: false, fault: 'path' }
        : { ok: true, spec: { id, kind: 'file', path: draft.path.trim(), loop: draft.loop } };
    case 'browser': {
      const name = draft.name.trim();
      return { ok: true, spec: { id, kind: 'browser', ...(name === '' ? {} : { name }) } };
    }
    case 'url':
      return URL.canParse(draft.url.trim())
        ? { ok: true, spec: { id, kind: 'url', url: draft.url.trim() } }
        : { ok: false, fault: 'url' };
  }
}

/** Even numbers: 4:2:0 has half as many colour samples each way. */
function regionOf(draft: SourceDraft) {
  const [x, y, width, height] = [draft.x, draft.y, draft.width, draft.height].map(evenOf);
  return x === undefined ||
    y === undefined ||
    width === undefined ||
    height === undefined ||
    width < 16 ||
    height < 16
    ? undefined
    : { x, y, width, height };
}

function evenOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text.trim()) ? Math.floor(Number(text) / 2) * 2 : undefined;
}

/** The device that was chosen, as long as it is there; before the list has come nobody knows. */
export function presentDevice(
  chosen: string | undefined,
  devices: readonly Device[] | undefined,
  kind: SourceKind,
): string | undefined {
  return devices === undefined || devices.some((device) => device.kind === kind && device.id === chosen)
    ? chosen
    : undefined;
}

/** The device that is chosen when the person has not chosen: the default one, else the only one. */
export function defaultDevice(devices: readonly Device[], kind: SourceKind): string | undefined {
  const ofKind = devices.filter((device) => device.kind === kind);
  const preset = ofKind.find((device) => device.isDefault) ?? (ofKind.length === 1 ? ofKind[0] : undefined);
  return preset?.id;
}

/** Nobody sees that lips and voice are so far apart (EBU R37 allows more). */
const TOGETHER_MS = 20;

/** What the measured offset of a sound source comes to. */
export function syncWords(sync: NonNullable<SourceStatus['sync']>): {
  readonly words: 'together' | 'late' | 'early';
  readonly offsetMs: number;
  readonly driftPpm: number;
} {
  const offsetMs = Math.round(sync.offsetMs);
  const words = Math.abs(offsetMs) <= TOGETHER_MS ? 'together' : offsetMs > 0 ? 'late' : 'early';
  return { words, offsetMs, driftPpm: Math.round(sync.driftPpm) };
}

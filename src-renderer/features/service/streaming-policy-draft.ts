import type { StreamingPolicy, TrackSelections } from '../../../src-main/shared/api/publishing.ts';
import type { BodyInputOf } from '../../../src-main/shared/api/routes.ts';
import { formatIsoDuration, parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';

export const PROTECTIONS = ['none', 'envelope', 'cenc', 'cbcs'] as const;
export type PolicyProtection = (typeof PROTECTIONS)[number];

export type PolicyProtocol = 'hls' | 'dash' | 'smoothStreaming' | 'download';

/** As the API calls them. */
export const DRM_SYSTEMS = ['playReady', 'widevine', 'fairPlay'] as const;
export type DrmSystem = (typeof DRM_SYSTEMS)[number];

/** A key for some tracks of its own. */
export type TrackKeyRow = {
  readonly id: number;
  /** Codecs as they are typed: `mp4a, ec-3`. */
  readonly codecs: string;
  /** Empty: the service names it. */
  readonly label: string;
  /** Who gets it; empty: as for all other keys. */
  readonly keyPolicy: string;
};

/** What is typed of one protection. What the chosen one does not have stays, and is left out when it is sent. */
export type ProtectionDraft = {
  readonly id: number;
  readonly protection: PolicyProtection;
  readonly protocols: readonly PolicyProtocol[];
  /** Whether licences for the Clear Key of browsers are offered. */
  readonly clearKey: boolean;
  /** Where keys, or licences for Clear Key, come from; empty: from this service. */
  readonly keyUrl: string;
  /** Licence servers of others. */
  readonly systems: readonly DrmSystem[];
  /** Addresses of them; empty: players know. */
  readonly urls: Readonly<Record<DrmSystem, string>>;
  readonly playReadyAttributes: string;
  /** FairPlay: licences may be kept for playing without a network. */
  readonly isPersistent: boolean;
  /** Seconds; empty: one key for all time. */
  readonly rotation: string;
  /** Codecs of the tracks that stay clear. */
  readonly clearTracks: string;
  /** Of the key of all tracks that have no key of their own. */
  readonly keyLabel: string;
  readonly keyPolicy: string;
  readonly trackKeys: readonly TrackKeyRow[];
};

/** What is typed in the form of a streaming policy. */
export type StreamingPolicyDraft = {
  /** Each protection once at most. */
  readonly protections: readonly ProtectionDraft[];
  /** Who gets keys that nothing else is said of; empty: whoever publishes says it. */
  readonly keyPolicy: string;
};

/** Keys for tracks of their own that a protection can have. */
export const MOST_TRACK_KEYS = 20;
/** Selections in a list of tracks. */
const MOST_CODECS = 20;
/** `isoDurationBetween('PT10S', 'P30D')`, in seconds. */
const LEAST_ROTATION = 10;
const MOST_ROTATION = 2_592_000;

export function newProtection(id: number, protection: PolicyProtection): ProtectionDraft {
  return {
    id,
    protection,
    protocols: ['hls', 'dash', 'smoothStreaming'],
    clearKey: true,
    keyUrl: '',
    systems: [],
    urls: { playReady: '', widevine: '', fairPlay: '' },
    playReadyAttributes: '',
    isPersistent: false,
    rotation: '',
    clearTracks: '',
    keyLabel: '',
    keyPolicy: '',
    trackKeys: [],
  };
}

export const FIRST_POLICY: StreamingPolicyDraft = { protections: [newProtection(0, 'none')], keyPolicy: '' };

/** Which protocols can be protected so (spec 5.3). Files are never encrypted. */
export const PROTOCOLS: Readonly<Record<PolicyProtection, readonly PolicyProtocol[]>> = {
  none: ['hls', 'dash', 'smoothStreaming', 'download'],
  envelope: ['hls', 'dash', 'smoothStreaming'],
  cenc: ['dash', 'smoothStreaming'],
  cbcs: ['hls', 'dash'],
};

/** Which DRM systems take what is protected so (spec 4.3). */
export const SYSTEMS: Readonly<Record<PolicyProtection, readonly DrmSystem[]>> = {
  none: [],
  envelope: [],
  cenc: ['playReady', 'widevine'],
  cbcs: ['fairPlay', 'playReady', 'widevine'],
};

/** Those that are chosen and can be protected so. */
export function chosenProtocols({ protection, protocols }: ProtectionDraft): readonly PolicyProtocol[] {
  return PROTOCOLS[protection].filter((protocol) => protocols.includes(protocol));
}

/** Those that are chosen and take what is protected so. */
export function chosenSystems({ protection, systems }: ProtectionDraft): readonly DrmSystem[] {
  return SYSTEMS[protection].filter((system) => systems.includes(system));
}

/** As the service calls the protection of a policy, which is also where it finds fault with it. */
export const SECTIONS = {
  none: 'noEncryption',
  envelope: 'envelopeEncryption',
  cenc: 'commonEncryptionCenc',
  cbcs: 'commonEncryptionCbcs',
} as const satisfies Record<PolicyProtection, keyof BodyInputOf<'putPolicy'>>;

/** `rotationElsewhere`: other servers would not know the keys. `rotationSmooth`: a Smooth Streaming manifest has one key. */
export type ProtectionFault = 'nothing' | 'rotation' | 'rotationElsewhere' | 'rotationSmooth' | 'codecs';
export type ProtectionFaults = Readonly<
  Partial<Record<'protocols' | 'rotation' | 'clearTracks' | 'trackKeys', ProtectionFault>>
>;

/** What is wrong with which field, before the service is asked. */
export function protectionFaults(draft: ProtectionDraft): ProtectionFaults {
  const isEncrypted = draft.protection !== 'none';
  return {
    ...(chosenProtocols(draft).length > 0 ? {} : { protocols: 'nothing' }),
    ...(isEncrypted ? rotationFault(draft) : {}),
    ...(!isEncrypted || codecsOf(draft.clearTracks) !== undefined ? {} : { clearTracks: 'codecs' }),
    ...(!isEncrypted || draft.trackKeys.every(({ codecs }) => (codecsOf(codecs)?.length ?? 0) > 0)
      ? {}
      : { trackKeys: 'codecs' }),
  };
}

function rotationFault(draft: ProtectionDraft): ProtectionFaults {
  const seconds = secondsOf(draft.rotation);
  if (seconds === undefined) {
    return {};
  }
  if (!(seconds >= LEAST_ROTATION && seconds <= MOST_ROTATION)) {
    return { rotation: 'rotation' };
  }
  const isServedHere = draft.keyUrl.trim() === '' && (draft.protection === 'envelope' || draft.clearKey);
  if (!isServedHere || chosenSystems(draft).length > 0) {
    return { rotation: 'rotationElsewhere' };
  }
  return chosenProtocols(draft).includes('smoothStreaming') ? { rotation: 'rotationSmooth' } : {};
}

/** Whether nothing is wrong with any of its protections. */
export function isComplete({ protections }: StreamingPolicyDraft): boolean {
  return protections.every((draft) => Object.keys(protectionFaults(draft)).length === 0);
}

/** Of a draft without faults. */
export function policyOf({ protections, keyPolicy }: StreamingPolicyDraft): BodyInputOf<'putPolicy'> {
  const isEncrypted = protections.some(({ protection }) => protection !== 'none');
  return {
    ...Object.fromEntries(protections.map((draft) => [SECTIONS[draft.protection], sectionOf(draft)])),
    ...(isEncrypted && keyPolicy !== '' ? { defaultContentKeyPolicyName: keyPolicy } : {}),
  };
}

function sectionOf(draft: ProtectionDraft) {
  const chosen = chosenProtocols(draft);
  const enabledProtocols = {
    hls: chosen.includes('hls'),
    dash: chosen.includes('dash'),
    smoothStreaming: chosen.includes('smoothStreaming'),
    download: chosen.includes('download'),
  };
  switch (draft.protection) {
    case 'none':
      return { enabledProtocols };
    case 'envelope':
      return { enabledProtocols, ...keysOf(draft), ...said('customKeyAcquisitionUrlTemplate', draft.keyUrl) };
    case 'cenc':
    case 'cbcs':
      return { enabledProtocols, ...keysOf(draft), ...licencesOf(draft) };
  }
}

function keysOf(draft: ProtectionDraft) {
  const { keyLabel, keyPolicy, trackKeys } = draft;
  const clearTracks = tracksOf(draft.clearTracks);
  const seconds = secondsOf(draft.rotation);
  const defaultKey = { ...said('label', keyLabel), ...said('policyName', keyPolicy) };
  const contentKeys = {
    ...(Object.keys(defaultKey).length === 0 ? {} : { defaultKey }),
    ...(trackKeys.length === 0
      ? {}
      : {
          keyToTrackMappings: trackKeys.map((row) => ({
            ...said('label', row.label),
            ...said('policyName', row.keyPolicy),
            tracks: tracksOf(row.codecs),
          })),
        }),
  };
  return {
    ...(clearTracks.length === 0 ? {} : { clearTracks }),
    ...(Object.keys(contentKeys).length === 0 ? {} : { contentKeys }),
    ...(seconds === undefined ? {} : { keyRotation: { interval: formatIsoDuration(seconds) } }),
  };
}

function licencesOf(draft: ProtectionDraft) {
  const systems = chosenSystems(draft);
  const drm = Object.fromEntries(
    systems.map((system) => [
      system,
      {
        ...said('customLicenseAcquisitionUrlTemplate', draft.urls[system]),
        ...(system === 'playReady' ? said('playReadyCustomAttributes', draft.playReadyAttributes) : {}),
        ...(system === 'fairPlay' ? { allowPersistentLicense: draft.isPersistent } : {}),
      },
    ]),
  );
  return {
    ...(draft.clearKey
      ? { clearKeyEncryptionConfiguration: said('customKeysAcquisitionUrlTemplate', draft.keyUrl) }
      : {}),
    ...(systems.length === 0 ? {} : { drm }),
  };
}

/** A field that is left out when nothing is typed. */
function said<K extends string>(key: K, typed: string): Readonly<Partial<Record<K, string>>> {
  const text = typed.trim();
  // The key is the one that was given; TypeScript widens computed names.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-type-assertion
  return (text === '' ? {} : { [key]: text }) as Readonly<Partial<Record<K, string>>>;
}

/** Codecs with commas or blanks between them; undefined for what is none: four characters each. */
function codecsOf(typed: string): readonly string[] | undefined {
  const codecs = typed.split(/[\s,;]+/).filter((part) => part !== '');
  return codecs.length <= MOST_CODECS && codecs.every((codec) => /^[\x21-\x7e]{4}$/.test(codec))
    ? codecs
    : undefined;
}

function tracksOf(typed: string): TrackSelections {
  return (codecsOf(typed) ?? []).map((value) => ({
    trackSelections: [{ property: 'FourCC', operation: 'Equal', value }],
  }));
}

/** Undefined for nothing typed, NaN for what is no number. */
function secondsOf(typed: string): number | undefined {
  const text = typed.trim().replace(',', '.');
  return text === '' ? undefined : Number(text);
}

/**
 * A form that makes another policy like one that is there, since none can be changed. Undefined of one with a selection that needs two codecs
 * at once: it is for no track, and the form has no words for it.
 */
export function streamingPolicyDraftOf(policy: StreamingPolicy): StreamingPolicyDraft | undefined {
  const protections = PROTECTIONS.flatMap((protection) => {
    const enabled = policy[SECTIONS[protection]]?.enabledProtocols;
    return enabled === undefined
      ? []
      : [{ protection, protocols: PROTOCOLS[protection].filter((protocol) => enabled[protocol]) }];
  }).map((known, id) => ({
    ...newProtection(id, known.protection),
    ...known,
    ...encryptionDraftOf(policy, known.protection),
  }));
  return selectionsOf(policy).every(({ trackSelections }) => trackSelections.length === 1)
    ? { protections, keyPolicy: policy.defaultContentKeyPolicyName ?? '' }
    : undefined;
}

function selectionsOf({ envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs }: StreamingPolicy) {
  return [envelopeEncryption, commonEncryptionCenc, commonEncryptionCbcs].flatMap(
    (section): TrackSelections => [
      ...(section?.clearTracks ?? []),
      ...(section?.contentKeys?.keyToTrackMappings ?? []).flatMap(({ tracks }) => tracks),
    ],
  );
}

function encryptionDraftOf(policy: StreamingPolicy, protection: PolicyProtection): Partial<ProtectionDraft> {
  if (protection === 'none') {
    return {};
  }
  const section = policy[SECTIONS[protection]];
  const { contentKeys, keyRotation, clearTracks } = section ?? {};
  return {
    rotation: keyRotation === undefined ? '' : String(parseIsoDuration(keyRotation.interval)),
    clearTracks: typedCodecs(clearTracks),
    keyLabel: contentKeys?.defaultKey?.label ?? '',
    keyPolicy: contentKeys?.defaultKey?.policyName ?? '',
    trackKeys: (contentKeys?.keyToTrackMappings ?? []).map(({ label = '', policyName = '', tracks }, id) => ({
      id,
      label,
      keyPolicy: policyName,
      codecs: typedCodecs(tracks),
    })),
    ...(protection === 'envelope'
      ? { keyUrl: policy.envelopeEncryption?.customKeyAcquisitionUrlTemplate ?? '' }
      : licenceDraftOf(policy, protection)),
  };
}

function licenceDraftOf(policy: StreamingPolicy, protection: 'cenc' | 'cbcs'): Partial<ProtectionDraft> {
  const { clearKeyEncryptionConfiguration: clearKey, drm } = policy[SECTIONS[protection]] ?? {};
  const { playReady, widevine } = drm ?? {};
  const fairPlay = protection === 'cbcs' ? policy.commonEncryptionCbcs?.drm?.fairPlay : undefined;
  const found = { playReady, widevine, fairPlay };
  return {
    clearKey: clearKey !== undefined,
    keyUrl: clearKey?.customKeysAcquisitionUrlTemplate ?? '',
    systems: DRM_SYSTEMS.filter((system) => found[system] !== undefined),
    urls: {
      playReady: playReady?.customLicenseAcquisitionUrlTemplate ?? '',
      widevine: widevine?.customLicenseAcquisitionUrlTemplate ?? '',
      fairPlay: fairPlay?.customLicenseAcquisitionUrlTemplate ?? '',
    },
    playReadyAttributes: playReady?.playReadyCustomAttributes ?? '',
    isPersistent: fairPlay?.allowPersistentLicense ?? false,
  };
}

function typedCodecs(tracks: TrackSelections = []): string {
  return tracks.flatMap(({ trackSelections }) => trackSelections.map(({ value }) => value)).join(', ');
}

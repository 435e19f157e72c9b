import type { IpAccessControl } from '../../../src-main/shared/api/common.ts';
import { guid } from '../../../src-main/shared/api/common.ts';
import type { LiveEvent, LiveEventPatch, STRETCH_MODES } from '../../../src-main/shared/api/live-events.ts';
import { formatIsoDuration, parseIsoDuration } from '../../../src-main/shared/iso-duration.ts';
import { numberOf } from '../../i18n/units.ts';
import { type AddressRow, everybody, isEverybody, listOf, rowsOf, typedFaults } from './address-list.ts';
import type { PairRow } from './pair-rows.tsx';
import { isEncodingKind } from './preset-draft.ts';

/** Who may send: what the service takes when nothing is said (this computer and the local network), whoever has the token, or a list. */
export const INGEST_ACCESSES = ['local', 'everybody', 'list'] as const;
export type IngestAccess = (typeof INGEST_ACCESSES)[number];

export const PREVIEW_ACCESSES = ['everybody', 'list'] as const;
export type PreviewAccess = (typeof PREVIEW_ACCESSES)[number];

export type StretchMode = (typeof STRETCH_MODES)[number];

/** What can be typed of an event, when it is made as well as afterwards. */
export type EventFields = {
  readonly description: string;
  readonly tags: readonly PairRow[];
  /** Seconds. */
  readonly keyFrameInterval: string;
  readonly stretchMode: StretchMode;
  readonly ingestAccess: IngestAccess;
  /** Count for `list`. */
  readonly ingestAllow: readonly AddressRow[];
  readonly previewAccess: PreviewAccess;
  readonly previewAllow: readonly AddressRow[];
  readonly slateOnBreaks: boolean;
  /** Asset of the picture; empty: the stock picture. */
  readonly slateAsset: string;
  /** A GUID; empty: the service makes one. */
  readonly accessToken: string;
  readonly useStaticHostname: boolean;
  readonly hostnamePrefix: string;
  readonly clientAccessPolicy: string;
  readonly crossDomainPolicy: string;
};

export const FIRST_FIELDS: EventFields = {
  description: '',
  tags: [],
  keyFrameInterval: '2',
  stretchMode: 'None',
  ingestAccess: 'local',
  ingestAllow: [],
  previewAccess: 'everybody',
  previewAllow: [],
  slateOnBreaks: false,
  slateAsset: '',
  accessToken: '',
  useStaticHostname: false,
  hostnamePrefix: '',
  clientAccessPolicy: '',
  crossDomainPolicy: '',
};

export function fieldsOf(event: LiveEvent): EventFields {
  const { input, preview, encoding, crossSiteAccessPolicies: policies } = event;
  return {
    description: event.description,
    tags: Object.entries(event.tags).map(([key, value], id) => ({ id, key, value })),
    keyFrameInterval: String(parseIsoDuration(encoding.keyFrameInterval ?? input.keyFrameIntervalDuration) ?? ''),
    stretchMode: encoding.stretchMode ?? 'None',
    ingestAccess: isEverybody(input.accessControl) ? 'everybody' : 'list',
    ingestAllow: isEverybody(input.accessControl) ? [] : rowsOf(input.accessControl),
    previewAccess: preview.accessControl === undefined ? 'everybody' : 'list',
    previewAllow: rowsOf(preview.accessControl),
    slateOnBreaks: encoding.slate?.insertSlateOnAdMarker ?? false,
    slateAsset: encoding.slate?.defaultSlateAssetName ?? '',
    accessToken: input.accessToken,
    useStaticHostname: event.useStaticHostname ?? false,
    hostnamePrefix: event.hostnamePrefix ?? '',
    clientAccessPolicy: policies?.clientAccessPolicy ?? '',
    crossDomainPolicy: policies?.crossDomainPolicy ?? '',
  };
}

export type FieldFault =
  | 'keyFrameInterval'
  | 'ingestAllow'
  | 'previewAllow'
  | 'tags'
  | 'accessToken'
  | 'hostnamePrefix';

/** What cannot even be sent; the service says the rest. `before` are the fields of an event that is there already. */
export function faultsOfFields(fields: EventFields, before?: EventFields): ReadonlySet<FieldFault> {
  const { tags, accessToken, hostnamePrefix } = fields;
  const keys = tags.map(({ key }) => key.trim()).filter((key) => key !== '');
  const faults: readonly [FieldFault, boolean][] = [
    ['keyFrameInterval', (numberOf(fields.keyFrameInterval.trim()) ?? 0) === 0],
    ['ingestAllow', fields.ingestAccess === 'list' && typedFaults(fields.ingestAllow).size > 0],
    ['previewAllow', fields.previewAccess === 'list' && typedFaults(fields.previewAllow).size > 0],
    ['tags', new Set(keys).size < keys.length || tags.some(({ key, value }) => key.trim() === '' && value !== '')],
    ['accessToken', !guid.safeParse(accessToken).success && (accessToken !== '' || before !== undefined)],
    // It can be changed, but the service has no way to take it back.
    ['hostnamePrefix', hostnamePrefix === '' && (before?.hostnamePrefix ?? '') !== ''],
  ];
  return new Set(faults.filter(([, isFaulty]) => isFaulty).map(([fault]) => fault));
}

/** Undefined: what the service takes when nothing is said. */
export function ingestListOf({ ingestAccess, ingestAllow }: EventFields): IpAccessControl | undefined {
  switch (ingestAccess) {
    case 'local':
      return undefined;
    case 'everybody':
      return everybody();
    case 'list':
      return listOf(ingestAllow);
  }
}

/** Undefined: everybody. */
export function previewListOf({ previewAccess, previewAllow }: EventFields): IpAccessControl | undefined {
  return previewAccess === 'everybody' ? undefined : listOf(previewAllow);
}

export function tagsOf({ tags }: EventFields): Readonly<Record<string, string>> {
  return Object.fromEntries(
    tags.filter(({ key }) => key.trim() !== '').map(({ key, value }) => [key.trim(), value]),
  );
}

export function intervalOf({ keyFrameInterval }: EventFields): string {
  return formatIsoDuration(numberOf(keyFrameInterval.trim()) ?? 0);
}

export function slateOf({ slateOnBreaks, slateAsset }: EventFields) {
  return {
    insertSlateOnAdMarker: slateOnBreaks,
    ...(slateAsset === '' ? {} : { defaultSlateAssetName: slateAsset }),
  };
}

export function policiesOf({ clientAccessPolicy, crossDomainPolicy }: EventFields) {
  return {
    ...(clientAccessPolicy.trim() === '' ? {} : { clientAccessPolicy }),
    ...(crossDomainPolicy.trim() === '' ? {} : { crossDomainPolicy }),
  };
}

/** Whether the properties that nothing may run with can be changed (spec 2.3). */
export function isAtRest({ resourceState }: Pick<LiveEvent, 'resourceState'>): boolean {
  return resourceState === 'Stopped' || resourceState === 'StandBy';
}

/** What has to be sent so that the event has these fields: nothing of what it has already. */
export function patchOf(event: LiveEvent, after: EventFields): LiveEventPatch {
  const before = fieldsOf(event);
  const differs = (...parts: readonly ((fields: EventFields) => unknown)[]): boolean =>
    parts.some((part) => JSON.stringify(part(before)) !== JSON.stringify(part(after)));
  const changed = <T extends object>(part: (fields: EventFields) => unknown, value: T): Partial<T> =>
    differs(part) ? value : {};

  const isEncoding = isEncodingKind(event.encoding.encodingType);
  const interval = differs(intervalOf) ? intervalOf(after) : undefined;
  const input = {
    ...changed(({ accessToken }) => accessToken, { accessToken: after.accessToken }),
    ...changed((fields) => [fields.ingestAccess, ingestListOf(fields)], {
      accessControl: ingestListOf(after) ?? everybody(),
    }),
    ...(interval === undefined || isEncoding ? {} : { keyFrameIntervalDuration: interval }),
  };
  const encoding = isEncoding
    ? {
        ...(interval === undefined ? {} : { keyFrameInterval: interval }),
        ...changed(({ stretchMode }) => stretchMode, { stretchMode: after.stretchMode }),
        ...changed(slateOf, { slate: slateOf(after) }),
      }
    : {};
  return {
    ...changed(({ description }) => description.trim(), { description: after.description.trim() }),
    ...changed(tagsOf, { tags: tagsOf(after) }),
    ...(Object.keys(input).length === 0 ? {} : { input }),
    ...changed((fields) => previewListOf(fields) ?? null, {
      preview: { accessControl: previewListOf(after) ?? null },
    }),
    ...(Object.keys(encoding).length === 0 ? {} : { encoding }),
    ...changed(({ useStaticHostname }) => useStaticHostname, { useStaticHostname: after.useStaticHostname }),
    ...changed(({ hostnamePrefix }) => hostnamePrefix, { hostnamePrefix: after.hostnamePrefix }),
    ...changed(policiesOf, { crossSiteAccessPolicies: policiesOf(after) }),
  };
}

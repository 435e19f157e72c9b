import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type {
  ContentKeyPolicy,
  ContentKeyPolicyOptionInput,
  RestrictionInput,
} from '../../../src-main/shared/api/content-key-policies.ts';
import type { EventType } from '../../../src-main/shared/api/events.ts';
import type { MediaFilter } from '../../../src-main/shared/api/filters.ts';
import type { StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';
import { definedOf, Fault, type Handlers } from './handling.ts';
import type { World } from './scenarios.ts';

const MADE = { created: '2026-11-21T08:00:00.000Z', lastModified: '2026-11-21T08:00:00.000Z' };
const STREAMING = { hls: true, dash: true, smoothStreaming: true, download: false };

const PREDEFINED: readonly StreamingPolicy[] = [
  { name: 'Predefined_ClearStreamingOnly', noEncryption: { enabledProtocols: STREAMING } },
  {
    name: 'Predefined_DownloadAndClearStreaming',
    noEncryption: { enabledProtocols: { ...STREAMING, download: true } },
  },
  { name: 'Predefined_ClearKey', envelopeEncryption: { enabledProtocols: STREAMING } },
];

export function aKeyPolicy(name: string, patch: Partial<ContentKeyPolicy> = {}): ContentKeyPolicy {
  return {
    name,
    policyId: '7d1f8f0e-3c57-4a43-9f0b-5a9cf3c1a001',
    description: '',
    options: [],
    ...MADE,
    ...patch,
  };
}

export function aFilter(name: string, patch: Partial<MediaFilter> = {}): MediaFilter {
  return { name, tracks: [], ...MADE, ...patch };
}

/** Policies and filters of one’s own, with much in them. */
export function withPolicies(world: World): World {
  world.streamingPolicies.set('members-only', {
    name: 'members-only',
    created: MADE.created,
    defaultContentKeyPolicyName: 'members',
    envelopeEncryption: { enabledProtocols: { ...STREAMING, smoothStreaming: false } },
  });
  world.keyPolicies.set(
    'members',
    aKeyPolicy('members', {
      options: [
        {
          policyOptionId: randomUUID(),
          name: 'members',
          configuration: { kind: 'ClearKey' },
          restriction: {
            kind: 'Token',
            issuer: 'https://members.example.org',
            audience: 'lectern',
            restrictionTokenType: 'Jwt',
            requiredClaims: [],
            primaryVerificationKey: { kind: 'Symmetric' },
            alternateVerificationKeys: [],
          },
        },
      ],
    }),
  );
  world.filters.set(
    'phone',
    aFilter('phone', {
      firstQuality: { bitrate: 400_000 },
      presentationTimeRange: {
        presentationWindowDuration: '6000000000',
        liveBackoffDuration: '300000000',
        timescale: 10_000_000,
        forceEndTimestamp: false,
      },
      tracks: [
        {
          trackSelections: [
            { property: 'Type', operation: 'Equal', value: 'video' },
            { property: 'Bitrate', operation: 'Equal', value: '0-1200000' },
          ],
        },
        { trackSelections: [{ property: 'Type', operation: 'Equal', value: 'audio' }] },
      ],
    }),
  );
  return world;
}

function withoutKeys(restriction: RestrictionInput): ContentKeyPolicy['options'][number]['restriction'] {
  if (restriction.kind === 'Open') {
    return restriction;
  }
  const { primaryVerificationKey: primary, alternateVerificationKeys: others, ...rest } = restriction;
  return {
    ...rest,
    alternateVerificationKeys: others.map(({ kind }) => ({ kind })),
    ...(primary === undefined ? {} : { primaryVerificationKey: { kind: primary.kind } }),
  };
}

/** Policies and filters, kept as the service keeps them. */
export function policyHandlers(tools: {
  readonly world: World;
  readonly publish: (eventType: EventType, subject: string, data: unknown) => void;
  readonly found: <T>(map: ReadonlyMap<string, T>, name: string | undefined) => T;
}): Omit<Handlers, typeof Symbol.dispose> {
  const { world, publish, found } = tools;

  function shownOptions(options: readonly ContentKeyPolicyOptionInput[]): ContentKeyPolicy['options'] {
    return options.map(({ name = '', configuration, restriction }) => {
      // Other kinds have secrets of their own.
      assert(configuration.kind === 'ClearKey');
      return { policyOptionId: randomUUID(), name, configuration, restriction: withoutKeys(restriction) };
    });
  }

  return {
    listPolicies: () => ({ value: [...PREDEFINED, ...world.streamingPolicies.values()] }),
    putPolicy({ params, body }) {
      const policy = { ...body, name: params.name, created: MADE.created };
      world.streamingPolicies.set(params.name, policy);
      return policy;
    },
    deletePolicy({ params }) {
      found(world.streamingPolicies, params.name);
      const users = [...world.locators.values()].filter((one) => one.streamingPolicyName === params.name);
      if (users.length > 0) {
        const names = users.map(({ name }) => `streamingLocator/${name}`).join(', ');
        throw new Fault(
          'resource/in-use',
          `The streaming policy ${params.name} is used by ${names}. Delete that first.`,
        );
      }
      world.streamingPolicies.delete(params.name);
    },
    listContentKeyPolicies: () => ({ value: [...world.keyPolicies.values()] }),
    putContentKeyPolicy({ params, body }) {
      const policy = aKeyPolicy(params.name, {
        description: body.description,
        options: shownOptions(body.options),
      });
      world.keyPolicies.set(params.name, policy);
      return policy;
    },
    patchContentKeyPolicy({ params, body }) {
      const before = found(world.keyPolicies, params.name);
      const policy = {
        ...before,
        description: body.description ?? before.description,
        options: body.options === undefined ? before.options : shownOptions(body.options),
      };
      world.keyPolicies.set(params.name, policy);
      return policy;
    },
    deleteContentKeyPolicy({ params }) {
      found(world.keyPolicies, params.name);
      world.keyPolicies.delete(params.name);
    },
    listAccountFilters: () => ({ value: [...world.filters.values()] }),
    putAccountFilter({ params, body }) {
      const filter = aFilter(params.name, definedOf(body));
      world.filters.set(params.name, filter);
      publish('Lectern.FilterChanged', `accountFilter/${params.name}`, filter);
      return filter;
    },
    deleteAccountFilter({ params }) {
      found(world.filters, params.name);
      world.filters.delete(params.name);
      publish('Lectern.FilterDeleted', `accountFilter/${params.name}`, { name: params.name });
    },
    listAssetFilters: ({ params }) => ({ value: [...(world.assetFilters.get(params.name)?.values() ?? [])] }),
    putAssetFilter({ params, body }) {
      found(world.assets, params.name);
      const filter = aFilter(params.filter, definedOf(body));
      const own = world.assetFilters.get(params.name) ?? new Map<string, MediaFilter>();
      world.assetFilters.set(params.name, own.set(params.filter, filter));
      publish('Lectern.FilterChanged', `asset/${params.name}/assetFilter/${params.filter}`, filter);
      return filter;
    },
    deleteAssetFilter({ params }) {
      const own = found(world.assetFilters, params.name);
      found(own, params.filter);
      own.delete(params.filter);
      publish('Lectern.FilterDeleted', `asset/${params.name}/assetFilter/${params.filter}`, {
        name: params.filter,
      });
    },
  };
}

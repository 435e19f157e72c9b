import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import {
  STREAMING_POLICIES,
  type StreamingLocator,
  type StreamingPolicy,
  type StreamingPolicyName,
} from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { FindPublication, Presentation } from '../ports/presentation.ts';
import type { EventLog, LocatorService } from '../ports/services.ts';

export type LocatorsOptions = {
  readonly rows: Repository<StreamingLocator>;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Throws `resource/not-found` when there is no such asset. */
  readonly asset: (name: string) => { readonly title: string; readonly manifestName?: string | undefined };
  readonly presentationOf: (assetName: string) => Promise<Presentation | undefined>;
  readonly originUrl: () => string;
  /** Locators of one asset, at most (spec 2.18). */
  readonly limit: () => number;
};

export type Locators = LocatorService & {
  readonly find: FindPublication;
  /** Un-publishes an asset that is being deleted. */
  deleteOf(assetName: string): void;
  namesOf(assetName: string): readonly string[];
};

export function createLocators(options: LocatorsOptions): Locators {
  const { rows, clock, events } = options;

  function get(name: string): StreamingLocator {
    const locator = rows.get(name);
    if (locator === undefined) {
      throw new AppError('resource/not-found', `There is no streaming locator ${name}.`, {
        details: { locator: name },
      });
    }
    return locator;
  }

  function remove(name: string): void {
    if (rows.delete(name)) {
      events.publish('Lectern.LocatorDeleted', `streamingLocator/${name}`, { name });
    }
  }

  return {
    list: () => rows.list(),
    get,
    async create(name, request) {
      const asset = options.asset(request.assetName);
      if (rows.get(name) !== undefined) {
        throw new AppError(
          'resource/exists',
          `There is already a streaming locator ${name}. Locators cannot be changed; delete it first.`,
          {
            details: { locator: name },
          },
        );
      }
      const streamingLocatorId = withHyphens(request.streamingLocatorId ?? randomUUID());
      const others = rows.list();
      if (others.some((other) => other.streamingLocatorId === streamingLocatorId)) {
        throw new AppError(
          'resource/exists',
          `The streamingLocatorId ${streamingLocatorId} is used by another locator.`,
          {
            details: { field: 'streamingLocatorId' },
          },
        );
      }
      if (others.filter((other) => other.assetName === request.assetName).length >= options.limit()) {
        throw new AppError(
          'resource/quota',
          `The asset ${asset.title} has ${options.limit()} locators already; delete one first.`,
          {
            details: { quota: options.limit() },
          },
        );
      }
      const { startTime, endTime } = request;
      if (startTime !== undefined && endTime !== undefined && Date.parse(startTime) >= Date.parse(endTime)) {
        throw new AppError('request/invalid', 'endTime must be later than startTime.', {
          details: { field: 'endTime' },
        });
      }
      const locator: StreamingLocator = {
        name,
        assetName: request.assetName,
        streamingLocatorId,
        streamingPolicyName: request.streamingPolicyName,
        ...(startTime === undefined ? {} : { startTime }),
        ...(endTime === undefined ? {} : { endTime }),
        created: new Date(clock.wallMs()).toISOString(),
      };
      rows.put(name, locator);
      events.publish('Lectern.LocatorChanged', `streamingLocator/${name}`, locator);
      return await Promise.resolve(locator);
    },
    async delete(name) {
      get(name);
      remove(name);
      await Promise.resolve();
    },
    paths(name) {
      const locator = get(name);
      const { manifestName } = options.asset(locator.assetName);
      const { enabledProtocols } = policyOf(locator.streamingPolicyName).noEncryption;
      const base =
        manifestName === undefined ? undefined : `/${locator.streamingLocatorId}/${manifestName}.ism/manifest`;
      const path = (streamingProtocol: 'Hls' | 'Dash', enabled: boolean, format: string) =>
        enabled && base !== undefined
          ? [
              {
                streamingProtocol,
                encryptionScheme: 'NoEncryption' as const,
                paths: [`${base}(format=${format})`],
              },
            ]
          : [];
      return {
        streamingPaths: [
          ...path('Hls', enabledProtocols.hls, 'm3u8-cmaf'),
          ...path('Dash', enabledProtocols.dash, 'mpd-time-cmaf'),
        ],
        downloadPaths: [],
        watchUrl: `${options.originUrl()}/watch/${locator.streamingLocatorId}`,
      };
    },
    policies: () => STREAMING_POLICIES.map(policyOf),
    async find(locatorId) {
      const wanted = locatorId.toLowerCase();
      const locator = rows.list().find((candidate) => candidate.streamingLocatorId === wanted);
      if (locator === undefined || !isWithin(locator, clock.wallMs())) {
        return undefined;
      }
      const presentation = await options.presentationOf(locator.assetName);
      const { title, manifestName } = options.asset(locator.assetName);
      if (presentation === undefined || manifestName === undefined) {
        return undefined;
      }
      return {
        presentation,
        manifestName,
        title,
        protocols: policyOf(locator.streamingPolicyName).noEncryption.enabledProtocols,
        files: new Map(),
      };
    },
    deleteOf(assetName) {
      for (const locator of rows.list().filter((candidate) => candidate.assetName === assetName)) {
        remove(locator.name);
      }
    },
    namesOf: (assetName) =>
      rows
        .list()
        .filter((locator) => locator.assetName === assetName)
        .map((locator) => locator.name),
  };
}

/** What each predefined policy allows (spec 4.3). */
function policyOf(name: StreamingPolicyName): StreamingPolicy {
  const streaming = name !== 'Predefined_DownloadOnly';
  return {
    name,
    noEncryption: {
      enabledProtocols: {
        download: name !== 'Predefined_ClearStreamingOnly',
        dash: streaming,
        hls: streaming,
        smoothStreaming: streaming,
      },
    },
  };
}

function isWithin(locator: StreamingLocator, nowMs: number): boolean {
  const { startTime, endTime } = locator;
  return (
    (startTime === undefined || Date.parse(startTime) <= nowMs) &&
    (endTime === undefined || nowMs < Date.parse(endTime))
  );
}

/** GUIDs may be given without hyphens (spec 2.3); they are kept and compared in one form. */
function withHyphens(guid: string): string {
  const hex = guid.replaceAll('-', '').toLowerCase();
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

import { randomUUID } from 'node:crypto';
import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { StreamingLocator, StreamingLocatorCreate } from '../../shared/api/publishing.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { KeyHolder, PublicationKeys } from '../ports/keys.ts';
import type { FindPublication, Presentation, Publication } from '../ports/presentation.ts';
import type { EventLog, LocatorService } from '../ports/services.ts';
import type { StreamingFormat } from '../ports/streaming-format.ts';
import { manifestPaths, protocolsOf } from '../ports/streaming-paths.ts';

export type LocatorsOptions = {
  readonly rows: Repository<StreamingLocator>;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Throws `resource/not-found` when there is no such asset. */
  readonly asset: (name: string) => { readonly title: string; readonly manifestName?: string | undefined };
  readonly presentationOf: (assetName: string) => Promise<Presentation | undefined>;
  /** Files of an asset that may be downloaded, by name, with their paths. */
  readonly filesOf: (assetName: string) => ReadonlyMap<string, string>;
  /** The presentation as filters show it: those of the locator, which always apply, and those that are asked for. */
  readonly filteredOf: (
    presentation: Presentation,
    of: { readonly assetName: string; readonly always: readonly string[] },
  ) => NonNullable<Publication['filtered']>;
  readonly originUrl: () => string;
  readonly keys: PublicationKeys;
  /** What manifests are made in. */
  readonly formats: readonly StreamingFormat[];
  /** Locators of one asset, at most (spec 2.18). */
  readonly limit: () => number;
};

export type Locators = LocatorService & {
  readonly find: FindPublication;
  /** Un-publishes an asset that is being deleted. */
  deleteOf(assetName: string): void;
  namesOf(assetName: string): readonly string[];
  /** Whether there is a locator of that name, and it is within its times. */
  isOpen(name: string): boolean;
};

export function createLocators(options: LocatorsOptions): Locators {
  const { rows, clock, events, keys } = options;
  const creations = createSerial();

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
      keys.remove(subjectOf(name));
      events.publish('Lectern.LocatorDeleted', subjectOf(name), { name });
    }
  }

  function checked(name: string, request: StreamingLocatorCreate): StreamingLocator {
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
    const { contentKeys: _contentKeys, ...rest } = request;
    return { ...rest, name, streamingLocatorId, created: new Date(clock.wallMs()).toISOString() };
  }

  return {
    list: () => rows.list(),
    get,
    create: (name, request) =>
      // In turn: the keys are made between what is checked and what is written.
      creations.run(async () => {
        const locator = checked(name, request);
        await keys.create(holderOf(locator), request.contentKeys ?? []);
        try {
          // The asset may have been deleted meanwhile.
          options.asset(locator.assetName);
          rows.put(name, locator);
        } catch (error) {
          keys.remove(subjectOf(name));
          throw error;
        }
        events.publish('Lectern.LocatorChanged', subjectOf(name), locator);
        return locator;
      }),
    async delete(name) {
      get(name);
      remove(name);
      await Promise.resolve();
    },
    paths(name) {
      const locator = get(name);
      const { manifestName } = options.asset(locator.assetName);
      const base = `/${locator.streamingLocatorId}/${manifestName}.ism/`;
      return {
        streamingPaths:
          manifestName === undefined
            ? []
            : manifestPaths(keys.policy(locator.streamingPolicyName), options.formats).map(
                ({ paths, ...entry }) => ({ ...entry, paths: paths.map((path) => `${base}${path}`) }),
              ),
        downloadPaths: protocolsOf(keys.policy(locator.streamingPolicyName)).download
          ? [...options.filesOf(locator.assetName).keys()].map(
              (file) => `/${locator.streamingLocatorId}/${encodeURIComponent(file)}`,
            )
          : [],
        watchUrl: `${options.originUrl()}/watch/${locator.streamingLocatorId}`,
      };
    },
    contentKeys: (name) => keys.list(subjectOf(get(name).name)),
    importContentKeys: (name, cpix) =>
      creations.run(async () => {
        await keys.importCpix(holderOf(get(name)), cpix);
        return keys.list(subjectOf(name));
      }),
    deliveryCertificate: () => keys.deliveryCertificate(),
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
        protocols: protocolsOf(keys.policy(locator.streamingPolicyName)),
        protect: await keys.protectionOf(holderOf(locator)),
        files: options.filesOf(locator.assetName),
        filtered: options.filteredOf(presentation, {
          assetName: locator.assetName,
          always: locator.filters ?? [],
        }),
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
    isOpen(name) {
      const locator = rows.get(name);
      return locator !== undefined && isWithin(locator, clock.wallMs());
    },
  };
}

function subjectOf(name: string): string {
  return `streamingLocator/${name}`;
}

function holderOf(locator: StreamingLocator): KeyHolder {
  const { name, streamingPolicyName, defaultContentKeyPolicyName, alternativeMediaId } = locator;
  return { subject: subjectOf(name), streamingPolicyName, defaultContentKeyPolicyName, alternativeMediaId };
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

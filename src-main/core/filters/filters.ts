import { z } from 'zod';
import type { Clock } from '../../base/clock.ts';
import { type MediaFilter, mediaFilter } from '../../shared/api/filters.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Presentation, Publication } from '../ports/presentation.ts';
import type { EventLog, FilterService, FilterSet } from '../ports/services.ts';
import { composeFilters } from './composition.ts';
import { createFilteredPresentation } from './filtered-presentation.ts';

/** Of the account when it has no asset. */
export const storedFilter = z.strictObject({ assetName: z.string().optional(), filter: mediaFilter });
type StoredFilter = z.infer<typeof storedFilter>;

export type FiltersOptions = {
  readonly rows: Repository<StoredFilter>;
  readonly clock: Clock;
  readonly events: EventLog;
  /** Throws `resource/not-found` when there is no such asset. */
  readonly insistOnAsset: (name: string) => unknown;
  /** How many the account may have, and each asset; asked each time. */
  readonly limit: () => number;
};

export type Filters = FilterService & {
  /** `Publication.filtered` of a locator of that asset, whose own filters always apply. */
  filteredOf: (
    presentation: Presentation,
    of: { readonly assetName: string | undefined; readonly always: readonly string[] },
  ) => NonNullable<Publication['filtered']>;
  deleteOf(assetName: string): void;
};

/** In an address (spec 5.4). */
const MOST_ASKED = 3;
/** Combinations of filters that are kept per presentation: what viewers make up must not fill the memory. */
const KEPT_COMBINATIONS = 32;

/** Account and asset filters (spec 5.4). They take effect at once, and never change what is stored. */
export function createFilters(options: FiltersOptions): Filters {
  const { rows } = options;
  const kept = new WeakMap<Presentation, Map<string, Presentation>>();
  const account = createFilterSet(options, undefined);

  /** Of equal names the asset's own one counts. */
  function find(assetName: string | undefined, name: string): MediaFilter {
    const found = rows.get(keyOf(assetName, name)) ?? rows.get(keyOf(undefined, name));
    if (found === undefined) {
      throw new AppError(
        'MPE_EGRESS_FILTER_NOT_FOUND',
        `There is no filter ${JSON.stringify(name.slice(0, 64))}.`,
      );
    }
    return found.filter;
  }

  return {
    account: () => account,
    ofAsset(assetName) {
      options.insistOnAsset(assetName);
      return createFilterSet(options, assetName);
    },
    deleteOf(assetName) {
      for (const { filter } of rows.list().filter((row) => row.assetName === assetName)) {
        rows.delete(keyOf(assetName, filter.name));
      }
    },
    filteredOf:
      (presentation, { assetName, always }) =>
      (names) => {
        if (names.length > MOST_ASKED) {
          throw new AppError(
            'MPE_FILTER_COMPOSITION_FILTER_COUNT_OVER_LIMIT',
            `${names.length} filters are asked for; at most ${MOST_ASKED} can be.`,
          );
        }
        const wanted = [...new Set([...always, ...names])];
        if (wanted.length === 0) {
          return presentation;
        }
        const filters = wanted.map((name) => find(assetName, name));
        const combinations = kept.get(presentation) ?? new Map<string, Presentation>();
        kept.set(presentation, combinations);
        const key = JSON.stringify(filters);
        const found = combinations.get(key) ?? createFilteredPresentation(presentation, composeFilters(filters));
        // Last used, last forgotten.
        combinations.delete(key);
        combinations.set(key, found);
        for (const oldest of combinations.keys()) {
          if (combinations.size <= KEPT_COMBINATIONS) {
            break;
          }
          combinations.delete(oldest);
        }
        return found;
      },
  };
}

function createFilterSet(
  { rows, clock, events, limit }: FiltersOptions,
  assetName: string | undefined,
): FilterSet {
  const subject = assetName === undefined ? 'accountFilter' : `asset/${assetName}/assetFilter`;
  const list = (): readonly MediaFilter[] =>
    rows.list().flatMap((row) => (row.assetName === assetName ? [row.filter] : []));

  function get(name: string): MediaFilter {
    const found = rows.get(keyOf(assetName, name));
    if (found === undefined) {
      throw new AppError('resource/not-found', `There is no filter ${name}.`, { details: { filter: name } });
    }
    return found.filter;
  }

  return {
    list,
    get,
    put(name, content) {
      const before = rows.get(keyOf(assetName, name))?.filter;
      if (before === undefined && list().length >= limit()) {
        throw new AppError('resource/quota', `There are ${list().length} filters already; delete one first.`, {
          details: { quota: 'filters', limit: limit() },
        });
      }
      const now = new Date(clock.wallMs()).toISOString();
      const filter: MediaFilter = { name, ...content, created: before?.created ?? now, lastModified: now };
      rows.put(keyOf(assetName, name), assetName === undefined ? { filter } : { assetName, filter });
      events.publish('Lectern.FilterChanged', `${subject}/${name}`, filter);
      return filter;
    },
    delete(name) {
      get(name);
      rows.delete(keyOf(assetName, name));
      events.publish('Lectern.FilterDeleted', `${subject}/${name}`, { name });
    },
  };
}

/** Names of filters have no slash. */
function keyOf(assetName: string | undefined, name: string): string {
  return `${assetName ?? ''}/${name}`;
}

import type { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../base/clock.ts';
import { narrowPresentation } from './filters/narrow-presentation.ts';
import { MIRROR_POLICY } from './mirror/back-off.ts';
import { createSentObjects } from './mirror/sent-objects.ts';
import type { StoredUpload } from './mirror/upload-change.ts';
import { openUploads, type Uploads } from './mirror/uploads.ts';
import { createPackager } from './packaging/packager.ts';
import type { Repository } from './ports/catalogue.ts';
import type { Logger } from './ports/logger.ts';
import type { FindPublication } from './ports/presentation.ts';
import type { SecretStore } from './ports/secrets.ts';
import type { EventLog, LocatorService } from './ports/services.ts';

/** The mirrors to object storage, with a packager of their own: viewers of the origin share its caches, and a copy has no use for them. */
export function composeUploads(options: {
  readonly rows: Repository<StoredUpload>;
  readonly sqlite: DatabaseSync;
  readonly secrets: SecretStore;
  readonly events: EventLog;
  readonly locators: LocatorService & { readonly find: FindPublication };
  readonly clock: Clock;
  readonly logger: Logger;
}): Uploads {
  const { locators, clock, logger } = options;
  return openUploads({
    ...options,
    sent: createSentObjects(options.sqlite, logger),
    packager: createPackager({ clock, leavesOutRemoved: true }),
    narrow: narrowPresentation,
    insistOnLocator: (name) => locators.get(name),
    async findPublication(name) {
      const locator = locators.list().find((one) => one.name === name);
      return locator && (await locators.find(locator.streamingLocatorId));
    },
    policy: MIRROR_POLICY,
    random: Math.random,
  });
}

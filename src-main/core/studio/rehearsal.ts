import type { StudioSession } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type { AssetService } from '../ports/services.ts';
import { assetNameFor } from './names.ts';
import { createStudioEvents, OUTPUT_NAME, type StudioEventOptions, UNRECORDED_WINDOW } from './studio-event.ts';

/**
 * Everything of a broadcast but the way out: encoder, timeline, recording, the watch page of the preview. It has no locator, so that nothing is
 * published or mirrored, and it is no `Broadcast`, so that nothing that sends can be given one.
 */
export type Rehearsal = Omit<StudioSession, 'undoUntil' | 'locator'> & {
  readonly kind: 'rehearsal';
  /** What is recorded. */
  readonly presentation: Presentation;
  /** Whether its asset stays. */
  readonly record: boolean;
};

export type Rehearsals = {
  open(request: { readonly title: string; readonly record: boolean }): Promise<Rehearsal>;
  /**
   * Ends it as a broadcast ends: what was recorded is finalised, and deleted unless it was to stay. `isHurried`: somebody goes live, and does not wait
   * for the deleting.
   */
  close(rehearsal: Rehearsal, options: { readonly isHurried: boolean }): Promise<void>;
  /** The one that runs. */
  current(): Rehearsal | undefined;
};

/**
 * Rehearsals are made of what is given here and of nothing else. Neither destinations nor uploads nor locators are among it, and no part that
 * knows them: what is not there cannot be reached by a mistake. A test holds this file and all it imports to it.
 */
export type RehearsalOptions = StudioEventOptions & {
  readonly assets: Pick<AssetService, 'create' | 'delete'>;
  readonly logger: Logger;
};

const MANIFEST_NAME = 'preview';

export function createRehearsals(options: RehearsalOptions): Rehearsals {
  const { liveEvents, assets, clock, logger } = options;
  const studioEvents = createStudioEvents(options);
  let current: Rehearsal | undefined;

  async function forget({ record, asset, liveEvent }: Rehearsal): Promise<void> {
    try {
      if (!record && asset !== undefined) {
        await assets.delete(asset);
      }
      studioEvents.settle(liveEvent);
    } catch (error) {
      // It is in the archive then, under the name of a rehearsal, until the next start.
      logger.warn({ asset, error }, 'the recording of a rehearsal could not be deleted');
    }
  }

  return {
    async open({ title, record }) {
      const startMs = clock.wallMs();
      const asset = assetNameFor(`rehearsal ${title}`, startMs);
      const liveEvent = await studioEvents.start('rehearsal', title, startMs, record ? undefined : asset);
      await using undo = new AsyncDisposableStack();
      undo.defer(() => studioEvents.settle(liveEvent));
      undo.defer(() => studioEvents.close(liveEvent));
      const { previewLocator } = liveEvents.get(liveEvent).preview;
      await assets.create(asset, { title: title === '' ? 'Rehearsal' : `Rehearsal: ${title}` });
      undo.defer(() => assets.delete(asset));
      await liveEvents.createOutput(liveEvent, OUTPUT_NAME, {
        assetName: asset,
        archiveWindowLength: record ? 'PT25H' : UNRECORDED_WINDOW,
        manifestName: MANIFEST_NAME,
      });
      const presentation = liveEvents.presentationOf(liveEvent, OUTPUT_NAME);
      if (presentation === undefined) {
        throw new AppError('live/encoder-no-output', 'The rehearsal ended before it began.');
      }
      undo.move();
      current = {
        kind: 'rehearsal',
        liveEvent,
        liveOutput: OUTPUT_NAME,
        asset,
        urls: studioEvents.urlsOf(previewLocator, MANIFEST_NAME),
        startedAt: new Date(startMs).toISOString(),
        presentation,
        record,
      };
      return current;
    },
    async close(rehearsal, { isHurried }) {
      current = current === rehearsal ? undefined : current;
      await studioEvents.close(rehearsal.liveEvent);
      const forgotten = forget(rehearsal);
      if (!isHurried) {
        await forgotten;
      }
    },
    current: () => current,
  };
}

import { join } from 'node:path';
import type { Clock } from '../base/clock.ts';
import type { CaptureState } from '../shared/api/browser-source.ts';
import type { StudioState } from '../shared/api/studio.ts';
import { type BrowserSources, createBrowserSources } from './browser-source/browser-sources.ts';
import { type CaptureDoor, createCaptureDoor } from './control/capture/capture-door.ts';
import { createDecoderFeeds } from './live-encoding/decoder-feeds.ts';
import type { Logger } from './ports/logger.ts';
import type { SecretStore } from './ports/secrets.ts';
import type { EventLog } from './ports/services.ts';

/** A page asks with every piece, thirty times a second. */
const STATE_FOR_MS = 200;

/** Pages in browsers that capture for the studio, and the door by which they come in. */
export function composeBrowserSources(options: {
  readonly clock: Clock;
  readonly events: EventLog;
  readonly logger: Logger;
  readonly secrets: SecretStore;
  readonly pagesFolder: string | undefined;
  readonly studio: () => StudioState;
  /** The sources that are shown or heard. */
  readonly onAir: () => ReadonlySet<string>;
}): BrowserSources & {
  readonly door: CaptureDoor;
  /** The studio is there, with its sources of the last time. */
  readonly begin: () => void;
} {
  const { clock, events, logger, secrets, studio, onAir } = options;
  let known: { readonly atMs: number; readonly state: StudioState } | undefined;

  function studioNow(): StudioState {
    const atMs = clock.monotonicMs();
    if (known === undefined || atMs - known.atMs >= STATE_FOR_MS) {
      known = { atMs, state: studio() };
    }
    return known.state;
  }

  const sources = createBrowserSources({
    clock,
    events,
    secrets,
    logger,
    feeds: createDecoderFeeds({ clock }),
    inStudio: () => studio().sources.flatMap(({ spec }) => (spec.kind === 'browser' ? [spec.id] : [])),
    stateOf(source): CaptureState | undefined {
      const { sources: all, title, phase } = studioNow();
      const found = all.find(({ spec }) => spec.id === source);
      return (
        found && {
          label: found.label,
          title,
          phase,
          isOnAir: onAir().has(source),
          isSeen: found.state === 'live',
        }
      );
    },
  });
  const following = new DisposableStack();
  const folder = options.pagesFolder === undefined ? undefined : join(options.pagesFolder, 'capture');
  return {
    ...sources,
    door: createCaptureDoor({ desk: sources.desk, folder, clock }),
    begin() {
      sources.follow();
      following.use(
        events.published.on(({ eventType }) => {
          if (eventType === 'Lectern.StudioChanged') {
            sources.follow();
          }
        }),
      );
    },
    async [Symbol.asyncDispose]() {
      following.dispose();
      await sources[Symbol.asyncDispose]();
    },
  };
}

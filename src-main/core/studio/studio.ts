import type { Clock } from '../../base/clock.ts';
import { createSerial } from '../../base/serial.ts';
import type { LadderChoice } from '../../shared/api/ladder.ts';
import type { GoLive, Rehearse, StudioState } from '../../shared/api/studio.ts';
import { AppError, toAppError } from '../../shared/app-error.ts';
import { problemOf } from '../../shared/problem.ts';
import type { DiskLevel } from '../archive/disk-guard.ts';
import type { Repository } from '../ports/catalogue.ts';
import type { Logger } from '../ports/logger.ts';
import type {
  AssetService,
  DestinationService,
  EventLog,
  SettingsService,
  StudioService,
} from '../ports/services.ts';
import type { Broadcast, Broadcasts } from './broadcast.ts';
import { watchChunks } from './chunk-watch.ts';
import type { EncoderFeed } from './encoder-feed.ts';
import { healthOf } from './health.ts';
import type { LadderDesk } from './ladder-desk.ts';
import type { MixerDesk } from './mixer-desk.ts';
import type { PanicDesk } from './panic.ts';
import { isOnAir, nextPhase, refusal, type StudioEvent } from './phase.ts';
import type { PreviewHub } from './preview-hub.ts';
import type { Rehearsal, Rehearsals } from './rehearsal.ts';
import type { SceneDesk } from './scenes/scene-desk.ts';
import { recordedBitrate } from './separate-inputs.ts';
import { shownSession } from './shown-session.ts';
import { createSoundDesk } from './sound-desk.ts';
import type { SourceBoard } from './source-board.ts';
import type { StoredStudio } from './stored-studio.ts';

export type StudioOptions = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: EventLog;
  readonly rows: Repository<StoredStudio>;
  readonly settings: SettingsService;
  readonly board: SourceBoard;
  readonly ladder: LadderDesk;
  readonly feed: EncoderFeed;
  readonly mixer: MixerDesk;
  readonly scenes: SceneDesk;
  readonly preview: PreviewHub;
  readonly broadcasts: Broadcasts;
  readonly rehearsals: Rehearsals;
  /** The encoder is needed: whatever checks or measures this computer lets go at once. */
  readonly stopChecks: () => void;
  readonly assets: AssetService;
  readonly destinations: DestinationService;
  readonly disk: {
    readonly freeBytes: () => number;
    readonly level: () => DiskLevel;
    /** Looks now. */
    readonly check: () => Promise<void>;
  };
  readonly viewers: () => number;
  readonly panic: Pick<PanicDesk, 'state' | 'changed' | 'over'>;
};

export type Studio = StudioService &
  AsyncDisposable & {
    /** Takes up the sources of the last time. */
    restore(): Promise<void>;
    /**
     * Finds out what this computer can hold, when the automatic ladder is chosen and nobody has found out yet. A broadcast that begins
     * meanwhile comes first. Never rejects.
     */
    settleLadder(): Promise<void>;
  };

const ROW = 'studio';
const UNDO_MS = 5000;
/** Status that changes all the time is told at most this often. */
const PUBLISH_EVERY_MS = 500;

export function createStudio(options: StudioOptions): Studio {
  const { clock, logger, board, settings, mixer } = options;
  const serial = createSerial();
  let phase: StudioState['phase'] = 'off-air';
  let title = options.rows.get(ROW)?.title ?? '';
  let record = options.rows.get(ROW)?.record ?? true;
  let session: Broadcast | Rehearsal | undefined;
  let undo: { readonly timer: Disposable; readonly until: string } | undefined;
  let lastError: AppError | undefined;
  let watching: Disposable | undefined;
  let publishing: Disposable | undefined;
  let publishedAtMs = -Infinity;

  mixer.changed.on(touch);
  options.panic.changed.on(publishNow);
  options.scenes.changed.on(() => {
    remember();
    options.events.publish('Lectern.ScenesChanged', 'studio', options.scenes.state());
  });
  options.feed.notices.on((notice) => {
    lastError = notice.kind === 'fault' ? notice.error : lastError;
    touch();
  });

  function state(): StudioState {
    const plan = options.ladder.plan();
    const encoder = options.feed.status();
    const bitrate = recordedBitrate(plan, board.audio(), settings.get().recording.separateTracks);
    return {
      phase,
      title,
      record,
      ...(session === undefined ? {} : { session: shownSession(session, undo?.until) }),
      sources: [...board.statuses()],
      scene: board.scene(),
      audio: [...board.audio()],
      sound: board.sound(),
      ladder: {
        choice: settings.get().encoding.ladder,
        layers: [...plan.video],
        frameRate: plan.canvas.frameRate.numerator / plan.canvas.frameRate.denominator,
        ...(options.ladder.measuredSpeed() === undefined ? {} : { measuredSpeed: options.ladder.measuredSpeed() }),
      },
      ...(encoder === undefined ? {} : { encoder }),
      health: healthOf({
        encoder,
        sources: board.statuses(),
        onAir: board.onAir(),
        audio: board.audio(),
        silent: board.silent(),
        warnings: board.sound().warnings,
        destinations: options.destinations.list(),
        diskLevel: options.disk.level(),
        mixer: mixer.phase(),
      }),
      disk: {
        freeBytes: options.disk.freeBytes(),
        secondsLeft: Math.max(
          0,
          ((options.disk.freeBytes() - settings.get().recording.stopFreeBytes) * 8) / bitrate,
        ),
      },
      shared: settings.get().network.shareOrigin,
      viewers: options.viewers(),
      mixer: mixer.phase(),
      ...(options.panic.state() === undefined ? {} : { panic: options.panic.state() }),
      ...(lastError === undefined ? {} : { lastError: problemOf(lastError) }),
    };
  }

  /** Tells the state soon: at once when nothing was told for a while, else when the interval is over. */
  function touch(): void {
    if (publishing !== undefined) {
      return;
    }
    const waitMs = Math.max(0, publishedAtMs + PUBLISH_EVERY_MS - clock.monotonicMs());
    publishing = clock.after(waitMs, publishNow);
  }

  function publishNow(): void {
    publishing?.[Symbol.dispose]();
    publishing = undefined;
    publishedAtMs = clock.monotonicMs();
    options.events.publish('Lectern.StudioChanged', 'studio', state());
  }

  function happen(event: StudioEvent): void {
    const next = nextPhase(phase, event);
    if (next !== undefined) {
      logger.info({ from: phase, to: next, event }, 'studio');
      phase = next;
      publishNow();
    }
  }

  function insist(event: StudioEvent): void {
    if (nextPhase(phase, event) === undefined) {
      throw refusal(phase, event);
    }
  }

  function remember(): void {
    options.rows.put(ROW, {
      title,
      record,
      sources: [...board.specs()],
      scene: board.scene(),
      scenes: options.scenes.stored(),
      audio: board.audio().map(({ label: _label, ...input }) => input),
      loudnessTarget: board.sound().loudnessTarget,
    });
  }

  function keep(): void {
    remember();
    publishNow();
  }

  /** After the sources or the ladder changed: while encoding, the canvas stays what it is. */
  async function syncMixer(): Promise<void> {
    if (options.feed.status() === undefined) {
      options.ladder.replan(board.nativeSize());
    }
    await mixer.sync();
  }

  async function goLive(request: GoLive): Promise<void> {
    insist('go-live');
    if (!board.hasPicture() && board.audio().length === 0) {
      throw new AppError(
        'live/no-source',
        'Choose what to show first: a screen, a camera, a file or the test picture.',
      );
    }
    record = request.record ?? record;
    title = request.title ?? title;
    // Room may have been made, or the limit changed, since the last look.
    await options.disk.check();
    if (record && options.disk.level() === 'full') {
      throw new AppError(
        'archive/disk-full',
        'The disk is full, so the broadcast could not be recorded. Free some room, or go live without recording.',
        { details: { freeBytes: options.disk.freeBytes() } },
      );
    }
    options.stopChecks();
    lastError = undefined;
    await stopRehearsal({ isHurried: true });
    happen('go-live');
    try {
      await syncMixer();
      session = await options.broadcasts.open({ title, record, archiveWindowLength: request.archiveWindowLength });
    } catch (error) {
      lastError = toAppError(error);
      happen('ended');
      throw error;
    }
    keep();
    watching = watchChunks(session.presentation, clock, {
      onChunk: () => happen(phase === 'reconnecting' ? 'chunks-again' : 'first-chunk'),
      onSilent: () => happen('no-chunks'),
      onLook: touch,
    });
  }

  async function finish(): Promise<void> {
    undo?.timer[Symbol.dispose]();
    undo = undefined;
    watching?.[Symbol.dispose]();
    watching = undefined;
    const ended = session;
    if (ended?.kind !== 'broadcast') {
      return;
    }
    try {
      await options.broadcasts.close(ended);
    } catch (error) {
      lastError = toAppError(error);
      logger.error({ error }, 'the broadcast could not be ended in an orderly way');
    } finally {
      session = undefined;
      happen('ended');
      options.panic.over();
    }
  }

  async function stopRehearsal({ isHurried }: { readonly isHurried: boolean }): Promise<void> {
    if (session?.kind !== 'rehearsal') {
      return;
    }
    const rehearsal = session;
    session = undefined;
    happen('ended');
    await options.rehearsals.close(rehearsal, { isHurried });
  }

  async function rehearse({ record: keeps = false }: Rehearse): Promise<void> {
    insist('rehearse');
    options.stopChecks();
    await syncMixer();
    session = await options.rehearsals.open({ title, record: keeps });
    happen('rehearse');
  }

  async function end(now: boolean): Promise<void> {
    if (phase === 'rehearsing') {
      await stopRehearsal({ isHurried: false });
      options.panic.over();
      return;
    }
    if (phase === 'ending' && now) {
      await finish();
      return;
    }
    insist('end');
    if (now) {
      happen('end');
      await finish();
      return;
    }
    const until = new Date(clock.wallMs() + UNDO_MS).toISOString();
    undo = {
      until,
      timer: clock.after(
        UNDO_MS,
        () => void serial.run(async () => (undo?.until === until ? finish() : undefined)),
      ),
    };
    happen('end');
  }

  return {
    state,
    async restore() {
      const stored = options.rows.get(ROW);
      await options.scenes.restore(stored?.scenes);
      if (stored === undefined || stored.sources.length === 0) {
        return;
      }
      await serial.run(async () => {
        try {
          // What is not there today must not keep the rest from being there.
          const [failure] = await board.restore(stored.sources);
          board.setLoudnessTarget(stored.loudnessTarget);
          const inputs = new Set(board.audio().map(({ id }) => id));
          for (const { id, ...settings } of stored.audio.filter((input) => inputs.has(input.id))) {
            board.setAudio(id, settings);
          }
          if (failure !== undefined) {
            throw failure;
          }
          board.setScene(stored.scene);
        } catch (error) {
          logger.warn({ error }, 'the sources of the last time could not all be taken up');
          lastError = toAppError(error);
        }
        await syncMixer();
      });
      touch();
    },
    async settleLadder() {
      if (settings.get().encoding.ladder.kind !== 'auto') {
        return;
      }
      try {
        await options.ladder.measure({ again: false });
        await serial.run(async () => (phase === 'off-air' ? syncMixer() : undefined));
      } catch (error) {
        lastError = toAppError(error);
        logger.warn({ error: lastError }, 'the ladder could not be measured');
      }
      touch();
    },
    patch: (patch) =>
      serial.run(async () => {
        title = patch.title ?? title;
        record = patch.record ?? record;
        if (session?.kind === 'broadcast' && session.asset !== undefined && patch.title !== undefined) {
          await options.assets.update(session.asset, { title: patch.title });
        }
        keep();
        return state();
      }),
    setSources: (sources) =>
      serial.run(async () => {
        await board.set(sources);
        remember();
        await syncMixer();
        publishNow();
        return state();
      }),
    setScene: (next) =>
      serial.run(async () => {
        board.setScene(next);
        remember();
        await options.scenes.show();
        publishNow();
        return state();
      }),
    ...createSoundDesk({ board, mixer, serial, onChange: keep }),
    setLadder: (choice: LadderChoice) =>
      serial.run(async () => {
        options.ladder.check(choice);
        await settings.patch({ encoding: { ladder: choice } });
        if (options.feed.status() === undefined) {
          await syncMixer();
        }
        publishNow();
        return choice;
      }),
    measureLadder: () =>
      serial.run(async () => {
        if (phase !== 'off-air') {
          throw new AppError(
            'live/already-live',
            'Measuring needs the whole computer; it is possible only off air.',
            { details: { phase } },
          );
        }
        await options.ladder.measure({ again: true });
        await syncMixer();
        publishNow();
        return state();
      }),
    rehearse: (request) => serial.run(async () => (await rehearse(request), state())),
    goLive: (request) => serial.run(async () => (await goLive(request), state())),
    end: ({ now }) => serial.run(async () => (await end(now), state())),
    undoEnd: () =>
      serial.run(async () => {
        insist('undo-end');
        undo?.timer[Symbol.dispose]();
        undo = undefined;
        happen('undo-end');
        return await Promise.resolve(state());
      }),
    async mark(label) {
      if (!isOnAir(phase) || session?.asset === undefined) {
        throw new AppError('live/not-live', 'Marks belong to a recording, and nothing is being recorded.', {
          details: { phase },
        });
      }
      return await Promise.resolve(options.assets.addMarker(session.asset, undefined, label));
    },
    preview: (wanted, sink) => options.preview.subscribe(wanted, sink),
    async [Symbol.asyncDispose]() {
      await serial.run(async () => {
        await stopRehearsal({ isHurried: false });
        await finish();
      });
      publishing?.[Symbol.dispose]();
      await mixer[Symbol.asyncDispose]();
    },
  };
}

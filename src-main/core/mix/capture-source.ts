import type { Readable } from 'node:stream';
import { assert } from '../../base/assert.ts';
import type { Clock } from '../../base/clock.ts';
import type { SourceKind } from '../../shared/api/studio.ts';
import { AppError } from '../../shared/app-error.ts';
import type { ErrorCode } from '../../shared/error-codes.ts';
import { captureChild } from '../ports/capture-child.ts';
import {
  type Canvas,
  type CaptureCommand,
  MIXER_CHANNELS,
  MIXER_SAMPLE_RATE,
  type MixerSource,
  type SoundSync,
  type WireFault,
} from '../ports/mixer.ts';
import type { Child, ChildExit, RestartPolicy, Supervise, Supervised } from '../ports/process.ts';
import { toFault } from './faults.ts';
import { createPcmSource, type PcmSource } from './pcm-source.ts';
import { type Picture, pictureBytes } from './picture.ts';
import { createRawSource } from './raw-source.ts';
import { PRESENTATION_DELAY_MS, pictureDelayMs, type Source, type SourceStatus } from './source.ts';

/** A frozen face is worse than a calm slate, but a hiccup is shorter than this: viewers see the slate within a second. */
export const DEVICE_PATIENCE = { heldAfterMs: 600, lostAfterMs: 950 };
/** What comes from an address may come in bursts: a whole segment of HLS at a time. */
const STREAM_PATIENCE = { heldAfterMs: 1000, lostAfterMs: 2000 };
/** A source that has given nothing at all, or only black, for so long has a fault that somebody should see. */
const NOTHING_AFTER_MS = 2000;

/** A screen capture gives its first frame in 0.13 s, a camera in a second, a stream from the network takes longer. */
const PICTURE_POLICY: RestartPolicy = {
  delaysMs: [0, 500, 1000, 2000, 4000],
  jitter: 0.1,
  healthyAfterMs: 10_000,
  maxAttempts: Infinity,
  stallAfterMs: 3000,
  startWithinMs: 10_000,
};
/** Some devices send no packets while nothing plays: to be found dead takes sound longer. */
const SOUND_POLICY: RestartPolicy = { ...PICTURE_POLICY, stallAfterMs: 10_000 };

/**
 * What comes from an encoder elsewhere comes when that sends it: the process that reads it is well while it waits. It ends whenever the feed
 * pauses, so that nothing of before is left in it, and the next one is to be there when it goes on.
 */
const FEED_POLICY: RestartPolicy = {
  ...PICTURE_POLICY,
  delaysMs: [0, 100, 500, 1000],
  stallAfterMs: Infinity,
  startWithinMs: Infinity,
};
/** Decoded on demand of a network and two processes, it comes less regularly than from a device; nobody talks to the presenter through it. */
const FEED_DELAY_MS = 120;
/** Its loss is noticed later by what lies on the way, and viewers are to see the slate within three seconds. */
const FEED_PATIENCE = { heldAfterMs: 1000, lostAfterMs: 1200 };

/** Ends of a process that another format, size or rate may have spared it. */
const HOW_IT_WAS_ASKED: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'process/exited',
  'process/stalled',
  'capture/unsupported',
]);

/** A source may come so many times faster than the programme before it is slowed down; a file without `-re` would take a whole core. */
const MOST_SPEED = 4;
const THROTTLE_WINDOW_MS = 100;

/** Luma at or above this is not black; every so many pixels one is looked at. */
const NOT_BLACK = 24;
const BLACK_STRIDE = 251;

type NamedSource = { readonly kind: SourceKind; readonly label: string };

/** What has happened to a capture, in words for the presenter and with the cure for this system. */
export type CaptureWords = {
  /** It ended although nobody asked it to. */
  readonly ended: (exit: ChildExit, source: NamedSource) => AppError;
  /** It runs, and does not give what it is there for. */
  readonly lacks: (
    lack: 'capture/no-frames' | 'capture/black-frames' | 'capture/no-sound',
    source: NamedSource,
  ) => AppError;
};

export type CaptureSourceOptions = {
  readonly definition: MixerSource;
  readonly command: CaptureCommand;
  readonly canvas: Canvas;
  readonly supervise: Supervise;
  readonly words: CaptureWords;
  readonly clock: Clock;
  /** The capture does not begin before this resolves: whoever has the device now gives it back first. */
  readonly after?: Promise<unknown> | undefined;
};

/** A device, file or address captured by a process of its own, which may stall, die and come back without anybody waiting for it. */
export function openCaptureSource(options: CaptureSourceOptions): Source {
  const { definition, command, canvas, clock, words } = options;
  const { label, kind = definition.hasVideo ? 'camera' : 'microphone' } = definition;
  const isFeed = definition.feed === true;
  const named = { kind, label };
  const periodMs = (1000 * canvas.frameRate.denominator) / canvas.frameRate.numerator;
  const delayMs = isFeed ? FEED_DELAY_MS : PRESENTATION_DELAY_MS;
  const isPage = kind === 'browser';
  const { heldAfterMs, lostAfterMs } =
    isFeed && !isPage ? FEED_PATIENCE : kind === 'url' ? STREAM_PATIENCE : DEVICE_PATIENCE;
  const raw = createRawSource({
    ...canvas,
    delayMs: isFeed ? FEED_DELAY_MS : pictureDelayMs(periodMs),
    periodMs,
    inTurn: isFeed,
  });
  const pcm = createPcmSource({ delayMs });
  const frameBytes = pictureBytes(canvas.width, canvas.height);

  let startedMs = clock.monotonicMs();
  let starts = 0;
  /** When it last gave what it is there for: picture if it has one, else sound. */
  let deliveredMs: number | undefined;
  let hasFinished = false;
  /** The feed that it read ended, and may go on. */
  let hasPaused = false;
  /** It came to its end, and is begun again. */
  let isLap = false;
  let laps = 0;
  let failure: WireFault | undefined;
  const waysToAsk = [command.args, ...(command.otherArgs ?? [])];
  let way = 0;
  let waysFailed = 0;
  /** Whether the process that runs, or ran last, gave anything, and whether its end has been looked at. */
  let hasGiven = false;
  let isJudged = true;
  let blackSinceMs: number | undefined;
  let hasBeenBright = !definition.rejectBlack;
  let isClosed = false;
  /** The process whose pictures come, and how many had come before its first. */
  let giving = { pid: 0, before: 0 };
  let shown = { sequence: 0, wallMs: 0 };
  let supervised = begin();
  let restarting: Promise<void> | undefined;

  function begin(): Supervised {
    startedMs = clock.monotonicMs();
    hasFinished = false;
    const own = options.supervise({
      async spec() {
        await options.after;
        if (!isJudged) {
          // It was ended because it gave nothing for too long.
          askOtherwise('process/stalled');
        }
        return captureChild(
          { ...command, args: waysToAsk[way] ?? command.args },
          { name: `capture:${definition.id}`, graceMs: 1000 },
        );
      },
      policy: isFeed ? FEED_POLICY : definition.hasVideo ? PICTURE_POLICY : SOUND_POLICY,
      onStart,
      classify(exit) {
        const error = words.ended(exit, named);
        hasPaused = isFeed && exit.code === 0;
        isLap = command.loops === true && exit.code === 0 && hasGiven;
        askOtherwise(error.code);
        failure = hasFinished || hasPaused || isLap ? undefined : toFault(error);
        return willStay(error) ? error : new AppError('process/exited', error.message, { cause: error });
      },
    });
    own.changed.on(({ kind }) => {
      if (kind === 'backing-off' && isLap) {
        isLap = false;
        laps += 1;
        startedMs = clock.monotonicMs();
        own.retryNow();
      }
    });
    return own;
  }

  /**
   * Whether trying again by itself is pointless. What has worked before is worth trying for ever, and a device that is not there is most often
   * plugged in again. As long as there is another way to ask, it is not pointless either.
   */
  function willStay({ severity, code }: AppError): boolean {
    const hasOtherWay = HOW_IT_WAS_ASKED.has(code) && waysFailed < waysToAsk.length;
    return severity === 'stop' && code !== 'capture/device-not-found' && deliveredMs === undefined && !hasOtherWay;
  }

  /**
   * A device that did not give anything may not be able to do what was asked of it: its format, size or rate. Whether it is there, free and
   * allowed does not depend on how it is asked.
   */
  function askOtherwise(code: ErrorCode): void {
    isJudged = true;
    if (!hasGiven && HOW_IT_WAS_ASKED.has(code)) {
      way = (way + 1) % waysToAsk.length;
      waysFailed += 1;
    }
  }

  function onStart(child: Child): void {
    starts += 1;
    hasGiven = false;
    isJudged = false;
    hasPaused = false;
    giving = { pid: child.pid, before: raw.newest()?.sequence ?? 0 };
    raw.restart();
    pcm.restart();
    if (command.stdin !== undefined) {
      child.stdin?.end(command.stdin);
    }
    if (command.videoFd !== undefined) {
      const limit = frameBytes * (MOST_SPEED * (THROTTLE_WINDOW_MS / periodMs) + 1);
      read(outputOf(child, command.videoFd), limit, (bytes, nowMs) => {
        if (raw.push(bytes, nowMs) > 0 && definition.hasVideo) {
          delivered(nowMs);
          lookForBlack(nowMs);
        }
      });
    }
    if (command.audioFd !== undefined) {
      const bytesPerMs = (MIXER_SAMPLE_RATE / 1000) * MIXER_CHANNELS * 2;
      const limit = bytesPerMs * THROTTLE_WINDOW_MS * MOST_SPEED + 65_536;
      read(outputOf(child, command.audioFd), limit, (bytes, nowMs) => {
        pcm.write(bytes, nowMs);
        if (!definition.hasVideo) {
          delivered(nowMs);
        }
      });
    }
    if (command.finite) {
      void finish(child);
    }
  }

  /** A file that has been played to its end is not played again by itself. */
  async function finish(child: Child): Promise<void> {
    const exit = await child.exited;
    if (exit.code === 0 && !exit.asked) {
      hasFinished = true;
      await supervised.stop();
    }
  }

  function delivered(nowMs: number): void {
    deliveredMs = nowMs;
    failure = undefined;
    hasGiven = true;
    supervised.progress();
  }

  /** Reads without ever holding up the source, unless it comes many times faster than it could be shown. */
  function read(stream: Readable, limit: number, onBytes: (bytes: Buffer, nowMs: number) => void): void {
    let windowMs = -Infinity;
    let taken = 0;
    stream.on('data', (bytes: Buffer) => {
      const nowMs = clock.monotonicMs();
      if (nowMs - windowMs >= THROTTLE_WINDOW_MS) {
        windowMs = nowMs;
        taken = 0;
      }
      taken += bytes.length;
      onBytes(bytes, nowMs);
      if (taken > limit) {
        stream.pause();
        clock.after(windowMs + THROTTLE_WINDOW_MS - nowMs, () => stream.resume());
      }
    });
  }

  function lookForBlack(nowMs: number): void {
    const frame = hasBeenBright ? undefined : raw.newest();
    if (frame === undefined) {
      return;
    }
    hasBeenBright = !isBlack(frame);
    blackSinceMs = hasBeenBright ? undefined : (blackSinceMs ?? nowMs);
  }

  function stateAt(nowMs: number): SourceStatus['state'] {
    const { kind } = supervised.state();
    if (kind === 'gave-up') {
      return 'failed';
    }
    if (deliveredMs === undefined) {
      return hasFinished || kind === 'backing-off' ? 'lost' : 'starting';
    }
    const silentMs = nowMs - deliveredMs;
    return silentMs < heldAfterMs ? 'live' : silentMs < lostAfterMs ? 'held' : 'lost';
  }

  function faultAt(nowMs: number): WireFault | undefined {
    const state = supervised.state();
    if (hasPaused) {
      return undefined;
    }
    if (state.kind === 'backing-off' || state.kind === 'gave-up') {
      return failure ?? toFault(state.error);
    }
    if (failure !== undefined) {
      return failure;
    }
    const isLate = nowMs - startedMs > NOTHING_AFTER_MS && !hasFinished;
    if (isPage && deliveredMs !== undefined) {
      // Picture and sound come from one page, or neither does.
      return nowMs - deliveredMs > NOTHING_AFTER_MS ? toFault(words.lacks('capture/no-frames', named)) : undefined;
    }
    if (deliveredMs === undefined && isLate) {
      return toFault(words.lacks(definition.hasVideo ? 'capture/no-frames' : 'capture/no-sound', named));
    }
    if (blackSinceMs !== undefined && nowMs - blackSinceMs > NOTHING_AFTER_MS) {
      return toFault(words.lacks('capture/black-frames', named));
    }
    const isSilent = nowMs - (pcm.newestMs() ?? startedMs) > NOTHING_AFTER_MS;
    if (definition.hasVideo && definition.hasAudio && isLate && isSilent) {
      return toFault(words.lacks('capture/no-sound', named));
    }
    return undefined;
  }

  function isHeard(nowMs: number): boolean {
    const newestMs = pcm.newestMs();
    return definition.hasAudio && newestMs !== undefined && nowMs - newestMs < heldAfterMs;
  }

  async function restart(): Promise<void> {
    await supervised.stop();
    if (!isClosed) {
      supervised = begin();
    }
    restarting = undefined;
  }

  return {
    definition,

    pictureAt(_frame, dueMs, wallMs) {
      const frame = raw.at(dueMs);
      if (frame === undefined || dueMs - frame.arrivedMs >= lostAfterMs) {
        return undefined;
      }
      if (frame.sequence !== shown.sequence) {
        shown = { sequence: frame.sequence, wallMs };
      }
      return { picture: frame, version: String(frame.sequence) };
    },

    shown() {
      const index = shown.sequence - giving.before - 1;
      return isFeed && !isPage && index >= 0 ? { pid: giving.pid, index, wallMs: shown.wallMs } : undefined;
    },

    readSound: (out, count, playMs) => definition.hasAudio && pcm.read(out, count, playMs),

    status: (nowMs) => ({
      state: stateAt(nowMs),
      frameRate: definition.hasVideo ? raw.rate(nowMs) : undefined,
      restarts: Math.max(0, starts - 1 - laps),
      fault: faultAt(nowMs),
      sync: isHeard(nowMs) ? syncOf(pcm.regulation()) : undefined,
    }),

    retry(always = false) {
      const { kind } = supervised.state();
      if (kind === 'backing-off' || kind === 'gave-up') {
        failure = undefined;
        startedMs = clock.monotonicMs();
        supervised.retryNow();
      } else if (always || stateAt(clock.monotonicMs()) !== 'live') {
        restarting ??= restart();
      }
    },

    async [Symbol.asyncDispose]() {
      isClosed = true;
      await supervised.stop();
      await restarting;
    },
  };
}

function syncOf({ offsetMs, driftPpm }: ReturnType<PcmSource['regulation']>): SoundSync {
  return { offsetMs: Math.round(offsetMs * 10) / 10, driftPpm: Math.round(driftPpm) };
}

function outputOf(child: Child, fd: number): Readable {
  const stream = fd === 1 ? child.stdout : child.pipe(fd);
  assert(stream !== undefined, 'a capture that writes to stdout has one');
  return stream;
}

function isBlack({ bytes, width, height }: Picture): boolean {
  for (let at = 0; at < width * height; at += BLACK_STRIDE) {
    if ((bytes[at] ?? 0) >= NOT_BLACK) {
      return false;
    }
  }
  return true;
}

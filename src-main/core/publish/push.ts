import { assert } from '../../base/assert.ts';
import { type Clock, sleep } from '../../base/clock.ts';
import { createEmitter, type EventSource } from '../../base/emitter.ts';
import { AppError } from '../../shared/app-error.ts';
import type { Logger } from '../ports/logger.ts';
import type { Presentation } from '../ports/presentation.ts';
import type {
  Child,
  ChildSpec,
  OpenProgressReader,
  ReadFfmpegFailure,
  RestartPolicy,
  Supervise,
  SupervisionState,
} from '../ports/process.ts';
import type { CongestionPolicy } from './congestion.ts';
import { AUDIO_FD, pushArgs, secretOptions, VIDEO_FD } from './push-command.ts';
import { pushError } from './push-errors.ts';
import { findPushStart, type PushFeed, type PushStart, type PushTracks, startPushFeed } from './push-feed.ts';
import { createPushRungs, type RungChange } from './push-rungs.ts';
import { type SecretFile, writeSecretFile } from './secret-file.ts';
import { isSrt, srtSecretsIn } from './srt-address.ts';
import { openTlsRelay, type TlsRelay } from './tls-relay.ts';

/** Where one destination is, and what it gets. */
export type PushTarget = {
  readonly name: string;
  /** The backup, when there is one, is tried in turns with the first. */
  readonly addresses: readonly [PushAddressWithKey, ...PushAddressWithKey[]];
  readonly quality: 'top' | number;
};
export type PushAddressWithKey = {
  readonly url: string;
  /** Asked before each attempt: a key store may take its time, and that of one destination must not hold up another. */
  readonly key: () => Promise<string | undefined>;
};

export type PushStatus = {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'failed';
  readonly sentBitrate: number;
  readonly queueSeconds: number;
  readonly droppedSeconds: number;
  readonly retries: number;
  readonly retryAtMs: number | undefined;
  readonly connectedAtMs: number | undefined;
  readonly error: AppError | undefined;
  /** The picture that goes there, while it is live. */
  readonly sending?: { readonly height: number; readonly bitrate: number; readonly isReduced: boolean };
};

/** One destination while something is live. */
export type Push = {
  status(): PushStatus;
  /** Media time at which the present attempt begins; undefined while there is none. */
  beganSeconds(): number | undefined;
  /** The state is another one; figures change without. */
  readonly changed: EventSource<undefined>;
  /** Another quality goes there, because the network takes less or more than before. */
  readonly rungChanged: EventSource<RungChange>;
  /** Does not wait any longer, neither for the next attempt nor to send the best quality that is allowed. */
  retryNow(): void;
  /** Lets go at once. */
  stop(): Promise<void>;
  /** Sends what there is up to now, for `FINISH_MS` at most, and takes leave in an orderly way. Resolves within 5 s. */
  finish(): Promise<void>;
};

export type PushTools = {
  readonly supervise: Supervise;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
  readonly openProgressReader: OpenProgressReader;
  readonly readFailure: ReadFfmpegFailure;
  /** PEM certificates of the authorities that are trusted. */
  readonly authorities: () => readonly string[];
  readonly clock: Clock;
  readonly logger: Logger;
  /** How soon a lower quality is sent, and a better one again; tests have no twenty seconds. */
  readonly congestion?: CongestionPolicy;
};

/** Never giving up: a broadcast may go on for hours after the Wi-Fi was gone for ten minutes. */
const PUSH_POLICY: RestartPolicy = {
  delaysMs: [1000, 2000, 3000, 5000, 8000],
  // Who refuses may have been wrong, or is told of the key a little later. Seldom: services lock out who asks too often.
  stopDelaysMs: [30_000],
  jitter: 0.2,
  healthyAfterMs: 15_000,
  maxAttempts: Infinity,
  // A server that takes nothing for so long is gone, whatever TCP says: by then its waits between retransmissions have grown to seconds.
  stallAfterMs: 10_000,
  startWithinMs: 15_000,
};

const FINISH_MS = 3000;
const GRACE_MS = 1500;
const RATE_WINDOW_MS = 4000;
/** `-stats_period` of the process. */
const REPORT_EVERY_MS = 500;
/** So long after the last hole a destination is still said to be too slow. */
const TOO_SLOW_MS = 30_000;

/** All that one attempt is made with. */
type Attempt = {
  readonly tracks: PushTracks;
  readonly start: PushStart;
  readonly secrets: SecretFile;
  /** For RTMPS. */
  readonly relay: TlsRelay | undefined;
};

type Life = {
  readonly attempt: Attempt;
  readonly feed: PushFeed;
  readonly child: Child;
  readonly looking: Disposable;
  isLive: boolean;
};

export function startPush(presentation: Presentation, target: PushTarget, tools: PushTools): Push {
  const { clock } = tools;
  const changed = createEmitter<undefined>();
  const rungChanged = createEmitter<RungChange>();
  const rungs = createPushRungs({
    presentation,
    quality: target.quality,
    clock,
    policy: tools.congestion,
    onChange(change) {
      rungChanged.emit(change);
      changed.emit(undefined);
    },
  });
  const closing = new AbortController();
  const sent: { readonly atMs: number; readonly bytes: number }[] = [];
  let life: Life | undefined;
  /** Made, and not started yet. */
  let next: Attempt | undefined;
  let attempts = 0;
  let server = serverOf(target.addresses[0]);
  let secret = 'stream key';
  /** The child that ended last, or runs, had been live. */
  let wasLive = false;
  /** What the relay of that child knows of its end. */
  let relayFailure: (() => AppError | undefined) | undefined;
  let droppedSeconds = 0;
  /** Media time up to which something was sent, or was there before the first attempt. */
  let sentUntilSeconds: number | undefined;
  let connectedAtMs: number | undefined;
  let lastError: AppError | undefined;
  let tooSlow: { readonly error: AppError; readonly atMs: number } | undefined;

  /** Made for each attempt: begins at the newest key frame, not where the last one was lost. */
  async function spec(): Promise<ChildSpec> {
    forgetNext();
    const address = target.addresses[attempts % target.addresses.length] ?? target.addresses[0];
    const { url } = address;
    attempts += 1;
    server = serverOf(address);
    secret = isSrt(url) ? 'stream id or passphrase' : 'stream key';
    const key = await address.key();
    const executable = await tools.ffmpeg();
    const { tracks, start } = await firstKeyFrame();
    using opened = new DisposableStack();
    const secrets = opened.use(await writeSecretFile(secretOptions(url, key)));
    const relay = url.startsWith('rtmps:')
      ? opened.use(await openTlsRelay({ url, authorities: tools.authorities() }))
      : undefined;
    if (closing.signal.aborted) {
      throw new Error('the push was ended before it began');
    }
    opened.move();
    next = { tracks, start, secrets, relay };
    return {
      name: `push:${target.name}`,
      executable,
      args: pushArgs({
        url,
        hasVideo: tracks.video !== undefined,
        hasAudio: tracks.audio !== undefined,
        baseSeconds: start.baseSeconds,
        secretsFile: secrets.path,
        relayPort: relay?.port,
      }),
      stdin: 'none',
      stdout: 'pipe',
      pipes: ['to-child', 'to-child'],
      priority: 'normal',
      secrets: isSrt(url) ? srtSecretsIn(key) : secretsIn(key),
      quit: 'term',
      graceMs: GRACE_MS,
    };
  }

  function forgetNext(): void {
    next?.secrets[Symbol.dispose]();
    next?.relay?.[Symbol.dispose]();
    next = undefined;
  }

  async function firstKeyFrame(): Promise<{ readonly tracks: PushTracks; readonly start: PushStart }> {
    for (;;) {
      const tracks = rungs.tracks();
      const start = findPushStart(tracks);
      if (start !== undefined) {
        return { tracks, start };
      }
      await sleep(clock, 50, closing.signal);
    }
  }

  function onStart(child: Child): void {
    const attempt = next;
    assert(attempt !== undefined, 'a child is made from an attempt');
    next = undefined;
    sent.length = 0;
    wasLive = false;
    const { tracks, start } = attempt;
    sentUntilSeconds ??= Number(start.baseSeconds);
    const feed = startPushFeed({
      presentation,
      tracks,
      start,
      videoPipe: tracks.video === undefined ? undefined : child.pipe(VIDEO_FD),
      audioPipe: tracks.audio === undefined ? undefined : child.pipe(AUDIO_FD),
      onDropped,
    });
    const looking = presentation.changed.on(() => look(own));
    const own: Life = { attempt, feed, child, looking, isLive: false };
    life = own;
    relayFailure = attempt.relay?.failure;
    const reader = tools.openProgressReader(({ totalBytes }) => onBytes(own, totalBytes ?? 0));
    child.stdout?.on('data', (chunk: Uint8Array) => reader.push(chunk));
    void forgetAtEnd(own);
  }

  function onDropped(seconds: number): void {
    // One that has not taken the connection yet is not slow.
    if (life?.isLive !== true) {
      return;
    }
    const error = new AppError(
      'publish/too-slow',
      `The network to ${server} does not take as much as is sent: ${seconds.toFixed(0)} s were left out. Choose a lower quality for it.`,
      { details: { destination: target.name, server, droppedSeconds: seconds } },
    );
    tooSlow = { error, atMs: clock.monotonicMs() };
    changed.emit(undefined);
  }

  async function forgetAtEnd(own: Life): Promise<void> {
    await own.child.exited;
    own.attempt.secrets[Symbol.dispose]();
    own.attempt.relay?.[Symbol.dispose]();
    if (own.isLive) {
      droppedSeconds += own.feed.droppedSeconds();
      sentUntilSeconds = own.feed.handedOverSeconds();
    }
    own.looking[Symbol.dispose]();
    own.feed[Symbol.dispose]();
    if (life === own) {
      life = undefined;
    }
    if (closing.signal.aborted) {
      // Its end was wanted: before the supervisor looks at it, so that nobody is told of a lost connection.
      void supervised.stop();
    }
  }

  /** With every chunk, because a process that is held up tells nothing by itself. */
  function look(own: Life): void {
    if (life === own && own.isLive && !closing.signal.aborted) {
      rungs.look(own.feed, rate());
    }
  }

  /** Bytes leave only after the server has taken the connection, the application and the name. */
  function onBytes(own: Life, bytes: number): void {
    const last = sent.at(-1);
    if (life !== own || bytes <= (last?.bytes ?? 0)) {
      return;
    }
    const atMs = clock.monotonicMs();
    sent.push({ atMs, bytes });
    while (sent.length > 2 && (sent[0]?.atMs ?? atMs) < atMs - RATE_WINDOW_MS) {
      sent.shift();
    }
    supervised.progress();
    if (!own.isLive) {
      becomeLive(own);
    }
  }

  function becomeLive(own: Life): void {
    const { start, secrets } = own.attempt;
    own.isLive = true;
    wasLive = true;
    secrets[Symbol.dispose]();
    rungs.begin();
    droppedSeconds += Math.max(0, Number(start.baseSeconds) - (sentUntilSeconds ?? Infinity));
    connectedAtMs = clock.wallMs();
    lastError = undefined;
    changed.emit(undefined);
  }

  const supervised = tools.supervise({
    spec,
    policy: PUSH_POLICY,
    onStart,
    // ffmpeg only sees that the relay hung up.
    classify: (exit) => relayFailure?.() ?? pushError(exit, { server, wasLive, secret }, tools.readFailure),
  });
  supervised.changed.on((state) => {
    if (state.kind === 'backing-off' || state.kind === 'gave-up') {
      forgetNext();
      lastError = inWordsOfThePresenter(state.error, server);
      connectedAtMs = undefined;
      tooSlow = undefined;
    }
    if (!closing.signal.aborted) {
      changed.emit(undefined);
    }
  });

  function rate(): number {
    const [first, last] = [sent[0], sent.at(-1)];
    const nowMs = clock.monotonicMs();
    if (
      life === undefined ||
      first === undefined ||
      last === undefined ||
      last.atMs <= first.atMs ||
      last.atMs < nowMs - RATE_WINDOW_MS
    ) {
      return 0;
    }
    // What has not been told of for a while has not been sent.
    const untilMs = Math.max(last.atMs, nowMs - 1500);
    // Reports of a process that was held up come in one go.
    return ((last.bytes - first.bytes) * 8000) / Math.max(untilMs - first.atMs, REPORT_EVERY_MS);
  }

  function sendingOf(own: Life | undefined): Pick<PushStatus, 'sending'> {
    const track = own?.isLive === true ? own.feed.video()?.track : undefined;
    return track?.kind === 'video'
      ? { sending: { height: track.height, bitrate: track.bitrate, isReduced: rungs.isReduced() } }
      : {};
  }

  async function sendRest(own: Life): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = clock.after(FINISH_MS, () => late.resolve(undefined));
    await Promise.race([own.feed.finish(), late.promise]);
    await Promise.race([own.child.exited, late.promise]);
    timer[Symbol.dispose]();
  }

  async function stop(): Promise<void> {
    closing.abort(new Error('the push is being ended'));
    await supervised.stop();
    forgetNext();
  }

  return {
    changed,
    status() {
      const state = supervised.state();
      const isTooSlow = tooSlow !== undefined && clock.monotonicMs() - tooSlow.atMs < TOO_SLOW_MS;
      return {
        state: stateOf(state, life?.isLive ?? false, lastError),
        sentBitrate: rate(),
        queueSeconds: life?.feed.queueSeconds() ?? 0,
        droppedSeconds: droppedSeconds + (life?.isLive === true ? life.feed.droppedSeconds() : 0),
        retries: Math.max(0, attempts - 1),
        retryAtMs: state.kind === 'backing-off' ? state.retryAtMs : undefined,
        connectedAtMs,
        error: lastError ?? (isTooSlow ? tooSlow?.error : undefined),
        ...sendingOf(life),
      };
    },
    beganSeconds: () => life && Number(life.attempt.start.baseSeconds),
    rungChanged,
    retryNow() {
      rungs.retry();
      if (lastError?.severity === 'stop' && supervised.state().kind === 'backing-off') {
        // Whoever asks sees that it is being tried.
        lastError = undefined;
      }
      supervised.retryNow();
    },
    stop,
    async finish() {
      const own = life;
      if (own?.isLive === true) {
        closing.abort(new Error('the push is being ended'));
        await sendRest(own);
      }
      await stop();
    },
  };
}

function stateOf(state: SupervisionState, isLive: boolean, lastError: AppError | undefined): PushStatus['state'] {
  // Also while it is tried again by itself: a refusal stands until it is taken back.
  if (!isLive && lastError?.severity === 'stop') {
    return 'failed';
  }
  switch (state.kind) {
    case 'starting':
    case 'running':
      return isLive ? 'live' : state.attempt > 1 ? 'reconnecting' : 'connecting';
    case 'stopping':
    case 'stopped':
      return isLive ? 'live' : 'connecting';
    case 'backing-off':
      return 'reconnecting';
    case 'gave-up':
      return 'failed';
  }
}

/** The key, and the parts of it that a server may repeat by themselves: the name before the query, and what the query holds. */
function secretsIn(key: string | undefined): readonly string[] {
  const values = (key ?? '')
    .split(/[?&#]/)
    .map((part, index) => (index === 0 ? part : part.replace(/^[^=]*=/, '')));
  return [...(key === undefined ? [] : [key]), ...values.filter((value) => value.length >= 6)];
}

/** The supervisor knows only that nothing moved. */
function inWordsOfThePresenter(error: AppError, server: string): AppError {
  if (error.code !== 'process/stalled') {
    return error;
  }
  const options = { details: { ...error.details, server }, cause: error };
  return error.details['hadStarted'] === true
    ? new AppError(
        'publish/connection-lost',
        `${server} takes nothing any more. It is connected to anew.`,
        options,
      )
    : new AppError('publish/unreachable', `${server} does not answer.`, options);
}

function serverOf({ url }: PushAddressWithKey): string {
  return new URL(url).host;
}

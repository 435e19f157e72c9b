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
import { AUDIO_FD, pushArgs, secretOptions, VIDEO_FD } from './push-command.ts';
import { pushError } from './push-errors.ts';
import {
  choosePushTracks,
  findPushStart,
  type PushFeed,
  type PushStart,
  type PushTracks,
  startPushFeed,
} from './push-feed.ts';
import { type SecretFile, writeSecretFile } from './secret-file.ts';

/** Where one destination is, and what it gets. */
export type PushTarget = {
  readonly name: string;
  /** The backup, when there is one, is tried in turns with the first. */
  readonly addresses: readonly [PushAddressWithKey, ...PushAddressWithKey[]];
  readonly quality: 'top' | number;
};
export type PushAddressWithKey = { readonly url: string; readonly key: string | undefined };

export type PushStatus = {
  readonly state: 'connecting' | 'live' | 'reconnecting' | 'failed';
  readonly sentBitrate: number;
  readonly queueSeconds: number;
  readonly droppedSeconds: number;
  readonly retries: number;
  readonly retryAtMs: number | undefined;
  readonly connectedAtMs: number | undefined;
  readonly error: AppError | undefined;
};

/** One destination while something is live. */
export type Push = {
  status(): PushStatus;
  /** The state is another one; figures change without. */
  readonly changed: EventSource<undefined>;
  retryNow(): void;
  /** Lets go at once. */
  stop(): Promise<void>;
  /** Sends what there is up to the end of the broadcast, for `FINISH_MS` at most, and takes leave in an orderly way. */
  finish(): Promise<void>;
};

export type PushTools = {
  readonly supervise: Supervise;
  /** Path of ffmpeg. Throws `process/not-found`. */
  readonly ffmpeg: () => Promise<string>;
  readonly openProgressReader: OpenProgressReader;
  readonly readFailure: ReadFfmpegFailure;
  /** A file with the certificate authorities that are trusted. */
  readonly certificates: () => Promise<string | undefined>;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Never giving up: a broadcast may go on for hours after the Wi-Fi was gone for ten minutes. */
export const PUSH_POLICY: RestartPolicy = {
  delaysMs: [1000, 2000, 3000, 5000, 8000],
  jitter: 0.2,
  healthyAfterMs: 15_000,
  maxAttempts: Infinity,
  // A server that takes nothing for so long is gone, whatever TCP says.
  stallAfterMs: 15_000,
  startWithinMs: 15_000,
};

const FINISH_MS = 4000;
const RATE_WINDOW_MS = 4000;

type Life = { readonly feed: PushFeed; readonly child: Child; readonly secrets: SecretFile; isLive: boolean };

export function startPush(presentation: Presentation, target: PushTarget, tools: PushTools): Push {
  const { clock } = tools;
  const changed = createEmitter<undefined>();
  const closing = new AbortController();
  const sent: { readonly atMs: number; readonly bytes: number }[] = [];
  let life: Life | undefined;
  let next: { readonly tracks: PushTracks; readonly start: PushStart; readonly secrets: SecretFile } | undefined;
  let attempts = 0;
  let droppedBefore = 0;
  let connectedAtMs: number | undefined;
  let lastError: AppError | undefined;
  let tooSlow: AppError | undefined;

  const addressOf = (attempt: number): PushAddressWithKey =>
    target.addresses[attempt % target.addresses.length] ?? target.addresses[0];

  /** Made for each attempt: begins at the newest key frame, not where the last one was lost. */
  async function spec(): Promise<ChildSpec> {
    const { url, key } = addressOf(attempts);
    attempts += 1;
    const executable = await tools.ffmpeg();
    const certificates = url.startsWith('rtmps:') ? await tools.certificates() : undefined;
    const { tracks, start } = await firstKeyFrame();
    const secrets = await writeSecretFile(secretOptions(url, key));
    next = { tracks, start, secrets };
    return {
      name: `push:${target.name}`,
      executable,
      args: pushArgs({
        url,
        hasVideo: tracks.video !== undefined,
        hasAudio: tracks.audio !== undefined,
        baseSeconds: start.baseSeconds,
        secretsFile: secrets.path,
        certificates,
      }),
      stdin: 'none',
      stdout: 'pipe',
      pipes: ['to-child', 'to-child'],
      priority: 'normal',
      secrets: key === undefined ? [] : [key, encodeURIComponent(key)],
      quit: 'term',
      graceMs: 2000,
    };
  }

  async function firstKeyFrame(): Promise<{ readonly tracks: PushTracks; readonly start: PushStart }> {
    for (;;) {
      const tracks = choosePushTracks(presentation, target.quality);
      const start = findPushStart(tracks);
      if (start !== undefined) {
        return { tracks, start };
      }
      await sleep(clock, 50, closing.signal);
    }
  }

  function onStart(child: Child): void {
    const begun = next;
    if (begun === undefined) {
      return;
    }
    sent.length = 0;
    const feed = startPushFeed({
      presentation,
      tracks: begun.tracks,
      start: begun.start,
      videoPipe: child.pipe(VIDEO_FD),
      audioPipe: child.pipe(AUDIO_FD),
      onDropped(seconds) {
        tooSlow = new AppError(
          'publish/too-slow',
          `The network to ${serverOf(addressOf(attempts - 1).url)} does not take as much as is sent: ${seconds.toFixed(0)} s were left out. Choose a lower quality for it.`,
          { details: { destination: target.name, droppedSeconds: seconds } },
        );
        changed.emit(undefined);
      },
    });
    const own: Life = { feed, child, secrets: begun.secrets, isLive: false };
    life = own;
    const reader = tools.openProgressReader(({ totalBytes }) => onBytes(own, totalBytes ?? 0));
    child.stdout?.on('data', (chunk: Uint8Array) => reader.push(chunk));
    void forgetAtEnd(own);
  }

  async function forgetAtEnd(own: Life): Promise<void> {
    await own.child.exited;
    own.secrets[Symbol.dispose]();
    droppedBefore += own.feed.droppedSeconds();
    own.feed[Symbol.dispose]();
    if (life === own) {
      life = undefined;
    }
  }

  /** Bytes leave only after the server has taken the connection, the application and the name. */
  function onBytes(own: Life, bytes: number): void {
    const last = sent.at(-1);
    if (bytes <= (last?.bytes ?? 0)) {
      return;
    }
    const atMs = clock.monotonicMs();
    sent.push({ atMs, bytes });
    while (sent.length > 2 && (sent[0]?.atMs ?? atMs) < atMs - RATE_WINDOW_MS) {
      sent.shift();
    }
    supervised.progress();
    if (!own.isLive) {
      own.isLive = true;
      own.secrets[Symbol.dispose]();
      connectedAtMs = clock.wallMs();
      lastError = undefined;
      changed.emit(undefined);
    }
  }

  const supervised = tools.supervise({
    spec,
    policy: PUSH_POLICY,
    onStart,
    classify: (exit) =>
      pushError(
        exit,
        { server: serverOf(addressOf(Math.max(0, attempts - 1)).url), wasLive: life?.isLive ?? false },
        tools.readFailure,
      ),
  });
  supervised.changed.on((state) => {
    if (state.kind === 'backing-off' || state.kind === 'gave-up') {
      lastError = state.error;
      connectedAtMs = undefined;
      tooSlow = undefined;
    }
    if (!closing.signal.aborted) {
      changed.emit(undefined);
    }
  });

  function rate(): number {
    const [first, last] = [sent[0], sent.at(-1)];
    if (life === undefined || first === undefined || last === undefined || last.atMs <= first.atMs) {
      return 0;
    }
    // What has not been told of for a while has not been sent.
    const untilMs = Math.max(last.atMs, clock.monotonicMs() - 1500);
    return ((last.bytes - first.bytes) * 8000) / (untilMs - first.atMs);
  }

  async function sendRest(own: Life): Promise<void> {
    const late = Promise.withResolvers<undefined>();
    const timer = clock.after(FINISH_MS, () => late.resolve(undefined));
    await Promise.race([own.feed.finish(), late.promise]);
    await Promise.race([own.child.exited, late.promise]);
    timer[Symbol.dispose]();
  }

  return {
    changed,
    status() {
      const state = supervised.state();
      return {
        state: stateOf(state, life?.isLive ?? false),
        sentBitrate: rate(),
        queueSeconds: life?.feed.queueSeconds() ?? 0,
        droppedSeconds: droppedBefore + (life?.feed.droppedSeconds() ?? 0),
        retries: Math.max(0, attempts - 1),
        retryAtMs: state.kind === 'backing-off' ? state.retryAtMs : undefined,
        connectedAtMs,
        error: lastError ?? tooSlow,
      };
    },
    retryNow: () => supervised.retryNow(),
    async stop() {
      closing.abort(new Error('the push is being stopped'));
      await supervised.stop();
    },
    async finish() {
      const own = life;
      if (own?.isLive === true) {
        closing.abort(new Error('the push is being ended'));
        await sendRest(own);
      }
      closing.abort(new Error('the push is being ended'));
      await supervised.stop();
    },
  };
}

function stateOf(state: SupervisionState, isLive: boolean): PushStatus['state'] {
  switch (state.kind) {
    case 'starting':
    case 'running':
    case 'stopping':
    case 'stopped':
      return isLive
        ? 'live'
        : state.kind === 'starting' || state.kind === 'running'
          ? state.attempt > 1
            ? 'reconnecting'
            : 'connecting'
          : 'connecting';
    case 'backing-off':
      return 'reconnecting';
    case 'gave-up':
      return 'failed';
  }
}

function serverOf(url: string): string {
  return new URL(url).host;
}

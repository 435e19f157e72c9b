import './watch.css';
import type { WatchEvent, WatchPlayer } from '../player/watch-player.ts';
import { followTheme } from '../ui/dom.ts';
import { clearKeyObstacle } from './clear-key.ts';
import { type Facts, nextAskMs, type Playback, sceneOf } from './scene.ts';
import { askStatus } from './status.ts';
import { createView } from './view.ts';
import { wordsFor } from './words.ts';

const RELOAD_MS = 5000;

const { language, words } = wordsFor(navigator.languages);
document.documentElement.lang = language;
followTheme();

const statusUrl = `${location.pathname.replace(/\/+$/, '')}/status.json`;
const session = newSession();
const token = tokenOf(location);
const view = createView({ words, onButton, onSound: () => player?.unmute() });
let facts: Facts = { status: undefined, playback: 'none' };
let player: WatchPlayer | undefined;
let failures = 0;
let timer: number | undefined;
let asking = new AbortController();

void refresh();
addEventListener('online', () => void refresh());
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && facts.playback !== 'playing') {
    void refresh();
  }
});

/** Asks what there is, plays it when it can be played, and comes back later. A new call takes the place of one that still waits. */
async function refresh(): Promise<void> {
  clearTimeout(timer);
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  const status = await askStatus(statusUrl, signal);
  if (signal.aborted) {
    return;
  }
  facts = { ...facts, status };
  const isPlayable = status.kind === 'stream' && (status.state === 'live' || status.state === 'ended');
  if (isPlayable && status.hls !== undefined && needsPlayer(status.state)) {
    const obstacle = status.needsClearKey === true ? await clearKeyObstacle() : undefined;
    if (obstacle === undefined) {
      await open(status.hls, { isLive: status.state === 'live', storyboard: absolute(status.storyboard) });
    } else {
      facts = { ...facts, playback: obstacle };
    }
  } else if (!isPlayable && facts.playback === 'broken') {
    close();
  }
  failures = status.kind === 'stream' ? failures : failures + 1;
  show();
  plan();
}

/** What ended while it was watched stays as it is, under its notice; only an encoder that came back goes on by itself. */
function needsPlayer(state: 'live' | 'ended'): boolean {
  const { playback } = facts;
  return playback === 'none' || playback === 'broken' || (playback === 'finished' && state === 'live');
}

function plan(): void {
  clearTimeout(timer);
  const random = (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32;
  const waitMs = nextAskMs(facts, failures, random);
  timer = waitMs === undefined ? undefined : setTimeout(() => void refresh(), waitMs);
}

async function open(
  url: string,
  about: { readonly isLive: boolean; readonly storyboard: string | undefined },
): Promise<void> {
  close();
  // Read while video.js is loaded: its style elements would break the strict content security policy.
  Reflect.set(window, 'VIDEOJS_NO_DYNAMIC_STYLE', true);
  const loaded = await loadPlayer();
  if (loaded === undefined || player !== undefined) {
    return;
  }
  facts = { ...facts, playback: 'starting' };
  player = loaded.openWatchPlayer(view.playerHost, { url, ...about, language, session, token, words, onEvent });
}

/** Large, and so fetched when there is something to play. */
async function loadPlayer() {
  try {
    return await import('../player/watch-player.ts');
  } catch {
    // The origin answers, but no longer has this file: it is a newer Lectern by now, with a page of its own.
    setTimeout(() => location.reload(), RELOAD_MS);
    return undefined;
  }
}

function close(): void {
  player?.dispose();
  player = undefined;
  facts = { ...facts, playback: 'none' };
  view.showSoundButton(false);
}

function onEvent(event: WatchEvent): void {
  const isMuted = player?.isMuted() === true;
  if (event !== 'volume') {
    // Silent because the browser would not begin otherwise; who mutes later does so on purpose.
    if (event === 'playing' && facts.playback === 'starting') {
      view.showSoundButton(isMuted);
    }
    setPlayback(event);
  } else if (!isMuted) {
    view.showSoundButton(false);
  }
}

function setPlayback(playback: Playback): void {
  facts = { ...facts, playback };
  show();
  if (playback === 'playing') {
    failures = 0;
  } else if (playback === 'broken') {
    // Not at once: a player that fails in an instant would go round and round.
    failures += 1;
    plan();
  } else if (playback === 'finished') {
    void refresh();
  }
}

function onButton(button: 'watch-again' | 'retry'): void {
  if (button === 'watch-again') {
    // The address now leads to the whole recording.
    close();
  }
  void refresh();
}

function show(): void {
  view.show(sceneOf(facts), facts.status);
}

function absolute(path: string | undefined): string | undefined {
  return path === undefined ? undefined : new URL(path, location.href).href;
}

/** `crypto.randomUUID` needs a secure context, which a page on a local network is not. */
function newSession(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))]
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('');
}

/** Behind `?token=`, or behind `#token=`, which no server is told of. */
function tokenOf({ search, hash }: Location): string | undefined {
  return new URLSearchParams(search).get('token') ?? new URLSearchParams(hash.slice(1)).get('token') ?? undefined;
}

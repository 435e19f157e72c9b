import './remote.css';
import type { RemoteAction } from '../../src-main/shared/api/remote.ts';
import { byId, followTheme, write } from '../ui/dom.ts';
import { showPairing } from './pair-view.ts';
import { act, follow, pair } from './service.ts';
import { createView } from './view.ts';
import { wordsFor } from './words.ts';

const STORED = 'lectern.remote.token';
const RETRY_MS = [500, 1000, 2000, 4000];
const SHOWN_MS = 2500;

const { language, words } = wordsFor(navigator.languages);
const root = byId('remote');
const announcer = byId('announcer');
document.documentElement.lang = language;
followTheme();

const given = /^#pair=([\w-]{1,40})$/.exec(location.hash)?.[1] ?? '';
// The code is neither seen over a shoulder nor kept in the history.
history.replaceState(undefined, '', location.pathname);
const token = localStorage.getItem(STORED);
if (token === null || given !== '') {
  askForCode(given, undefined);
} else {
  run(token);
}

function askForCode(code: string, message: string | undefined): void {
  showPairing(root, {
    words,
    code,
    name: deviceName(navigator.userAgent),
    message,
    async onPair(typed, name) {
      const answered = await pair(typed, name);
      if (!answered.ok) {
        return answered.refusal.code === 'remote/pairing-refused' ? words.pair.refused : answered.refusal.detail;
      }
      localStorage.setItem(STORED, answered.value);
      run(answered.value);
      return undefined;
    },
  });
}

/** Shows what is, for as long as this device is let in. */
function run(key: string): void {
  const view = createView(root, words, (action) => void perform(key, action));
  const over = new AbortController();
  let isShown = false;
  write(announcer, words.loading);
  setInterval(() => view.tick(Date.now()), 500);
  void stay();

  async function stay(): Promise<void> {
    for (let tries = 0; !over.signal.aborted; tries += 1) {
      const refusal = await follow(
        key,
        (state) => {
          tries = 0;
          view.showLost(false);
          view.show(state, Date.now());
          announce(isShown ? undefined : words.phase[state.phase]);
          isShown = true;
        },
        over.signal,
      );
      if (refusal.kind === 'not-paired') {
        localStorage.removeItem(STORED);
        over.abort();
        askForCode('', words.out);
        return;
      }
      view.showLost(true);
      await pause(RETRY_MS[Math.min(tries, RETRY_MS.length - 1)] ?? 4000);
    }
  }
}

async function perform(key: string, action: RemoteAction): Promise<void> {
  const answered = await act(key, action);
  if (!answered.ok) {
    announce(`${words.failed} ${answered.refusal.detail}`, true);
  } else if (action.action === 'mark') {
    announce(words.marked, true);
  }
}

let clearing: number | undefined;

/** To a screen reader, and when it is `seen` to the others for a moment. */
function announce(text: string | undefined, isSeen = false): void {
  if (text === undefined) {
    return;
  }
  write(announcer, text);
  announcer.toggleAttribute('data-seen', isSeen);
  clearTimeout(clearing);
  clearing = setTimeout(() => announcer.removeAttribute('data-seen'), SHOWN_MS);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** What most people would call it. */
function deviceName(userAgent: string): string {
  const known = [/iPhone/, /iPad/, /Android/, /Windows/, /Macintosh/, /Linux/].find((name) =>
    name.test(userAgent),
  );
  return known === undefined ? '' : known.source.replace('Macintosh', 'Mac');
}

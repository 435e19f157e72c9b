import './capture.css';
import { byId, followTheme, write } from '../ui/dom.ts';
import { type CaptureApi, createCaptureApi } from './api.ts';
import type { SenderState } from './sender.ts';
import { openSession, type Session, type What } from './session.ts';
import { createView, showDeadEnd, standingOf } from './view.ts';
import { wordsFor } from './words.ts';

const STORED = 'lectern.capture.link';
const LOOK_EVERY_MS = 2000;
const FACTS_EVERY_MS = 1000;

const { language, words } = wordsFor(navigator.languages);
const root = byId('capture');
const announcer = byId('announcer');
document.documentElement.lang = language;
document.title = `${words.title} – Lectern`;
followTheme();

const given = location.hash.slice(1);
if (given !== '') {
  // Neither seen over a shoulder nor kept in the history; a page that is loaded again still has it.
  history.replaceState(undefined, '', location.pathname);
  sessionStorage.setItem(STORED, given);
}
const token = sessionStorage.getItem(STORED) ?? '';

if (!isSecureContext) {
  showDeadEnd(root, words.insecure);
} else if (token === '') {
  showDeadEnd(root, { title: words.title, text: words.noLink });
} else if (typeof VideoEncoder === 'undefined' || typeof AudioEncoder === 'undefined') {
  showDeadEnd(root, words.unsupported);
} else {
  run(createCaptureApi(token));
}

function run(api: CaptureApi): void {
  let session: Session | undefined;
  let isAsking = false;
  let told = '';
  let isWaitingShown: boolean | undefined;
  const view = createView(root, words, { begin: (what) => void begin(what), stop: () => end(words.stopped) });
  view.showSending(false);
  setInterval(showFacts, FACTS_EVERY_MS);
  addEventListener('pagehide', () => session?.close());
  void look();

  // A function, so that what happened while something was awaited is seen as it is.
  function isIdle(): boolean {
    return session === undefined && !isAsking;
  }

  /** Before anything is sent: whether the studio is there, and what it calls this page. */
  async function look(): Promise<void> {
    const answered = isIdle() ? await api.state() : undefined;
    if (answered !== undefined && isIdle()) {
      if (answered.ok) {
        view.showLead(answered.value.label);
        showWaiting(false);
      } else if (answered.refusal.code === 'browser/unknown-link') {
        showDeadEnd(root, { title: words.title, text: words.unknownLink });
        return;
      } else {
        showWaiting(true);
      }
    }
    setTimeout(() => void look(), LOOK_EVERY_MS);
  }

  function showWaiting(isWaiting: boolean): void {
    if (isWaiting !== isWaitingShown) {
      isWaitingShown = isWaiting;
      view.show(isWaiting ? 'waiting' : 'stopped', isWaiting ? words.waiting : '');
    }
  }

  async function begin(what: What): Promise<void> {
    if (isAsking || session !== undefined) {
      return;
    }
    isAsking = true;
    view.showFault(undefined);
    try {
      session = await openSession({
        what,
        withMicrophone: view.withMicrophone(),
        name: browserName(navigator.userAgent),
        api,
        video: view.video,
        onState: show,
        onEnded: () => end(words.stopped),
        onFault: (error) => end(words.stopped, `${words.failed} ${messageOf(error)}`),
        onNoMicrophone: () => view.showFault(words.noMicrophone),
      });
      view.showSending(true);
      show({ kind: 'connecting' });
    } catch (error) {
      view.showFault(refusalOf(error));
    } finally {
      isAsking = false;
    }
  }

  function show(state: SenderState): void {
    if (state.kind === 'ended') {
      const text = {
        replaced: words.replaced,
        'unknown-link': words.unknownLink,
        stopped: words.stopped,
        refused: '',
      };
      end(words.stopped, state.why === 'refused' ? `${words.refused} ${state.detail}` : text[state.why]);
      return;
    }
    const standing = standingOf(state);
    view.show(standing, words.note[standing]);
    if (state.kind === 'sending') {
      view.showLead(state.studio.label);
    }
    announce(words.chip[standing]);
  }

  function end(text: string, fault?: string): void {
    session?.close();
    session = undefined;
    view.showSending(false);
    view.show('stopped', text);
    view.showFacts('');
    view.showFault(fault);
    announce(fault ?? text);
  }

  function showFacts(): void {
    if (session !== undefined) {
      const { width, height, dropped } = session.facts();
      view.showFacts(width === 0 ? '' : words.facts(width, height, dropped));
    }
  }

  /** To a screen reader, once. */
  function announce(text: string): void {
    if (told !== text) {
      told = text;
      write(announcer, text);
    }
  }
}

/** Why the browser gave nothing (W3C mediacapture-streams §10, screen-capture §5). */
function refusalOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'AbortError') {
    return words.denied;
  }
  return name === 'NotFoundError' ? words.noDevice : `${words.failed} ${messageOf(error)}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What most people would call it: “Firefox, Windows”. */
function browserName(userAgent: string): string {
  const known = (names: readonly string[]): string => names.find((name) => userAgent.includes(name)) ?? '';
  const browser = known(['Edg', 'Firefox', 'Chrome', 'Safari']).replace('Edg', 'Edge');
  const system = known(['iPhone', 'iPad', 'Android', 'Windows', 'Macintosh', 'Linux']).replace('Macintosh', 'Mac');
  return [browser, system].filter((name) => name !== '').join(', ');
}

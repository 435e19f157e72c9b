import { make, write } from '../ui/dom.ts';
import type { SenderState } from './sender.ts';
import type { What } from './session.ts';
import type { Words } from './words.ts';

/** What the chip says, and how loudly. */
export type Standing = keyof Words['chip'];

export type View = {
  readonly video: HTMLVideoElement;
  readonly showLead: (label: string) => void;
  readonly show: (standing: Standing, note: string) => void;
  readonly showFacts: (text: string) => void;
  readonly showSending: (isSending: boolean) => void;
  readonly showFault: (text: string | undefined) => void;
  readonly withMicrophone: () => boolean;
};

const TONES: Readonly<Record<Standing, string>> = {
  waiting: 'fault',
  connecting: '',
  connected: 'good',
  rehearsing: 'good',
  'on-air': 'air',
  'off-programme': 'good',
  lost: 'fault',
  stopped: '',
};

/** What a sender's state means to the person in front of the page. */
export function standingOf(
  state: Exclude<SenderState, { kind: 'ended' }>,
): Exclude<Standing, 'waiting' | 'stopped'> {
  if (state.kind !== 'sending') {
    return state.kind;
  }
  const { phase, isOnAir, isSeen } = state.studio;
  if (!isSeen) {
    return 'connecting';
  }
  switch (phase) {
    case 'off-air':
    case 'starting':
      return 'connected';
    case 'rehearsing':
      return 'rehearsing';
    case 'live':
    case 'reconnecting':
    case 'ending':
      return isOnAir ? 'on-air' : 'off-programme';
  }
}

/** The whole page of somebody who sends. Holds nothing but what stands there. */
export function createView(
  root: HTMLElement,
  words: Words,
  act: { readonly begin: (what: What) => void; readonly stop: () => void },
): View {
  const chip = make('span', 'chip');
  const lead = make('p', 'note');
  const note = make('p', 'air');
  const facts = make('p', 'note');
  const fault = make('p', 'banner');
  fault.setAttribute('role', 'alert');
  fault.hidden = true;

  const video = make('video', 'preview');
  video.muted = true;
  video.autoplay = true;
  video.playsInline = true;
  video.setAttribute('aria-label', words.preview);
  const microphone = make('input');
  microphone.type = 'checkbox';
  microphone.checked = true;
  const check = make('label', 'check', microphone, words.microphone);

  const screen = button('button button--primary', words.screen, () => act.begin('screen'));
  const camera = button('button', words.camera, () => act.begin('camera'));
  const stop = button('button', words.stop, act.stop);
  // Phones have cameras, and none of them shares its screen.
  screen.hidden = typeof Reflect.get(navigator.mediaDevices, 'getDisplayMedia') !== 'function';

  root.replaceChildren(
    make('header', 'head', make('h1', 'title', words.title), make('div', 'state', chip)),
    lead,
    fault,
    video,
    note,
    facts,
    make('div', 'actions', screen, camera, stop),
    check,
    make('p', 'note', words.private),
  );

  return {
    video,
    showLead: (label) => write(lead, words.lead(label)),
    show(standing, text) {
      chip.dataset['tone'] = TONES[standing];
      write(chip, words.chip[standing]);
      write(note, text);
    },
    showFacts: (text) => write(facts, text),
    showSending(isSending) {
      video.hidden = !isSending;
      stop.hidden = !isSending;
      check.hidden = isSending;
      camera.hidden = isSending;
      screen.hidden = isSending || typeof Reflect.get(navigator.mediaDevices, 'getDisplayMedia') !== 'function';
      if (isSending) {
        stop.focus();
      }
    },
    showFault(text) {
      fault.hidden = text === undefined;
      write(fault, text ?? '');
    },
    withMicrophone: () => microphone.checked,
  };
}

/** A page that can do nothing but say why. */
export function showDeadEnd(
  root: HTMLElement,
  { title, text }: { readonly title: string; readonly text: string },
): void {
  root.replaceChildren(make('h1', 'title', title), make('p', 'note', text));
}

function button(className: string, text: string, onPress: () => void): HTMLButtonElement {
  const element = make('button', className, text);
  element.type = 'button';
  element.addEventListener('click', onPress);
  return element;
}

import type { RemoteAction, RemoteState } from '../../src-main/shared/api/remote.ts';
import { createRows, make, onHold, write } from '../ui/dom.ts';
import type { Words } from './words.ts';

export type View = {
  readonly show: (state: RemoteState, nowMs: number) => void;
  /** Once a second: what counts on by itself. */
  readonly tick: (nowMs: number) => void;
  readonly showLost: (isLost: boolean) => void;
};

type Scene = RemoteState['scenes'][number];
type Input = RemoteState['inputs'][number];
type Destination = RemoteState['destinations'][number];

/** The page of a phone that is let in. Holds nothing but what stands there. */
export function createView(root: HTMLElement, words: Words, act: (action: RemoteAction) => void): View {
  const phase = make('span', 'chip');
  const clock = make('span', 'clock');
  clock.setAttribute('role', 'timer');
  const title = make('h1', 'title');
  const lost = make('p', 'banner', words.lost);
  lost.hidden = true;
  lost.setAttribute('role', 'alert');
  const air = make('p', 'air');
  const troubles = make('ul', 'troubles');
  const viewers = make('p', 'note');

  const mark = make('button', 'button', words.mark);
  const panic = make('button', 'button button--fault', words.panic);
  const end = make('button', 'button button--air', words.end);
  const undo = make('button', 'button button--primary');
  mark.addEventListener('click', () => act({ action: 'mark', label: '' }));
  onHold(panic, () => act({ action: panic.dataset['on'] === undefined ? 'panic' : 'panic-off' }));
  onHold(end, () => act({ action: 'end' }));
  undo.addEventListener('click', () => act({ action: 'undo-end' }));
  for (const button of [mark, panic, end, undo]) {
    button.type = 'button';
  }
  const main = make('div', 'actions', mark, panic, end, undo);

  const inputs = section(words.sound);
  const scenes = section(words.scenes);
  const destinations = section(words.destinations);
  const picture = createPicture(words);
  const device = make('p', 'note');
  root.replaceChildren(
    make('header', 'head', title, make('div', 'state', phase, clock)),
    lost,
    air,
    troubles,
    main,
    inputs.element,
    scenes.element,
    picture.element,
    destinations.element,
    viewers,
    device,
  );

  const showTroubles = createRows<string>(troubles, {
    keyOf: (text) => text,
    open: (text) => ({ element: make('li', 'trouble', text), update: () => undefined }),
  });
  const showInputs = createRows<Input>(inputs.list, {
    keyOf: ({ id }) => id,
    open(input) {
      const button = make('button', 'button');
      button.type = 'button';
      button.addEventListener('click', () =>
        act({ action: 'mute', input: input.id, muted: button.dataset['muted'] === undefined }),
      );
      return {
        element: button,
        update({ label, muted }) {
          button.toggleAttribute('data-muted', muted);
          write(button, muted ? words.unmute(label) : words.mute(label));
        },
      };
    },
  });
  const showScenes = createRows<Scene>(scenes.list, {
    keyOf: ({ scene }) => JSON.stringify(scene),
    open({ scene }) {
      const button = make('button', 'button');
      button.type = 'button';
      button.addEventListener('click', () => act({ action: 'scene', scene }));
      return {
        element: button,
        update({ label, isOnAir }) {
          button.setAttribute('aria-pressed', String(isOnAir));
          write(button, label === '' ? words.slate : label);
        },
      };
    },
  });
  const showDestinations = createRows<Destination>(destinations.list, {
    keyOf: ({ name }) => name,
    open({ name }) {
      const state = make('span', 'row__state');
      const retry = make('button', 'button button--small', words.retry(name));
      retry.type = 'button';
      retry.addEventListener('click', () => act({ action: 'retry', destination: name }));
      return {
        element: make('div', 'row', make('span', 'row__name', name), state, retry),
        update(destination) {
          write(state, words.destination[destination.state] ?? destination.state);
          retry.hidden = destination.state !== 'reconnecting' && destination.state !== 'failed';
        },
      };
    },
  });

  let last: RemoteState | undefined;
  /** What to add to this phone's clock to get the service's. */
  let offsetMs = 0;

  function tick(nowMs: number): void {
    if (last === undefined) {
      return;
    }
    const { startedAt, undoUntil, phase: now } = last;
    const isRunning = startedAt !== undefined && now !== 'off-air' && now !== 'starting';
    write(clock, isRunning ? clockText((nowMs + offsetMs - Date.parse(startedAt)) / 1000) : '');
    const left = undoUntil === undefined ? 0 : Math.ceil((Date.parse(undoUntil) - nowMs - offsetMs) / 1000);
    undo.hidden = !last.actions.includes('undo-end') || left <= 0;
    write(undo, words.undo(Math.max(0, left)));
  }

  return {
    tick,
    showLost(isLost) {
      lost.hidden = !isLost;
      root.toggleAttribute('data-lost', isLost);
    },
    show(state, nowMs) {
      last = state;
      offsetMs = Date.parse(state.now) - nowMs;
      const { actions } = state;
      write(title, state.title === '' ? 'Lectern' : state.title);
      write(phase, words.phase[state.phase]);
      phase.dataset['phase'] = state.phase;
      showAir(air, state, words);
      showTroubles(state.troubles.map(({ code, subject, detail }) => words.trouble(code, subject, detail)));
      mark.hidden = !actions.includes('mark');
      const isPanicking = actions.includes('panic-off');
      panic.hidden = !isPanicking && !actions.includes('panic');
      panic.toggleAttribute('data-on', isPanicking);
      write(panic, isPanicking ? words.panicOff : words.panic);
      end.hidden = !actions.includes('end');
      inputs.element.hidden = !actions.includes('mute');
      showInputs(state.inputs);
      scenes.element.hidden = !actions.includes('scene');
      showScenes(state.scenes);
      destinations.element.hidden = state.destinations.length === 0;
      showDestinations(state.destinations);
      picture.show(state.watchUrl);
      write(viewers, words.viewers(state.viewers));
      write(device, words.device(state.device));
      tick(nowMs);
    },
  };
}

function section(heading: string): { readonly element: HTMLElement; readonly list: HTMLElement } {
  const list = make('div', 'list');
  return { element: make('section', 'section', make('h2', 'heading', heading), list), list };
}

/** The worst of what is seen from outside. */
function showAir(element: HTMLElement, { air }: RemoteState, words: Words): void {
  const bad = air.find(({ verdict }) => verdict !== 'seen' && verdict !== 'arriving' && verdict !== 'checking');
  const [first] = air;
  const shown = bad ?? first;
  element.hidden = shown === undefined;
  if (shown !== undefined) {
    const { verdict, delaySeconds, subject } = shown;
    const isGood = verdict === 'seen' && delaySeconds !== undefined;
    const place = subject.startsWith('destination/') ? `${subject.slice(subject.indexOf('/') + 1)}: ` : '';
    write(element, isGood ? words.behind(delaySeconds) : `${place}${words.air[verdict]}`);
    element.dataset['tone'] = bad === undefined ? 'good' : 'fault';
  }
}

/** The page for viewers itself, in a frame, when it is wanted: it costs what a viewer costs. */
function createPicture(words: Words) {
  const frame = make('iframe', 'picture__frame');
  frame.title = words.picture;
  frame.allow = 'autoplay; fullscreen';
  const toggle = make('button', 'button');
  toggle.type = 'button';
  const link = make('a', 'link', words.openPicture);
  link.target = '_blank';
  link.rel = 'noreferrer';
  const note = make('p', 'note', words.noPicture);
  const element = make('section', 'section', make('h2', 'heading', words.picture), note, toggle, frame, link);
  let url: string | undefined;
  let isWanted = false;

  function draw(): void {
    const isShown = isWanted && url !== undefined;
    note.hidden = url !== undefined;
    toggle.hidden = url === undefined;
    link.hidden = url === undefined;
    frame.hidden = !isShown;
    write(toggle, isShown ? words.hidePicture : words.showPicture);
    if (!isShown) {
      // Nothing is fetched that nobody sees.
      frame.removeAttribute('src');
    } else if (frame.getAttribute('src') !== url) {
      frame.setAttribute('src', url ?? '');
    }
  }

  toggle.addEventListener('click', () => {
    isWanted = !isWanted;
    draw();
  });
  draw();
  return {
    element,
    show(next: string | undefined): void {
      if (next !== url) {
        url = next;
        link.href = next ?? '';
        draw();
      }
    },
  };
}

function clockText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${two(Math.floor(whole / 3600))}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
}

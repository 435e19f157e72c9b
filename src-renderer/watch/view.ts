import { byId, write } from '../ui/dom.ts';
import type { Scene } from './scene.ts';
import type { Status } from './status.ts';
import type { Words } from './words.ts';

export type View = {
  /** Where the player goes. */
  readonly playerHost: HTMLElement;
  readonly show: (scene: Scene, status: Status | undefined) => void;
  readonly showSoundButton: (isShown: boolean) => void;
};

/** Writes into the page what is so; holds no state but what stands there. */
export function createView(options: {
  readonly words: Words;
  readonly onButton: (button: 'watch-again' | 'retry') => void;
  readonly onSound: () => void;
}): View {
  const { words } = options;
  const notice = byId('notice');
  const button = byId('notice-button');
  const sound = byId('sound');
  const chip = byId('chip');
  let pressed: () => void = () => undefined;
  button.addEventListener('click', () => pressed());
  sound.addEventListener('click', options.onSound);
  sound.textContent = words.soundOn;

  function showButton(which: Scene['button']): void {
    button.hidden = which === undefined;
    if (which !== undefined) {
      button.textContent = which === 'retry' ? words.retryNow : words.watchAgain;
      pressed = () => options.onButton(which);
    }
  }

  return {
    playerHost: byId('player'),
    show(scene, status) {
      notice.hidden = scene.notice === undefined;
      const text = scene.notice === undefined ? undefined : words[scene.notice];
      if (text !== undefined) {
        write(byId('notice-title'), text.title);
        write(byId('notice-text'), text.text);
      }
      byId('pulse').hidden = scene.notice !== 'waiting' && scene.notice !== 'loading';
      showButton(scene.button);
      chip.hidden = scene.chip === undefined;
      if (scene.chip !== undefined) {
        chip.dataset['kind'] = scene.chip;
        write(chip, words[scene.chip]);
      }
      // Told once at each change; the notice itself would be read again with every word of it.
      write(byId('announcer'), text?.title ?? (scene.chip === undefined ? '' : words[scene.chip]));
      if (status?.kind === 'stream') {
        write(byId('title'), status.title);
        document.title = status.title;
        showFiles(status.downloads, words);
      }
    },
    showSoundButton(isShown) {
      sound.hidden = !isShown;
    },
  };
}

function showFiles(files: readonly { readonly name: string; readonly url: string }[], words: Words): void {
  const list = byId('files');
  list.hidden = files.length === 0;
  const shown = [...list.querySelectorAll('a')].map((link) => link.getAttribute('href'));
  if (shown.length === files.length && files.every(({ url }, index) => shown[index] === url)) {
    return;
  }
  list.replaceChildren(
    ...files.map(({ name, url }) => {
      const item = document.createElement('li');
      const link = document.createElement('a');
      link.href = url;
      link.textContent = words.download(name);
      item.append(link);
      return item;
    }),
  );
}

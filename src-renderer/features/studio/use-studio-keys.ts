import { useEffect } from 'react';
import { useStore } from 'zustand';
import { useStores } from '../../stores/context.ts';
import { selectHasPicture, selectIsTurning, selectPhase } from '../../stores/studio-store.ts';
import { HOLD_MS } from '../../ui/hold-button.tsx';
import { isTaken } from '../../ui/keys.ts';
import { shotsOf } from './scenes/scene-model.ts';

/** What the key clips. */
const CLIP_KEY_SECONDS = 30;

/**
 * Keys of the studio: C opens the checks, or clips the last 30 s, M marks, S mutes the microphones, 1…9 and 0 choose what is shown, T takes
 * what is looked at, L and O switch the lower third and the logo, U takes an end back. G and E, which begin and end, must be held; the space bar never does anything by itself.
 */
export function useStudioKeys(): void {
  const { studio, scenes, checks, ui } = useStores();
  const isOn = useStore(ui, ({ singleKeys }) => singleKeys);

  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    const gone = new AbortController();
    let held: { readonly key: string; readonly handle: ReturnType<typeof setTimeout> } | undefined;

    function letGo(): void {
      clearTimeout(held?.handle);
      held = undefined;
    }

    function hold(key: string, action: () => void): void {
      letGo();
      held = { key, handle: setTimeout(action, HOLD_MS) };
    }

    function down(event: KeyboardEvent): void {
      const key = event.key.toLowerCase();
      const slice = studio.getState();
      if (
        isTaken(event) ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        event.repeat ||
        selectIsTurning(slice)
      ) {
        return;
      }
      const phase = selectPhase(slice);
      if (key === 'm' && (phase === 'live' || phase === 'reconnecting')) {
        void studio.mark();
      } else if (key === 'u' && phase === 'ending') {
        void studio.undoEnd();
      } else if (key === 'g' && (phase === 'off-air' || phase === 'rehearsing') && selectHasPicture(slice)) {
        hold(key, () => void (ui.getState().checksFirst ? checks.open() : studio.goLive()));
      } else if (key === 'c' && (phase === 'off-air' || phase === 'rehearsing')) {
        void checks.open();
      } else if (key === 'c' && (phase === 'live' || phase === 'reconnecting')) {
        void studio.clip(CLIP_KEY_SECONDS);
      } else if (key === 'e' && (phase === 'live' || phase === 'reconnecting')) {
        hold(key, () => void studio.end());
      } else if (key === 's') {
        void studio.toggleMicrophones();
      } else if (key === '0') {
        void studio.setScene({ kind: 'slate' });
      } else if (/^[1-9]$/.test(key)) {
        const { scenes: state, looksFirst } = scenes.getState();
        const shot = shotsOf(slice.studio, state)[Number(key) - 1];
        if (shot !== undefined && looksFirst) {
          scenes.look(shot.scene);
        } else if (shot !== undefined) {
          void studio.setScene(shot.scene);
        }
      } else if (key === 't') {
        void scenes.takeLooked(studio.setScene);
      } else if (key === 'l') {
        void scenes.switchOverlay('lowerThird');
      } else if (key === 'o') {
        void scenes.switchOverlay('logo');
      }
    }

    const { signal } = gone;
    window.addEventListener('keydown', down, { signal });
    window.addEventListener('keyup', letGo, { signal });
    window.addEventListener('blur', letGo, { signal });
    return () => {
      letGo();
      gone.abort();
    };
  }, [studio, scenes, checks, ui, isOn]);
}

import { useEffect } from 'react';
import { useStore } from 'zustand';
import { CLIP_SECONDS } from '../../../src-main/shared/api/clips.ts';
import { useStores } from '../../stores/context.ts';
import { selectIsDrilling, selectNextDrill } from '../../stores/preflight-store.ts';
import { selectHasPicture, selectIsOnAir, selectIsTurning, selectPhase } from '../../stores/studio-store.ts';
import { HOLD_MS } from '../../ui/hold-button.tsx';
import { isTaken } from '../../ui/keys.ts';
import { CLIP_KEYS } from './moment-buttons.tsx';
import { shotsOf } from './scenes/scene-model.ts';

const CLIPS: ReadonlyMap<string, number> = new Map(
  CLIP_KEYS.map((key, index) => [key, CLIP_SECONDS[index] ?? 30]),
);

/**
 * Keys of the studio, as `key-list.tsx` of the settings lists them. What begins or ends a broadcast, G and E, must be held; the space bar never
 * does anything by itself.
 */
export function useStudioKeys(): void {
  const { studio, scenes, checks, destinations, air, ui } = useStores();
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
      // Digits need Shift on some keyboards; with it, letters are keys of the whole window.
      if (event.shiftKey && /^[a-z]$/.test(key)) {
        return;
      }
      const phase = selectPhase(slice);
      const isLive = phase === 'live' || phase === 'reconnecting';
      const isQuiet = phase === 'off-air' || phase === 'rehearsing';
      const clipSeconds = CLIPS.get(key);
      if (key === 'm' && isLive) {
        void studio.mark();
      } else if (key === 'u' && phase === 'ending') {
        void studio.undoEnd();
      } else if (key === 'g' && isQuiet && selectHasPicture(slice)) {
        hold(key, () => void (ui.getState().checksFirst ? checks.open() : studio.goLive()));
      } else if (key === 'r' && phase === 'off-air' && selectHasPicture(slice)) {
        void studio.rehearse();
      } else if (key === 'f' && phase === 'rehearsing' && !selectIsDrilling(checks.getState())) {
        void checks.drill(selectNextDrill(checks.getState()));
      } else if (key === 'c' && isQuiet) {
        void checks.open();
      } else if (clipSeconds !== undefined && isLive) {
        void studio.clip(clipSeconds);
      } else if (key === 'e' && (isLive || phase === 'rehearsing')) {
        hold(key, () => void studio.end());
      } else if (key === 'n') {
        void destinations.retry();
      } else if (key === 'a' && selectIsOnAir(slice)) {
        void air.check();
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
  }, [studio, scenes, checks, destinations, air, ui, isOn]);
}

import { useEffect, useRef } from 'react';
import { useStore } from 'zustand';
import { useStores } from '../../stores/context.ts';
import { isTaken } from '../../ui/keys.ts';
import type { Playback } from './recording-player.tsx';

/** Keys of editors: K plays and pauses, J and L jump, I and O set the ends of the part to export, M marks. */
export function usePlayerKeys(options: {
  readonly playback: Playback;
  readonly onStart: () => void;
  readonly onEnd: () => void;
  readonly onMark: () => void;
}): void {
  const { ui } = useStores();
  const isOn = useStore(ui, ({ singleKeys }) => singleKeys);
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });

  useEffect(() => {
    if (!isOn) {
      return undefined;
    }
    function down(event: KeyboardEvent): void {
      if (isTaken(event) || event.ctrlKey || event.metaKey || event.altKey) {
        return;
      }
      const { playback, onStart, onEnd, onMark } = latest.current;
      const actions: Readonly<Record<string, () => void>> = {
        k: () => playback.toggle(),
        j: () => playback.seek(Math.max(0, playback.seconds - JUMP_SECONDS)),
        l: () => playback.seek(Math.min(playback.end, playback.seconds + JUMP_SECONDS)),
        i: onStart,
        o: onEnd,
        m: onMark,
      };
      actions[event.key.toLowerCase()]?.();
    }
    window.addEventListener('keydown', down);
    return () => window.removeEventListener('keydown', down);
  }, [isOn]);
}

const JUMP_SECONDS = 10;

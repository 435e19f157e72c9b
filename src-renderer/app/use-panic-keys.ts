import { useEffect } from 'react';
import { useStores } from '../stores/context.ts';
import { selectPhase } from '../stores/studio-store.ts';
import { isTyping } from '../ui/keys.ts';

/**
 * Shift+P is panic and Shift+B the way back, in every place, dialog and menu, whatever else is going on. Panic is Ctrl or ⌘ with Shift+P too:
 * that one works while somebody types, and with the shortcuts of one key off.
 */
export function usePanicKeys(): void {
  const { studio, ui } = useStores();
  useEffect(() => {
    function actionOf(event: KeyboardEvent): (() => void) | undefined {
      const slice = studio.getState();
      const key = event.key.toLowerCase();
      const isChord = event.ctrlKey || event.metaKey;
      if (
        !event.shiftKey ||
        event.altKey ||
        event.repeat ||
        (!isChord && (isTyping(event) || !ui.getState().singleKeys))
      ) {
        return undefined;
      }
      if (key === 'p' && selectPhase(slice) !== 'off-air') {
        return () => void studio.panic();
      }
      return key === 'b' && !isChord && slice.studio?.panic !== undefined
        ? () => void studio.panicBack()
        : undefined;
    }

    function down(event: KeyboardEvent): void {
      const action = actionOf(event);
      if (action !== undefined) {
        // A browser would print.
        event.preventDefault();
        event.stopPropagation();
        action();
      }
    }

    // Before a menu or a player takes it for one of its own.
    window.addEventListener('keydown', down, { capture: true });
    return () => window.removeEventListener('keydown', down, { capture: true });
  }, [studio, ui]);
}

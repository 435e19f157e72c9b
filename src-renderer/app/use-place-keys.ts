import { useEffect, useRef } from 'react';
import { useStores } from '../stores/context.ts';
import { isTaken } from '../ui/keys.ts';
import { formatRoute, PLACES } from './routes.ts';

/** Ctrl or ⌘ with 1 to 4 goes to a place, F1 to the help; both work from within a text field. The question mark shows all keys. */
export function usePlaceKeys(options: { readonly onHelp: () => void; readonly onKeys: () => void }): void {
  const { ui } = useStores();
  const latest = useRef(options);
  useEffect(() => {
    latest.current = options;
  });
  useEffect(() => {
    function down(event: KeyboardEvent): void {
      if (event.key === 'F1') {
        event.preventDefault();
        latest.current.onHelp();
        return;
      }
      if (event.key === '?' && !isTaken(event) && ui.getState().singleKeys) {
        latest.current.onKeys();
        return;
      }
      const place = PLACES[Number(event.key) - 1];
      if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && place !== undefined) {
        event.preventDefault();
        location.hash = formatRoute(place === 'archive' ? { place, asset: undefined } : { place });
      }
    }
    window.addEventListener('keydown', down);
    return () => window.removeEventListener('keydown', down);
  }, [ui]);
}

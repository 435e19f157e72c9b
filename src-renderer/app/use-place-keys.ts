import { useEffect, useRef } from 'react';
import { formatRoute, PLACES } from './routes.ts';

/** Ctrl or ⌘ with 1 to 4 goes to a place, F1 to the help; both work from within a text field. */
export function usePlaceKeys(onHelp: () => void): void {
  const help = useRef(onHelp);
  useEffect(() => {
    help.current = onHelp;
  });
  useEffect(() => {
    function down(event: KeyboardEvent): void {
      if (event.key === 'F1') {
        event.preventDefault();
        help.current();
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
  }, []);
}

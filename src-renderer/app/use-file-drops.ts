import { useEffect } from 'react';
import { isMediaFile } from '../../src-main/shared/media-files.ts';
import { useStores } from '../stores/context.ts';

/**
 * What is dropped anywhere on the window: a browser would leave the page for it, also in the middle of a broadcast. A media file becomes a
 * source where its path can be known; anything else is said not to be taken.
 */
export function useFileDrops(): void {
  const { desktop, notices, dropped } = useStores();
  useEffect(() => {
    function over(event: DragEvent): void {
      if (isOurs(event)) {
        event.preventDefault();
      }
    }
    function drop(event: DragEvent): void {
      if (!isOurs(event)) {
        return;
      }
      event.preventDefault();
      const [file, ...others] = event.dataTransfer?.files ?? [];
      if (file === undefined) {
        return;
      }
      const path = desktop?.pathOfFile(file) ?? '';
      if (others.length > 0) {
        notices.show({ kind: 'drop-refused', reason: 'several', name: file.name });
      } else if (!isMediaFile(file.name)) {
        notices.show({ kind: 'drop-refused', reason: 'kind', name: file.name });
      } else if (path === '') {
        notices.show({ kind: 'drop-refused', reason: 'no-path', name: file.name });
      } else {
        location.hash = '#/studio';
        dropped.setState({ path });
      }
    }
    window.addEventListener('dragover', over);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('drop', drop);
    };
  }, [desktop, notices, dropped]);
}

/** Text may be dropped into a text field, and a field for files takes them itself. */
function isOurs(event: DragEvent): boolean {
  const field = event.target instanceof Element ? event.target.closest('input, textarea') : null;
  const hasFiles = event.dataTransfer?.types.includes('Files') ?? false;
  const isTaken = field !== null && (!hasFiles || field.getAttribute('type') === 'file');
  return !event.defaultPrevented && !isTaken;
}

import { type RefObject, useEffect, useState } from 'react';

/** Whether an element can be seen: the page is not hidden and the element is not scrolled away. */
export function useVisible(element: RefObject<Element | null>): boolean {
  const [isPageVisible, setPageVisible] = useState(() => document.visibilityState === 'visible');
  const [isOnScreen, setOnScreen] = useState(true);

  useEffect(() => {
    const onChange = (): void => setPageVisible(document.visibilityState === 'visible');
    document.addEventListener('visibilitychange', onChange);
    return () => document.removeEventListener('visibilitychange', onChange);
  }, []);

  useEffect(() => {
    if (element.current === null) {
      return undefined;
    }
    const observer = new IntersectionObserver(([entry]) => setOnScreen(entry?.isIntersecting ?? false));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);

  return isPageVisible && isOnScreen;
}

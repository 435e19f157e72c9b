import { useEffect, useState } from 'react';

/** The time, as often as something that shows it changes; undefined stops it. */
export function useNow(everyMs: number | undefined, readMs: () => number): number {
  const [nowMs, setNowMs] = useState(readMs);
  useEffect(() => {
    if (everyMs === undefined) {
      return undefined;
    }
    const handle = setInterval(() => setNowMs(readMs()), everyMs);
    return () => clearInterval(handle);
  }, [everyMs, readMs]);
  return nowMs;
}

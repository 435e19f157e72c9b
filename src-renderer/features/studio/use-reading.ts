import { useEffect, useState } from 'react';

/** Figures change four times a second: faster cannot be read. */
const FIGURE_MS = 250;

/** What `read` gives, looked at now and then. */
export function useReading<T>(read: () => T): T {
  const [value, setValue] = useState(read);
  useEffect(() => {
    const handle = setInterval(() => setValue(read()), FIGURE_MS);
    return () => clearInterval(handle);
  }, [read]);
  return value;
}

import type { ReactNode } from 'react';

/** Shows only after 300 ms, so that what is quick does not flicker. */
export function Spinner(): ReactNode {
  return <span className="spinner" aria-hidden="true" />;
}

/** A whole area that waits, with words for what. */
export function Waiting({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <div className="waiting" role="status">
      <Spinner />
      <span>{children}</span>
    </div>
  );
}

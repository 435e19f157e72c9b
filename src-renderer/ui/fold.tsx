import { type ReactNode, useState } from 'react';
import { Icon } from './icon.tsx';

/** What few people need, folded up until it is asked for, or until something in it is not right. */
export function Fold(props: {
  readonly title: string;
  readonly mustBeOpen?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <details
      className="fold"
      open={isOpen || props.mustBeOpen === true}
      onToggle={({ currentTarget }) => setOpen(currentTarget.open)}
    >
      <summary className="fold__title">
        <Icon name="chevron" size={16} />
        {props.title}
      </summary>
      <div className="fold__body">{props.children}</div>
    </details>
  );
}

import { type ReactNode, useState } from 'react';
import { Icon } from './icon.tsx';

/** What few people need, folded up until it is asked for, or until something in it is not right. */
export function Fold(props: {
  readonly title: string;
  readonly mustBeOpen?: boolean;
  /** That there is something in it already. */
  readonly isOpenAtFirst?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  const [isOpen, setOpen] = useState(props.isOpenAtFirst === true);
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

import { type ReactNode, useId } from 'react';
import { Icon } from '../../ui/icon.tsx';

/** Fields of a form that belong together; `describedBy` says why none of them can be changed now. */
export function FormSection(props: {
  readonly title: string;
  readonly describedBy?: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  const { title, describedBy, children } = props;
  const id = useId();
  return (
    <section
      className="form-section"
      role="group"
      aria-labelledby={id}
      {...(describedBy === undefined ? {} : { 'aria-describedby': describedBy })}
    >
      <h3 id={id} className="form-section__title">
        {title}
      </h3>
      {children}
    </section>
  );
}

/** Why what follows cannot be changed. */
export function FormReason(props: { readonly id: string; readonly children: ReactNode }): ReactNode {
  return (
    <p id={props.id} className="form-section__reason" role="status">
      <Icon name="info" size={16} />
      <span>{props.children}</span>
    </p>
  );
}

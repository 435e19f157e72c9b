import type { ReactNode } from 'react';
import { Icon, type IconName } from './icon.tsx';

export type Tone = 'neutral' | 'good' | 'caution' | 'fault' | 'air';

/** A state in one or two words. Never colour alone. */
export function Chip(props: {
  readonly tone: Tone;
  readonly icon?: IconName;
  readonly hasDot?: boolean;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <span className={`chip chip--${props.tone}`}>
      {props.hasDot === true && <span className="chip__dot" aria-hidden="true" />}
      {props.icon !== undefined && <Icon name={props.icon} size={16} />}
      <span className="chip__text">
        {typeof props.children === 'string' ? <span className="trim">{props.children}</span> : props.children}
      </span>
    </span>
  );
}

/** A message in the flow of a screen: what happened, what is safe, what to do. */
export function Banner(props: {
  readonly tone: 'info' | 'caution' | 'fault';
  readonly title?: string | undefined;
  readonly children?: ReactNode;
  readonly action?: ReactNode;
  readonly role?: 'alert' | 'status';
}): ReactNode {
  const icon = props.tone === 'info' ? 'info' : props.tone === 'caution' ? 'warning' : 'fault';
  return (
    <div className={`banner banner--${props.tone}`} {...(props.role === undefined ? {} : { role: props.role })}>
      <Icon name={icon} />
      <div className="banner__text">
        {props.title !== undefined && <strong>{props.title}</strong>}
        {props.children !== undefined && <div>{props.children}</div>}
      </div>
      {props.action !== undefined && <div className="banner__action">{props.action}</div>}
    </div>
  );
}

/** An empty place that teaches the next step. */
export function EmptyState(props: {
  readonly icon: IconName;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}): ReactNode {
  return (
    <div className="empty">
      <span className="empty__icon">
        <Icon name={props.icon} size={28} />
      </span>
      <h2 className="empty__title">{props.title}</h2>
      <p className="empty__text">{props.children}</p>
      {props.action}
    </div>
  );
}

export function ProgressBar(props: {
  readonly label: string;
  /** 0 to 1; undefined when nothing is known yet. */
  readonly value: number | undefined;
}): ReactNode {
  return (
    <progress
      className="progress"
      aria-label={props.label}
      max={1}
      {...(props.value === undefined ? {} : { value: props.value })}
    />
  );
}

/** A figure with its name: what the presenter looks at while talking. */
export function Figure(props: {
  readonly label: string;
  readonly icon?: IconName;
  readonly children: ReactNode;
  readonly tone?: 'caution' | 'fault' | undefined;
}): ReactNode {
  return (
    <span className={`figure${props.tone === undefined ? '' : ` figure--${props.tone}`}`}>
      <span className="figure__label">
        {props.icon !== undefined && <Icon name={props.icon} size={14} />}
        {props.label}
      </span>
      <span className="figure__value">{props.children}</span>
    </span>
  );
}

export function Key({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <kbd className="key">
      <span className="trim">{children}</span>
    </kbd>
  );
}

import type { ReactNode } from 'react';
import { Button as AriaButton, Tooltip, TooltipTrigger } from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';
import { Key } from './parts.tsx';
import { Spinner } from './spinner.tsx';

export type ButtonTone = 'primary' | 'plain' | 'quiet' | 'danger';

export type ButtonProps = {
  readonly children: ReactNode;
  readonly onPress?: (() => void) | undefined;
  readonly tone?: ButtonTone | undefined;
  readonly size?: 'small' | 'medium' | 'large' | undefined;
  readonly icon?: IconName | undefined;
  readonly isDisabled?: boolean | undefined;
  /** Asked for and not answered: stays focusable, does nothing. What it led to is announced by who knows it. */
  readonly isPending?: boolean | undefined;
  readonly type?: 'button' | 'submit' | undefined;
  readonly slot?: string | undefined;
  readonly autoFocus?: boolean | undefined;
  readonly describedBy?: string | undefined;
  /** The key that does the same. */
  readonly keyCap?: string | undefined;
};

export function Button(props: ButtonProps): ReactNode {
  const { children, icon, tone = 'plain', size = 'medium', isPending = false } = props;
  return (
    <AriaButton
      className={`button button--${tone} button--${size}`}
      type={props.type ?? 'button'}
      isDisabled={props.isDisabled ?? false}
      {...(isPending ? { 'data-pending': true } : {})}
      {...(props.onPress === undefined || isPending ? {} : { onPress: props.onPress })}
      {...(props.slot === undefined ? {} : { slot: props.slot })}
      {...(props.autoFocus === undefined ? {} : { autoFocus: props.autoFocus })}
      {...(props.describedBy === undefined ? {} : { 'aria-describedby': props.describedBy })}
    >
      {isPending ? <Spinner /> : icon !== undefined && <Icon name={icon} size={18} />}
      <span className="button__label trim">{children}</span>
      {props.keyCap !== undefined && <Key>{props.keyCap}</Key>}
    </AriaButton>
  );
}

/** A button that is only a picture: its name is read out and shown when it is pointed at or focused. */
export function IconButton(props: {
  readonly icon: IconName;
  readonly label: string;
  readonly onPress?: (() => void) | undefined;
  readonly tone?: 'quiet' | 'plain' | undefined;
  readonly isDisabled?: boolean | undefined;
  readonly isPressed?: boolean | undefined;
  /** Of what it unfolds. */
  readonly isExpanded?: boolean | undefined;
  readonly slot?: string | undefined;
}): ReactNode {
  const { icon, label, tone = 'quiet' } = props;
  return (
    <TooltipTrigger delay={500}>
      <AriaButton
        className={`icon-button icon-button--${tone}`}
        aria-label={label}
        isDisabled={props.isDisabled ?? false}
        {...(props.isPressed === undefined ? {} : { 'aria-pressed': props.isPressed })}
        {...(props.isExpanded === undefined ? {} : { 'aria-expanded': props.isExpanded })}
        {...(props.onPress === undefined ? {} : { onPress: props.onPress })}
        {...(props.slot === undefined ? {} : { slot: props.slot })}
      >
        <Icon name={icon} />
      </AriaButton>
      <Tooltip className="tooltip" offset={6}>
        {label}
      </Tooltip>
    </TooltipTrigger>
  );
}

import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from 'react';
import { Icon, type IconName } from './icon.tsx';

export const HOLD_MS = 800;

/**
 * Acts when it has been held for 0.8 s, so that a stray click, space bar or key ends nothing. A screen reader's click cannot be held and acts
 * at once; what it starts must be possible to take back.
 */
export function HoldButton(props: {
  readonly children: ReactNode;
  readonly icon?: IconName;
  readonly tone: 'air' | 'caution' | 'primary';
  readonly isPending?: boolean;
  readonly onHeld: () => void;
  /** Says what to do to somebody who only clicked. */
  readonly hint: string;
}): ReactNode {
  const { onHeld, isPending = false } = props;
  const [isHeld, setHeld] = useState(false);
  const [showsHint, setShowsHint] = useState(false);
  const hintId = useId();
  const act = useRef(onHeld);
  useEffect(() => {
    act.current = onHeld;
  }, [onHeld]);

  useEffect(() => {
    if (!isHeld) {
      return undefined;
    }
    const handle = setTimeout(() => {
      setHeld(false);
      setShowsHint(false);
      act.current();
    }, HOLD_MS);
    return () => clearTimeout(handle);
  }, [isHeld]);

  function press(): void {
    if (!isPending) {
      setShowsHint(false);
      setHeld(true);
    }
  }

  function release(): void {
    if (isHeld) {
      setHeld(false);
      setShowsHint(true);
    }
  }

  function onKeyDown(event: KeyboardEvent): void {
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      if (!event.repeat) {
        press();
      }
    }
  }

  return (
    <span className="hold">
      <button
        type="button"
        className={`button button--large hold__button hold__button--${props.tone}`}
        data-held={isHeld || undefined}
        aria-disabled={isPending}
        aria-describedby={hintId}
        onPointerDown={(event) => {
          if (event.button === 0) {
            press();
          }
        }}
        onPointerUp={release}
        onPointerLeave={release}
        onPointerCancel={release}
        onKeyDown={onKeyDown}
        onKeyUp={release}
        onBlur={release}
        onContextMenu={(event) => event.preventDefault()}
        onClick={(event) => {
          // A click without a pointer and without a key is an assistive technology's.
          if (event.detail === 0 && !isPending) {
            onHeld();
          }
        }}
      >
        {props.icon !== undefined && <Icon name={props.icon} size={18} />}
        <span className="button__label trim">{props.children}</span>
      </button>
      <span className="hold__hint" id={hintId} data-shown={showsHint || undefined}>
        {props.hint}
      </span>
    </span>
  );
}

import type { ReactNode } from 'react';
import { Label, RadioButton, RadioField, RadioGroup } from 'react-aria-components';
import { Icon, type IconName } from './icon.tsx';

export type RadioCard<T extends string> = {
  readonly value: T;
  readonly label: string;
  readonly detail?: ReactNode;
  readonly icon?: IconName;
};

/** One choice out of a few, each explained where it is chosen. */
export function RadioCards<T extends string>(props: {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly value: T | undefined;
  readonly cards: readonly RadioCard<T>[];
  readonly onChange: (value: T) => void;
  readonly columns?: 1 | 2;
  readonly isDisabled?: boolean;
}): ReactNode {
  return (
    <RadioGroup
      className={`radio-cards radio-cards--${props.columns ?? 1}`}
      value={props.value ?? null}
      isDisabled={props.isDisabled ?? false}
      onChange={(value) => {
        const card = props.cards.find((candidate) => candidate.value === value);
        if (card !== undefined) {
          props.onChange(card.value);
        }
      }}
    >
      <Label className={props.isLabelHidden === true ? 'visually-hidden' : 'field__label'}>{props.label}</Label>
      <div className="radio-cards__grid">
        {props.cards.map((card) => (
          <RadioField key={card.value} value={card.value} className="radio-field">
            <RadioButton className="radio-card">
              {card.icon !== undefined && (
                <span className="radio-card__icon">
                  <Icon name={card.icon} />
                </span>
              )}
              <span className="radio-card__text">
                <span className="radio-card__label">{card.label}</span>
                {card.detail !== undefined && <span className="radio-card__detail">{card.detail}</span>}
              </span>
              <span className="radio-card__dot" aria-hidden="true" />
            </RadioButton>
          </RadioField>
        ))}
      </div>
    </RadioGroup>
  );
}

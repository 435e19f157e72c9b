import type { ReactNode } from 'react';
import { NumberField as AriaNumberField, Button, Group, Input, Label } from 'react-aria-components';

/**
 * A number with its unit, told when it has been typed (Enter, or leaving the field) and at each step: arrow keys, Page Up and Down for the bounds,
 * or the two buttons. What is beyond the bounds becomes the bound.
 */
export function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly suffix: string;
  readonly less: string;
  readonly more: string;
  readonly onChange: (value: number) => void;
}): ReactNode {
  return (
    <AriaNumberField
      className="field"
      value={props.value}
      minValue={props.min}
      maxValue={props.max}
      step={props.step}
      onChange={(value) => {
        // An empty field means nothing, hence changes nothing.
        if (Number.isFinite(value)) {
          props.onChange(value);
        }
      }}
    >
      <Label className="field__label">{props.label}</Label>
      <Group className="field__box field__box--number">
        <Input className="field__input" />
        <span className="field__suffix" aria-hidden="true">
          {props.suffix}
        </span>
        <Button slot="decrement" className="field__step" aria-label={props.less}>
          −
        </Button>
        <Button slot="increment" className="field__step" aria-label={props.more}>
          +
        </Button>
      </Group>
    </AriaNumberField>
  );
}

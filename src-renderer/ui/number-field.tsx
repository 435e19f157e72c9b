import { type ReactNode, useEffect, useState } from 'react';
import { NumberField as AriaNumberField, Button, Group, Input, Label } from 'react-aria-components';

/** What was set here is shown for so long without the service saying so too; then it has refused it. */
const ANSWER_MS = 2000;

/**
 * A number with its unit, told when it has been typed (Enter, or leaving the field) and at each step: arrow keys, Page Up and Down for the bounds,
 * or the two buttons. What is beyond the bounds becomes the bound. What comes from elsewhere waits until the field is left: it must not replace what is
 * being typed, and the answer to the step before is such a thing.
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
  const [isFocused, setFocused] = useState(false);
  const [own, setOwn] = useState<number>();

  useEffect(() => {
    if (isFocused || own === undefined) {
      return undefined;
    }
    const timer = setTimeout(() => setOwn(undefined), own === props.value ? 0 : ANSWER_MS);
    return () => clearTimeout(timer);
  }, [isFocused, own, props.value]);

  return (
    <AriaNumberField
      className="field"
      value={own ?? props.value}
      onFocusChange={(gained) => {
        setFocused(gained);
        if (gained) {
          setOwn(props.value);
        }
      }}
      minValue={props.min}
      maxValue={props.max}
      step={props.step}
      onChange={(value) => {
        // An empty field means nothing, hence changes nothing.
        if (Number.isFinite(value)) {
          setOwn(value);
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

import { type ReactNode, useState } from 'react';
import { TextField } from '../../../ui/field.tsx';

/** A number that is taken while it is between its bounds; what is typed meanwhile stays as it is. */
export function NumberField(props: {
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly suffix?: string;
  readonly onChange: (value: number) => void;
}): ReactNode {
  const { value, least, most } = props;
  const [text, setText] = useState(() => shown(value));
  const typed = parsed(text);
  const isRight = typed !== undefined && typed >= least && typed <= most;
  return (
    <TextField
      label={props.label}
      value={text}
      inputMode="decimal"
      suffix={props.suffix}
      error={isRight ? undefined : `${shown(least)} – ${shown(most)}`}
      onChange={(next) => {
        setText(next);
        const number = parsed(next);
        if (number !== undefined && number >= least && number <= most) {
          props.onChange(number);
        }
      }}
      onBlur={() => setText(shown(value))}
    />
  );
}

function shown(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** With a comma, too, which is how half of Europe writes it. */
function parsed(text: string): number | undefined {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? undefined : value;
}

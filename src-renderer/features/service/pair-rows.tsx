import { type ReactNode, useId } from 'react';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';

/** A name and a value, as they are typed. */
export type PairRow = { readonly id: number; readonly key: string; readonly value: string };

/** Names and values, a row each. */
export function PairRows(props: {
  readonly words: {
    readonly title: string;
    readonly description?: string;
    readonly key: string;
    readonly value: string;
    readonly add: string;
    readonly remove: (number: number) => string;
  };
  readonly rows: readonly PairRow[];
  readonly onChange: (rows: readonly PairRow[]) => void;
  readonly error: string | undefined;
  /** How many there may be. */
  readonly most?: number;
}): ReactNode {
  const { words, rows, onChange, error, most = Infinity } = props;
  const id = useId();
  const change = (row: PairRow, patch: Partial<PairRow>): void =>
    onChange(rows.map((other) => (other.id === row.id ? { ...other, ...patch } : other)));
  return (
    <div className="row-list" role="group" aria-labelledby={id}>
      <span id={id} className="field__label">
        {words.title}
      </span>
      {words.description !== undefined && <p className="field__description">{words.description}</p>}
      {rows.map((row, index) => (
        <div key={row.id} className="row-list__row row-list__row--pair">
          <TextField
            label={words.key}
            isLabelHidden={index > 0}
            value={row.key}
            onChange={(key) => change(row, { key })}
            autoFocus={row.key === ''}
          />
          <TextField
            label={words.value}
            isLabelHidden={index > 0}
            value={row.value}
            onChange={(value) => change(row, { value })}
          />
          <IconButton
            icon="trash"
            label={words.remove(index + 1)}
            onPress={() => onChange(rows.filter((other) => other.id !== row.id))}
          />
        </div>
      ))}
      {error !== undefined && (
        <p className="field__error" role="alert">
          {error}
        </p>
      )}
      {rows.length < most && (
        <div>
          <Button
            size="small"
            icon="plus"
            onPress={() => {
              const next = Math.max(-1, ...rows.map((row) => row.id)) + 1;
              onChange([...rows, { id: next, key: '', value: '' }]);
            }}
          >
            {words.add}
          </Button>
        </div>
      )}
    </div>
  );
}

import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import type { TagRow } from './event-fields.ts';

/** Names and values that programs put on an event, as in Azure. */
export function TagRows(props: {
  readonly rows: readonly TagRow[];
  readonly onChange: (rows: readonly TagRow[]) => void;
  readonly error: string | undefined;
}): ReactNode {
  const { rows, onChange, error } = props;
  const { t } = useTranslation();
  const id = useId();
  const change = (row: TagRow, patch: Partial<TagRow>): void =>
    onChange(rows.map((other) => (other.id === row.id ? { ...other, ...patch } : other)));
  return (
    <div className="row-list" role="group" aria-labelledby={id}>
      <span id={id} className="field__label">
        {t('service.tags.title')}
      </span>
      {rows.map((row, index) => (
        <div key={row.id} className="row-list__row row-list__row--tag">
          <TextField
            label={t('service.tags.key')}
            isLabelHidden={index > 0}
            value={row.key}
            onChange={(key) => change(row, { key })}
            autoFocus={row.key === ''}
          />
          <TextField
            label={t('service.tags.value')}
            isLabelHidden={index > 0}
            value={row.value}
            onChange={(value) => change(row, { value })}
          />
          <IconButton
            icon="trash"
            label={t('service.tags.remove', { number: index + 1 })}
            onPress={() => onChange(rows.filter((other) => other.id !== row.id))}
          />
        </div>
      ))}
      {error !== undefined && (
        <p className="field__error" role="alert">
          {error}
        </p>
      )}
      <div>
        <Button
          size="small"
          icon="plus"
          onPress={() => {
            const next = Math.max(-1, ...rows.map((row) => row.id)) + 1;
            onChange([...rows, { id: next, key: '', value: '' }]);
          }}
        >
          {t('service.tags.add')}
        </Button>
      </div>
    </div>
  );
}

import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { type AddressFault, type AddressRow, refusedRow, typedFaults, withRow } from './address-list.ts';

/** A list of addresses and networks, a row each, and what is wrong with one in its row. */
export function AddressRows(props: {
  readonly label: string;
  /** What an empty list means. */
  readonly emptyText: string;
  readonly rows: readonly AddressRow[];
  readonly onChange: (rows: readonly AddressRow[]) => void;
  /** What the service said, and what the list is called there. */
  readonly problem: Problem | undefined;
  readonly field: string;
  readonly isDisabled?: boolean | undefined;
}): ReactNode {
  const { label, rows, onChange, problem, field, isDisabled = false } = props;
  const { t } = useTranslation();
  const id = useId();
  const faults = typedFaults(rows);
  const refused = refusedRow(problem, field, rows);
  return (
    <div className="row-list" role="group" aria-labelledby={id}>
      <span id={id} className="field__label">
        {label}
      </span>
      {rows.length === 0 && <p className="field__description">{props.emptyText}</p>}
      {rows.map((row, index) => (
        <Row
          key={row.id}
          row={row}
          number={index + 1}
          isDisabled={isDisabled}
          fault={faults.get(row.id)}
          refusal={refused?.row === row.id ? refused.message : undefined}
          onChange={(patch) =>
            onChange(rows.map((other) => (other.id === row.id ? { ...other, ...patch } : other)))
          }
          onRemove={() => onChange(rows.filter((other) => other.id !== row.id))}
        />
      ))}
      {refused !== undefined && refused.row === undefined && (
        <p className="field__error" role="alert">
          {refused.message}
        </p>
      )}
      {!isDisabled && (
        <div>
          <Button size="small" icon="plus" onPress={() => onChange(withRow(rows))}>
            {t('service.addresses.add')}
          </Button>
        </div>
      )}
      {rows.length > 0 && <p className="field__description">{t('service.addresses.forms')}</p>}
    </div>
  );
}

function Row(props: {
  readonly row: AddressRow;
  readonly number: number;
  readonly isDisabled: boolean;
  readonly fault: AddressFault | undefined;
  readonly refusal: string | undefined;
  readonly onChange: (patch: Partial<AddressRow>) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { row, number, isDisabled, fault, refusal, onChange } = props;
  const { t } = useTranslation();
  return (
    <div
      className="row-list__row row-list__row--address"
      role="group"
      aria-label={t('service.addresses.row', { number })}
    >
      <TextField
        label={t('service.addresses.address')}
        isLabelHidden={number > 1}
        value={row.address}
        onChange={(address) => onChange({ address })}
        placeholder="10.0.0.0/22"
        isDisabled={isDisabled}
        // One that is still empty was added just now.
        autoFocus={row.address === '' && !isDisabled}
        error={refusal ?? (fault === 'address' && row.prefix !== '' ? t('service.addresses.missing') : undefined)}
      />
      <TextField
        label={t('service.addresses.prefix')}
        isLabelHidden={number > 1}
        value={row.prefix}
        onChange={(prefix) => onChange({ prefix })}
        inputMode="numeric"
        isDisabled={isDisabled}
        error={fault === 'prefix' ? t('service.addresses.prefixFault') : undefined}
      />
      <TextField
        label={t('service.addresses.name')}
        isLabelHidden={number > 1}
        value={row.name}
        onChange={(name) => onChange({ name })}
        isDisabled={isDisabled}
      />
      <IconButton
        icon="trash"
        label={t('service.addresses.remove', { number })}
        isDisabled={isDisabled}
        onPress={props.onRemove}
      />
    </div>
  );
}

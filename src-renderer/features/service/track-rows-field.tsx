import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../ui/button.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import {
  type ConditionRow,
  isConditionGood,
  MOST_CONDITIONS,
  MOST_ROWS,
  TRACK_KINDS,
  TRACK_PROPERTIES,
  type TrackRow,
  withCondition,
  withTrackRow,
} from './track-rows.ts';

/** Values as they are written in every language. */
const SAMPLES = { Name: 'video_1', Language: 'pt-BR', FourCC: 'avc1', Bitrate: '0-2427000' } as const;

/** Which tracks are in, as rows of conditions: all of one row, or all of another. */
export function TrackRows(props: {
  readonly rows: readonly TrackRow[];
  readonly onChange: (rows: readonly TrackRow[]) => void;
  readonly faultOf: (field: string) => string | undefined;
  /** What is wrong with all of them. */
  readonly error: string | undefined;
}): ReactNode {
  const { rows, onChange, faultOf, error } = props;
  const { t } = useTranslation();
  const id = useId();
  return (
    <div className="row-list" role="group" aria-labelledby={id}>
      <span id={id} className="field__label">
        {t('policies.filters.rows.title')}
      </span>
      <p className="field__description">{t('policies.filters.rows.about')}</p>
      {rows.map((row, index) => (
        <OneRow
          key={row.id}
          row={row}
          number={index + 1}
          refused={(condition) => faultOf(`tracks.${index}.trackSelections.${condition}`)}
          onChange={(conditions) =>
            onChange(rows.map((other) => (other.id === row.id ? { ...other, conditions } : other)))
          }
          onRemove={() => onChange(rows.filter((other) => other.id !== row.id))}
        />
      ))}
      {error !== undefined && <p className="field__error">{error}</p>}
      {rows.length < MOST_ROWS && (
        <div>
          <Button size="small" icon="plus" onPress={() => onChange(withTrackRow(rows))}>
            {t('policies.filters.rows.add')}
          </Button>
        </div>
      )}
    </div>
  );
}

function OneRow(props: {
  readonly row: TrackRow;
  readonly number: number;
  readonly refused: (condition: number) => string | undefined;
  readonly onChange: (conditions: readonly ConditionRow[]) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { row, number, refused, onChange, onRemove } = props;
  const { conditions } = row;
  const { t } = useTranslation();
  const remove = (gone: ConditionRow): void => {
    const left = conditions.filter(({ id }) => id !== gone.id);
    // A row of no conditions would be one that everything meets.
    if (left.length === 0) {
      onRemove();
    } else {
      onChange(left);
    }
  };
  return (
    <div className="row-set" role="group" aria-label={t('policies.filters.rows.row', { number })}>
      <div className="row-set__head">
        <span className="row-set__title">{t('policies.filters.rows.row', { number })}</span>
        <IconButton icon="trash" label={t('policies.filters.rows.remove', { number })} onPress={onRemove} />
      </div>
      {conditions.map((condition, index) => (
        <Condition
          key={condition.id}
          condition={condition}
          number={index + 1}
          refused={refused(index)}
          onChange={(patch) =>
            onChange(conditions.map((other) => (other.id === condition.id ? { ...other, ...patch } : other)))
          }
          onRemove={() => remove(condition)}
        />
      ))}
      {conditions.length < MOST_CONDITIONS && (
        <div>
          <Button size="small" icon="plus" onPress={() => onChange(withCondition(conditions))}>
            {t('policies.filters.rows.addCondition')}
          </Button>
        </div>
      )}
    </div>
  );
}

function Condition(props: {
  readonly condition: ConditionRow;
  readonly number: number;
  readonly refused: string | undefined;
  readonly onChange: (patch: Partial<ConditionRow>) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { condition, number, refused, onChange } = props;
  const { property, operation, value } = condition;
  const { t } = useTranslation();
  const words = (key: 'property' | 'operation' | 'value') => ({
    label: t(`policies.filters.rows.${key}`),
    isLabelHidden: number > 1,
  });
  return (
    <div
      className="row-list__row row-list__row--condition"
      role="group"
      aria-label={t('policies.filters.rows.condition', { number })}
    >
      <Select
        {...words('property')}
        value={property}
        onChange={(chosen) => onChange({ property: chosen, value: chosen === 'Type' ? 'video' : '' })}
        choices={TRACK_PROPERTIES.map((one) => ({
          value: one,
          label: t(`policies.filters.rows.properties.${one}`),
        }))}
      />
      <Select
        {...words('operation')}
        value={operation}
        onChange={(chosen) => onChange({ operation: chosen })}
        choices={(['Equal', 'NotEqual'] as const).map((one) => ({
          value: one,
          label: t(`policies.filters.rows.operations.${one}`),
        }))}
      />
      {property === 'Type' ? (
        <Select
          {...words('value')}
          value={value.toLowerCase()}
          onChange={(chosen) => onChange({ value: chosen })}
          choices={TRACK_KINDS.map((one) => ({ value: one, label: t(`policies.filters.type.${one}`) }))}
          error={refused}
        />
      ) : (
        <TextField
          {...words('value')}
          value={value}
          onChange={(typed) => onChange({ value: typed })}
          placeholder={SAMPLES[property]}
          error={
            refused ??
            (value === '' || isConditionGood(condition) ? undefined : t('policies.filters.rows.bitrateFault'))
          }
        />
      )}
      <IconButton
        icon="close"
        label={t('policies.filters.rows.removeCondition', { number })}
        onPress={props.onRemove}
      />
    </div>
  );
}

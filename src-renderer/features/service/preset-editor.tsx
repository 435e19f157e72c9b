import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { AAC_KBPS } from '../../../src-main/shared/api/live-events.ts';
import { fieldFaults, isWithin } from '../../api/problem.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import {
  draftFrom,
  type EncodingKind,
  type LayerField,
  type LayerRow,
  largestOf,
  MOST_AUDIO,
  MOST_LAYERS,
  namedRow,
  type PresetDraft,
  presetFaults,
  presetsOf,
  totalBitrate,
  withAudio,
  withLayer,
} from './preset-draft.ts';

export const CUSTOM_PRESET = 'encoding.customPreset';

/** A ladder of one's own for an encoding event. What is not right is said at its field before anything is sent. */
export function PresetEditor(props: {
  readonly kind: EncodingKind;
  readonly draft: PresetDraft;
  readonly onChange: (draft: PresetDraft) => void;
  readonly problem: Problem | undefined;
}): ReactNode {
  const { kind, draft, onChange, problem } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const faults = presetFaults(draft, kind);
  const refusal = fieldFaults(problem).find(({ field }) => isWithin(field, CUSTOM_PRESET));
  const refusedRow = refusal === undefined ? undefined : namedRow(draft, refusal.field);

  function faultOf(row: LayerRow): Partial<Record<LayerField, string>> {
    const fault = faults.layers.get(row.id);
    if (fault !== undefined) {
      return { [fault.field]: t(`service.preset.fault.${fault.kind}`, { size: largestOf(kind) }) };
    }
    if (refusal === undefined || refusedRow !== row.id) {
      return {};
    }
    return { [refusal.field.endsWith('.bitrate') ? 'kbps' : 'width']: refusal.message };
  }

  return (
    <div className="preset" role="group" aria-label={t('service.preset.title')}>
      <div className="preset__start">
        <span>{t('service.preset.startFrom')}</span>
        {presetsOf(kind).map((preset) => (
          <Button key={preset} size="small" onPress={() => onChange(draftFrom(kind, preset))}>
            {preset}
          </Button>
        ))}
      </div>
      <div className="row-list">
        {draft.layers.map((row, index) => (
          <Layer
            key={row.id}
            row={row}
            number={index + 1}
            faults={faultOf(row)}
            onChange={(patch) =>
              onChange({
                ...draft,
                layers: draft.layers.map((other) => (other.id === row.id ? { ...other, ...patch } : other)),
              })
            }
            onRemove={() => onChange({ ...draft, layers: draft.layers.filter((other) => other.id !== row.id) })}
          />
        ))}
        {faults.isEmpty && (
          <p className="field__error" role="alert">
            {t('service.preset.fault.none')}
          </p>
        )}
        {refusal !== undefined && refusedRow === undefined && (
          <p className="field__error" role="alert">
            {refusal.message}
          </p>
        )}
        <div>
          <Button
            size="small"
            icon="plus"
            isDisabled={draft.layers.length >= MOST_LAYERS}
            onPress={() => onChange(withLayer(draft))}
          >
            {t('service.preset.addLayer')}
          </Button>
        </div>
      </div>
      <div className="row-list" role="group" aria-label={t('service.preset.sound')}>
        {draft.audio.map((chosen, index) => (
          // A bitrate that is there twice is told apart by its place alone.
          <div key={index} className="row-list__row row-list__row--sound">
            <Select
              label={t('service.preset.soundNumber', { number: index + 1 })}
              isLabelHidden={index > 0}
              value={String(chosen)}
              onChange={(value) =>
                onChange({
                  ...draft,
                  audio: draft.audio.map((kbps, at) =>
                    at === index ? (AAC_KBPS.find((known) => String(known) === value) ?? kbps) : kbps,
                  ),
                })
              }
              choices={AAC_KBPS.map((kbps) => ({ value: String(kbps), label: `${kbps} kbit/s` }))}
              error={faults.audio.has(index) ? t('service.preset.fault.twice') : undefined}
            />
            <IconButton
              icon="trash"
              label={t('service.preset.removeSound', { number: index + 1 })}
              isDisabled={draft.audio.length < 2}
              onPress={() => onChange({ ...draft, audio: draft.audio.filter((_, at) => at !== index) })}
            />
          </div>
        ))}
        <div>
          <Button
            size="small"
            icon="plus"
            isDisabled={draft.audio.length >= MOST_AUDIO}
            onPress={() => onChange(withAudio(draft))}
          >
            {t('service.preset.addSound')}
          </Button>
        </div>
      </div>
      <p className="preset__total">
        <span>{t('service.preset.total')}</span>
        <strong>{format.bitrate(totalBitrate(draft))}</strong>
      </p>
      <p className="field__description">{t('service.preset.note', { size: largestOf(kind) })}</p>
    </div>
  );
}

function Layer(props: {
  readonly row: LayerRow;
  readonly number: number;
  readonly faults: Partial<Record<LayerField, string>>;
  readonly onChange: (patch: Partial<LayerRow>) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { row, number, faults, onChange } = props;
  const { t } = useTranslation();
  return (
    <div
      className="row-list__row row-list__row--layer"
      role="group"
      aria-label={t('service.preset.layer', { number })}
    >
      <TextField
        label={t('settings.ladder.width')}
        isLabelHidden={number > 1}
        inputMode="numeric"
        value={row.width}
        onChange={(width) => onChange({ width })}
        error={faults.width}
      />
      <TextField
        label={t('settings.ladder.height')}
        isLabelHidden={number > 1}
        inputMode="numeric"
        value={row.height}
        onChange={(height) => onChange({ height })}
        error={faults.height}
      />
      <TextField
        label={t('settings.ladder.bitrate')}
        isLabelHidden={number > 1}
        inputMode="decimal"
        suffix="kbit/s"
        value={row.kbps}
        onChange={(kbps) => onChange({ kbps })}
        error={faults.kbps}
      />
      <IconButton icon="trash" label={t('settings.ladder.removeLayer', { number })} onPress={props.onRemove} />
    </div>
  );
}

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { CustomLadder } from '../../../src-main/shared/api/ladder.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import {
  AUDIO_KBPS,
  draftOf,
  FIRST_DRAFT,
  FRAME_RATES,
  type LadderFault,
  type LayerDraft,
  ladderOf,
  MOST_LAYERS,
} from './ladder-model.ts';

/** One's own ladder. What is not right is said at its field before anything is sent. */
export function LadderEditor(props: {
  readonly ladder: CustomLadder | undefined;
  readonly onSave: (ladder: CustomLadder) => Promise<void>;
}): ReactNode {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => (props.ladder === undefined ? FIRST_DRAFT : draftOf(props.ladder)));
  const [isChecked, setChecked] = useState(false);
  const [isSaving, setSaving] = useState(false);
  const result = ladderOf(draft);
  const faults = isChecked && !result.ok ? result.faults : [];
  const { layers } = draft;

  function changeLayer(index: number, patch: Partial<LayerDraft>): void {
    setDraft({ ...draft, layers: layers.map((layer, at) => (at === index ? { ...layer, ...patch } : layer)) });
  }

  async function save(): Promise<void> {
    setChecked(true);
    if (result.ok) {
      setSaving(true);
      await props.onSave(result.ladder);
      setSaving(false);
    }
  }

  const whole = faults.find((fault) => fault.field === 'ladder');
  return (
    <div className="ladder-editor">
      <div className="ladder-editor__layers">
        {layers.map((layer, index) => (
          // Rows have nothing but their place to be told apart by.
          <Layer
            key={index}
            number={index + 1}
            layer={layer}
            faults={faults.filter((fault) => fault.layer === index)}
            onChange={(patch) => changeLayer(index, patch)}
            onRemove={() => setDraft({ ...draft, layers: layers.filter((_, at) => at !== index) })}
          />
        ))}
        {layers.length === 0 && <p className="form__note">{t('settings.ladder.soundOnlyNote')}</p>}
      </div>
      {whole !== undefined && (
        <p className="field__error" role="alert">
          {t(`settings.ladder.fault.${whole.kind}`)}
        </p>
      )}
      <div>
        <Button
          size="small"
          icon="plus"
          isDisabled={layers.length >= MOST_LAYERS}
          onPress={() => setDraft({ ...draft, layers: [...layers, { width: '426', height: '240', kbps: '400' }] })}
        >
          {t('settings.ladder.addLayer')}
        </Button>
      </div>
      <div className="form__row">
        <Select
          label={t('settings.ladder.frameRate')}
          value={draft.frameRate}
          choices={FRAME_RATES.map((rate) => ({ value: String(rate), label: String(rate) }))}
          onChange={(frameRate) => setDraft({ ...draft, frameRate })}
        />
        <Select
          label={t('settings.ladder.audio')}
          value={draft.audioKbps}
          choices={AUDIO_KBPS.map((kbps) => ({ value: String(kbps), label: `${kbps} kbit/s` }))}
          onChange={(audioKbps) => setDraft({ ...draft, audioKbps })}
        />
      </div>
      <div>
        <Button tone="primary" isPending={isSaving} onPress={() => void save()}>
          {t('settings.ladder.save')}
        </Button>
      </div>
    </div>
  );
}

function Layer(props: {
  readonly number: number;
  readonly layer: LayerDraft;
  readonly faults: readonly LadderFault[];
  readonly onChange: (patch: Partial<LayerDraft>) => void;
  readonly onRemove: () => void;
}): ReactNode {
  const { number, layer, faults, onChange } = props;
  const { t } = useTranslation();
  const faultOf = (field: keyof LayerDraft): string | undefined => {
    const fault = faults.find((candidate) => candidate.field === field);
    return fault === undefined ? undefined : t(`settings.ladder.fault.${fault.kind}`);
  };
  return (
    <div className="ladder-editor__layer" role="group" aria-label={t('settings.ladder.layer', { number })}>
      <TextField
        label={t('settings.ladder.width')}
        inputMode="numeric"
        suffix="px"
        value={layer.width}
        onChange={(width) => onChange({ width })}
        error={faultOf('width')}
      />
      <TextField
        label={t('settings.ladder.height')}
        inputMode="numeric"
        suffix="px"
        value={layer.height}
        onChange={(height) => onChange({ height })}
        error={faultOf('height')}
      />
      <TextField
        label={t('settings.ladder.bitrate')}
        inputMode="decimal"
        suffix="kbit/s"
        value={layer.kbps}
        onChange={(kbps) => onChange({ kbps })}
        error={faultOf('kbps')}
      />
      <IconButton icon="trash" label={t('settings.ladder.removeLayer', { number })} onPress={props.onRemove} />
    </div>
  );
}

import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from '../../ui/button.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import {
  MOST_TRACK_KEYS,
  type ProtectionDraft,
  protectionFaults,
  type TrackKeyRow,
} from './streaming-policy-draft.ts';

export type ProtectionProps = {
  readonly draft: ProtectionDraft;
  readonly change: (part: Partial<ProtectionDraft>) => void;
  /** What the service has against a field of the protection. */
  readonly refused: (field: string) => string | undefined;
  /** Who gets keys, to choose from. */
  readonly keyPolicies: readonly string[];
};

/** That nothing of its own is said of this key. */
const AS_ALL = '';

/** What few say of the keys of a protection: from where, how long each is good, and for which tracks. */
export function ProtectionKeys({ draft, change, refused, keyPolicies }: ProtectionProps): ReactNode {
  const { t } = useTranslation();
  const { protection, clearKey } = draft;
  const faults = protectionFaults(draft);
  const typed = [draft.keyUrl, draft.rotation, draft.clearTracks, draft.keyLabel, draft.keyPolicy];
  const said = (key: 'rotation' | 'clearTracks' | 'trackKeys'): string | undefined => {
    const fault = faults[key];
    return fault === undefined ? undefined : t(`policies.streaming.fault.${fault}`);
  };
  const errors = {
    keyUrl: refused('customKeyAcquisitionUrlTemplate') ?? refused('clearKeyEncryptionConfiguration'),
    rotation: refused('keyRotation') ?? said('rotation'),
    clearTracks: refused('clearTracks') ?? said('clearTracks'),
    defaultKey: refused('contentKeys.defaultKey'),
    contentKeys: refused('contentKeys') ?? said('trackKeys'),
  };
  return (
    <Fold
      title={t('policies.streaming.more')}
      mustBeOpen={Object.values(errors).some((error) => error !== undefined)}
      isOpenAtFirst={typed.some((text) => text !== '') || draft.trackKeys.length > 0}
    >
      {(protection === 'envelope' || clearKey) && (
        <TextField
          label={t(protection === 'envelope' ? 'policies.streaming.keyUrl' : 'policies.streaming.clearKeyUrl')}
          type="url"
          value={draft.keyUrl}
          onChange={(keyUrl) => change({ keyUrl })}
          placeholder="Lectern"
          description={t('policies.streaming.keyUrlDescription')}
          error={errors.keyUrl}
        />
      )}
      <TextField
        label={t('policies.streaming.rotation')}
        value={draft.rotation}
        onChange={(rotation) => change({ rotation })}
        inputMode="decimal"
        suffix="s"
        description={t('policies.streaming.rotationDescription')}
        error={errors.rotation}
      />
      <TextField
        label={t('policies.streaming.clearTracks')}
        value={draft.clearTracks}
        onChange={(clearTracks) => change({ clearTracks })}
        description={t('policies.streaming.clearTracksDescription')}
        error={errors.clearTracks}
      />
      <div className="form__row form__row--wide">
        <KeyPolicySelect
          label={t('policies.streaming.ownKeyPolicy')}
          value={draft.keyPolicy}
          onChange={(keyPolicy) => change({ keyPolicy })}
          names={keyPolicies}
        />
        <TextField
          label={t('policies.streaming.keyLabel')}
          value={draft.keyLabel}
          onChange={(keyLabel) => change({ keyLabel })}
          error={errors.defaultKey}
        />
      </div>
      <TrackKeys
        rows={draft.trackKeys}
        onChange={(trackKeys) => change({ trackKeys })}
        names={keyPolicies}
        error={errors.defaultKey === undefined ? errors.contentKeys : undefined}
      />
    </Fold>
  );
}

/** Keys that are for some tracks alone: another for sound, say. */
function TrackKeys(props: {
  readonly rows: readonly TrackKeyRow[];
  readonly onChange: (rows: readonly TrackKeyRow[]) => void;
  readonly names: readonly string[];
  readonly error: string | undefined;
}): ReactNode {
  const { rows, onChange, names, error } = props;
  const { t } = useTranslation();
  const id = useId();
  const change = (row: TrackKeyRow, part: Partial<TrackKeyRow>): void =>
    onChange(rows.map((other) => (other.id === row.id ? { ...other, ...part } : other)));
  return (
    <div className="row-list" role="group" aria-labelledby={id}>
      <span id={id} className="field__label">
        {t('policies.streaming.trackKeys')}
      </span>
      {rows.map((row, index) => (
        <div
          key={row.id}
          className="row-list__row row-list__row--track-key"
          role="group"
          aria-label={t('policies.streaming.trackKey', { number: index + 1 })}
        >
          <TextField
            label={t('policies.streaming.codecs')}
            isLabelHidden={index > 0}
            value={row.codecs}
            onChange={(codecs) => change(row, { codecs })}
            placeholder="mp4a, ec-3"
            autoFocus={row.codecs === ''}
          />
          <TextField
            label={t('policies.streaming.keyLabel')}
            isLabelHidden={index > 0}
            value={row.label}
            onChange={(label) => change(row, { label })}
          />
          <KeyPolicySelect
            label={t('policies.streaming.ownKeyPolicy')}
            isLabelHidden={index > 0}
            value={row.keyPolicy}
            onChange={(keyPolicy) => change(row, { keyPolicy })}
            names={names}
          />
          <IconButton
            icon="trash"
            label={t('policies.streaming.removeTrackKey', { number: index + 1 })}
            onPress={() => onChange(rows.filter((other) => other.id !== row.id))}
          />
        </div>
      ))}
      {error !== undefined && <p className="field__error">{error}</p>}
      {rows.length < MOST_TRACK_KEYS && (
        <div>
          <Button
            size="small"
            icon="plus"
            onPress={() => {
              const next = Math.max(-1, ...rows.map((row) => row.id)) + 1;
              onChange([...rows, { id: next, codecs: '', label: '', keyPolicy: AS_ALL }]);
            }}
          >
            {t('policies.streaming.addTrackKey')}
          </Button>
        </div>
      )}
    </div>
  );
}

function KeyPolicySelect(props: {
  readonly label: string;
  readonly isLabelHidden?: boolean;
  readonly value: string;
  readonly onChange: (name: string) => void;
  readonly names: readonly string[];
}): ReactNode {
  const { t } = useTranslation();
  const { names, ...field } = props;
  return (
    <Select
      {...field}
      choices={[
        { value: AS_ALL, label: t('policies.streaming.asAll') },
        ...names.map((name) => ({ value: name, label: name })),
      ]}
    />
  );
}

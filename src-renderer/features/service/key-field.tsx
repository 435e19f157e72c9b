import type { ReactNode } from 'react';
import { FileTrigger } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useAction } from '../../stores/use-action.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Select, TextAreaField, TextField } from '../../ui/field.tsx';
import { fromSource, type KeyDraft, type KeyFault, type KeySource, newSecret } from './key-draft.ts';
import { pemOfFile } from './pem.ts';
import { ProblemBanner } from './problem-banner.tsx';

/** What is read of a file; no key or certificate is as long, and what is cut off is told as unreadable. */
const MOST_FILE_BYTES = 65_536;

/** One key that tokens are checked with: where it comes from, and itself where it is public or new. */
export function KeyField(props: {
  readonly label: string;
  readonly value: KeyDraft;
  readonly onChange: (key: KeyDraft) => void;
  readonly fault: KeyFault | undefined;
  readonly refused: string | undefined;
  /** Whether tokens may do without it. */
  readonly isOptional: boolean;
  readonly isSecretOnly: boolean;
  /** Of one that can go, and what its button is called. */
  readonly remove?: { readonly label: string; readonly onPress: () => void } | undefined;
}): ReactNode {
  const { label, value, onChange, fault, refused, remove } = props;
  const { t } = useTranslation();
  const action = useAction();
  // What is still to be given is not yet wrong.
  const error =
    refused ?? (fault === undefined || fault === 'empty' ? undefined : t(`policies.key.fault.${fault}`));
  const isOfSource = value.source === 'typed' || value.source === 'pem';
  const sources: readonly KeySource[] = [
    ...(value.before === undefined ? [] : ['kept' as const]),
    'made',
    'typed',
    ...(props.isSecretOnly && value.source !== 'pem' ? [] : ['pem' as const]),
    ...(props.isOptional || value.source === 'none' ? ['none' as const] : []),
  ];

  async function read(file: File): Promise<void> {
    const bytes = new Uint8Array(await file.slice(0, MOST_FILE_BYTES).arrayBuffer());
    onChange({ ...value, pem: pemOfFile(bytes) });
  }

  return (
    <div className="key-field" role="group" aria-label={label}>
      <div className="row-list__row row-list__row--key">
        <Select
          label={label}
          value={value.source}
          onChange={(source) => onChange(fromSource(value, source))}
          choices={sources.map((source) => ({
            value: source,
            label:
              source === 'kept' && value.before !== undefined
                ? t(`policies.key.kept.${value.before}`)
                : t(`policies.key.source.${source}`),
          }))}
          error={isOfSource ? undefined : error}
        />
        {remove !== undefined && <IconButton icon="trash" label={remove.label} onPress={remove.onPress} />}
      </div>
      {value.source === 'made' && (
        <div className="service__secret">
          <CopyField label={t('policies.keys.secret')} text={value.made} />
          <p className="field__description">{t('policies.keys.secretNote')}</p>
          <Button size="small" icon="refresh" onPress={() => onChange({ ...value, made: newSecret() })}>
            {t('policies.keys.another')}
          </Button>
        </div>
      )}
      {value.source === 'typed' && (
        <TextField
          label={t('policies.key.typed')}
          type="password"
          value={value.typed}
          onChange={(typed) => onChange({ ...value, typed })}
          description={t('policies.key.typedDescription')}
          error={error}
        />
      )}
      {value.source === 'pem' && (
        <div className="service__secret">
          <TextAreaField
            label={t('policies.key.pem')}
            rows={4}
            value={value.pem}
            onChange={(pem) => onChange({ ...value, pem })}
            placeholder="-----BEGIN PUBLIC KEY-----"
            description={t('policies.key.pemDescription')}
            error={error}
          />
          <FileTrigger
            onSelect={(files) => {
              const file = files?.item(0);
              if (file !== null && file !== undefined) {
                action.run('read', () => read(file));
              }
            }}
          >
            <Button size="small" icon="file" isPending={action.pending === 'read'}>
              {t('policies.key.file')}
            </Button>
          </FileTrigger>
          <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
        </div>
      )}
    </div>
  );
}

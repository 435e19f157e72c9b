import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMirror, useStores } from '../../stores/context.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { isComplete, type KeyPolicyDraft, keyPolicyOf, newKeyPolicy, newSecret } from './key-policy-draft.ts';
import { isResourceName, NameField } from './name-field.tsx';

const RESTRICTION = 'options.0.restriction';
const FIELDS = ['issuer', 'audience', 'restrictionTokenType'].map((field) => `${RESTRICTION}.${field}`);

/** Who gets keys: its secret is made here, shown while the form is open, and never comes back. */
export function KeyPolicyDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { keyPolicies } = useStores();
  const taken = useMirror(keyPolicies).items.map((policy) => policy.name);
  const [typedName, setName] = useState('');
  const [draft, setDraft] = useState(newKeyPolicy);
  const name = typedName.trim();
  // Another of that name would be replaced, unasked.
  const isTaken = taken.includes(name) || isPageKeyPolicy({ name });
  const change = (part: Partial<KeyPolicyDraft>): void => setDraft({ ...draft, ...part });
  const submission = useSubmit({
    fields: ['name', ...FIELDS],
    onDone: onClose,
    send: () => keyPolicies.add(name, keyPolicyOf(name, draft)),
  });
  const { faultOf } = submission;

  return (
    <FormDialog
      title={t('policies.keys.createTitle')}
      confirmLabel={t('service.create.confirm')}
      isReady={isResourceName(name) && !isTaken && isComplete(draft)}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      <NameField
        name={typedName}
        onChange={setName}
        fault={faultOf('name') ?? (isTaken ? t('policies.taken') : undefined)}
      />
      <Select
        label={t('policies.keys.who')}
        value={draft.restriction}
        onChange={(restriction) => change({ restriction })}
        choices={(['Token', 'Open'] as const).map((value) => ({
          value,
          label: t(value === 'Open' ? 'policies.keys.everyone' : 'policies.keys.tokenOnly'),
        }))}
      />
      {draft.restriction === 'Token' && (
        <>
          <div className="form__row form__row--wide">
            <TextField
              label={t('policies.keys.issuer')}
              value={draft.issuer}
              onChange={(issuer) => change({ issuer })}
              placeholder="https://members.example.org"
              description={t('policies.keys.issuerDescription')}
              error={faultOf(`${RESTRICTION}.issuer`)}
            />
            <TextField
              label={t('policies.keys.audience')}
              value={draft.audience}
              onChange={(audience) => change({ audience })}
              placeholder="lectern"
              description={t('policies.keys.audienceDescription')}
              error={faultOf(`${RESTRICTION}.audience`)}
            />
          </div>
          <div className="service__secret">
            <CopyField label={t('policies.keys.secret')} text={draft.secret} />
            <p className="field__description">{t('policies.keys.secretNote')}</p>
            <Button size="small" icon="refresh" onPress={() => change({ secret: newSecret() })}>
              {t('policies.keys.another')}
            </Button>
          </div>
          <Fold
            title={t('service.create.more')}
            mustBeOpen={faultOf(`${RESTRICTION}.restrictionTokenType`) !== undefined}
          >
            <Select
              label={t('policies.keys.tokenType')}
              value={draft.tokenType}
              onChange={(tokenType) => change({ tokenType })}
              choices={(['Jwt', 'Swt'] as const).map((value) => ({
                value,
                label: t(`policies.keys.tokenTypes.${value}`),
              }))}
              error={faultOf(`${RESTRICTION}.restrictionTokenType`)}
            />
          </Fold>
        </>
      )}
    </FormDialog>
  );
}

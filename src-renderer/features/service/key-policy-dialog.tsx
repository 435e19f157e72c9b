import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ContentKeyPolicy } from '../../../src-main/shared/api/content-key-policies.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { TextField } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FormSection } from './form-section.tsx';
import { KeyOptionForm } from './key-option-form.tsx';
import {
  areOptionsChanged,
  isComplete,
  keyPolicyDraftOf,
  keyPolicyOf,
  keyPolicyPatch,
  MOST_OPTIONS,
  newKeyPolicy,
  newOption,
  type OptionDraft,
  optionFaults,
} from './key-policy-draft.ts';
import { NewNameField, useNewName } from './name-field.tsx';

/** Fields of an option's restriction that show their own faults. */
const FIELDS = [
  'issuer',
  'audience',
  'restrictionTokenType',
  'openIdConnectDiscoveryDocument',
  'requiredClaims',
  'primaryVerificationKey',
  'alternateVerificationKeys',
] as const;

/** Who gets keys. A secret that is made here is shown while the form is open, and never comes back. */
export function KeyPolicyDialog(props: {
  readonly policy: ContentKeyPolicy | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { onClose } = props;
  // As it was opened, whatever somebody else does to it meanwhile.
  const [policy] = useState(props.policy);
  const { t } = useTranslation();
  const { keyPolicies } = useStores();
  const taken = useMirror(keyPolicies).items.map((other) => other.name);
  const newName = useNewName({
    known: policy?.name,
    isTaken: (name) => taken.includes(name) || isPageKeyPolicy({ name }),
  });
  const [draft, setDraft] = useState(() => (policy === undefined ? newKeyPolicy() : keyPolicyDraftOf(policy)));
  const { name } = newName;
  const { options } = draft;
  const mustBeSent = areOptionsChanged(draft, policy);
  const submission = useSubmit({
    fields: [
      'name',
      'description',
      ...options.flatMap((_option, index) => FIELDS.map((field) => `${restrictionAt(index)}.${field}`)),
    ],
    onDone: onClose,
    send: () =>
      policy === undefined
        ? keyPolicies.add(name, keyPolicyOf(name, draft))
        : keyPolicies.change(name, keyPolicyPatch(policy, draft)),
  });
  const { faultOf } = submission;
  const setOptions = (changed: readonly OptionDraft[]): void => setDraft({ ...draft, options: changed });

  const form = (option: OptionDraft, index: number): ReactNode => (
    <KeyOptionForm
      key={option.id}
      option={option}
      change={(part) => setOptions(options.with(index, { ...option, ...part }))}
      faults={optionFaults(option, mustBeSent)}
      refused={(field) => faultOf(`${restrictionAt(index)}.${field}`)}
    />
  );

  return (
    <FormDialog
      title={policy === undefined ? t('policies.keys.createTitle') : t('policies.keys.editTitle', { name })}
      confirmLabel={t(policy === undefined ? 'service.create.confirm' : 'service.edit.save')}
      isReady={newName.isReady && isComplete(draft, policy)}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      {policy === undefined && <NewNameField of={newName} refused={faultOf('name')} />}
      <TextField
        label={t('service.create.description')}
        value={draft.description}
        onChange={(description) => setDraft({ ...draft, description })}
        error={faultOf('description')}
      />
      {options.length === 1
        ? options.map(form)
        : options.map((option, index) => (
            <FormSection key={option.id} title={t('policies.keys.way', { number: index + 1 })}>
              {form(option, index)}
              <div>
                <Button
                  size="small"
                  icon="trash"
                  onPress={() => setOptions(options.filter(({ id }) => id !== option.id))}
                >
                  {t('policies.keys.removeWay', { number: index + 1 })}
                </Button>
              </div>
            </FormSection>
          ))}
      {options.length < MOST_OPTIONS && (
        <div>
          <Button
            size="small"
            icon="plus"
            onPress={() => setOptions([...options, newOption(Math.max(...options.map(({ id }) => id)) + 1)])}
          >
            {t('policies.keys.addWay')}
          </Button>
        </div>
      )}
    </FormDialog>
  );
}

function restrictionAt(index: number): string {
  return `options.${index}.restriction`;
}

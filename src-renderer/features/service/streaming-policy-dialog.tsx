import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMirror, useStores } from '../../stores/context.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Button } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { FormSection } from './form-section.tsx';
import { NewNameField, useNewName } from './name-field.tsx';
import { ProtectionForm } from './protection-form.tsx';
import {
  FIRST_POLICY,
  isComplete,
  newProtection,
  PROTECTIONS,
  type ProtectionDraft,
  policyOf,
  SECTIONS,
  type StreamingPolicyDraft,
} from './streaming-policy-draft.ts';

/** That whoever publishes something says who gets its keys. */
const SAID_LATER = '';

/** A streaming policy. It cannot be changed afterwards; another can begin as one that is there. */
export function StreamingPolicyDialog(props: {
  readonly from: StreamingPolicyDraft | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { onClose } = props;
  const { t } = useTranslation();
  const { streamingPolicies, keyPolicies } = useStores();
  const taken = useMirror(streamingPolicies).items.map((policy) => policy.name);
  const known = useMirror(keyPolicies).items.filter((policy) => !isPageKeyPolicy(policy));
  const newName = useNewName({ known: undefined, isTaken: (name) => taken.includes(name) });
  const [draft, setDraft] = useState(props.from ?? FIRST_POLICY);
  const { protections, keyPolicy } = draft;
  const left = PROTECTIONS.filter((one) => protections.every(({ protection }) => protection !== one));
  const names = known.map(({ name }) => name);
  const submission = useSubmit({
    fields: ['name', 'defaultContentKeyPolicyName', ...protections.map(({ protection }) => SECTIONS[protection])],
    onDone: onClose,
    send: () => streamingPolicies.add(newName.name, policyOf(draft)),
  });
  const { faultOf } = submission;
  const setProtections = (changed: readonly ProtectionDraft[]): void =>
    setDraft({ ...draft, protections: changed });

  const form = (one: ProtectionDraft, index: number): ReactNode => (
    <ProtectionForm
      key={one.id}
      draft={one}
      change={(part) => setProtections(protections.with(index, { ...one, ...part }))}
      refused={(field) => faultOf(`${SECTIONS[one.protection]}.${field}`)}
      protections={PROTECTIONS.filter((value) => value === one.protection || left.includes(value))}
      keyPolicies={names}
    />
  );

  return (
    <FormDialog
      title={t('policies.streaming.createTitle')}
      confirmLabel={t('service.create.confirm')}
      isReady={newName.isReady && isComplete(draft)}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      <NewNameField of={newName} refused={faultOf('name')} />
      {protections.length === 1
        ? protections.map(form)
        : protections.map((one, index) => (
            <FormSection key={one.id} title={t('policies.streaming.part', { number: index + 1 })}>
              {form(one, index)}
              <div>
                <Button
                  size="small"
                  icon="trash"
                  onPress={() => setProtections(protections.filter(({ id }) => id !== one.id))}
                >
                  {t('policies.streaming.removePart', { number: index + 1 })}
                </Button>
              </div>
            </FormSection>
          ))}
      {left[0] !== undefined && (
        <div>
          <Button
            size="small"
            icon="plus"
            onPress={() => {
              const next = Math.max(...protections.map(({ id }) => id)) + 1;
              setProtections([...protections, newProtection(next, left[0] ?? 'none')]);
            }}
          >
            {t('policies.streaming.addPart')}
          </Button>
        </div>
      )}
      {protections.some(({ protection }) => protection !== 'none') && (
        <Select
          label={t('service.locators.keys')}
          value={keyPolicy}
          onChange={(chosen) => setDraft({ ...draft, keyPolicy: chosen })}
          choices={[
            { value: SAID_LATER, label: t('policies.streaming.saidLater') },
            ...names.map((name) => ({ value: name, label: name })),
          ]}
          description={t('policies.streaming.keysDescription')}
          error={faultOf('defaultContentKeyPolicyName')}
        />
      )}
      <p className="form__note">{t('policies.streaming.fixed')}</p>
    </FormDialog>
  );
}

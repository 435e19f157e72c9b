import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMirror, useStores } from '../../stores/context.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Checkbox, Select } from '../../ui/field.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { isResourceName, NameField } from './name-field.tsx';
import { PROTOCOL_NAMES } from './policies.ts';
import {
  chosenProtocols,
  FIRST_POLICY,
  type PolicyProtocol,
  PROTECTIONS,
  PROTOCOLS,
  policyOf,
  SECTIONS,
  type StreamingPolicyDraft,
} from './streaming-policy-draft.ts';

/** That whoever publishes something says who gets its keys. */
const SAID_LATER = '';

/** A streaming policy. It cannot be changed afterwards. */
export function StreamingPolicyDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { streamingPolicies, keyPolicies } = useStores();
  const taken = useMirror(streamingPolicies).items.map((policy) => policy.name);
  const known = useMirror(keyPolicies).items.filter((policy) => !isPageKeyPolicy(policy));
  const [typedName, setName] = useState('');
  const [draft, setDraft] = useState(FIRST_POLICY);
  const name = typedName.trim();
  const isTaken = taken.includes(name);
  const chosen = chosenProtocols(draft);
  const change = (part: Partial<StreamingPolicyDraft>): void => setDraft({ ...draft, ...part });
  const section = SECTIONS[draft.protection];
  const submission = useSubmit({
    fields: ['name', section, 'defaultContentKeyPolicyName'],
    onDone: onClose,
    send: () => streamingPolicies.add(name, policyOf(draft)),
  });
  const { faultOf } = submission;
  const protocolFault = faultOf(section) ?? (chosen.length === 0 ? t('policies.streaming.nothing') : undefined);

  function choose(protocol: PolicyProtocol, isChosen: boolean): void {
    const others = draft.protocols.filter((other) => other !== protocol);
    change({ protocols: isChosen ? [...others, protocol] : others });
  }

  return (
    <FormDialog
      title={t('policies.streaming.createTitle')}
      confirmLabel={t('service.create.confirm')}
      isReady={isResourceName(name) && !isTaken && chosen.length > 0}
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
        label={t('policies.streaming.protection')}
        value={draft.protection}
        onChange={(protection) => change({ protection })}
        choices={PROTECTIONS.map((value) => ({ value, label: t(`policies.streaming.protections.${value}`) }))}
        description={t(`policies.streaming.about.${draft.protection}`)}
      />
      <div
        className="field"
        role="group"
        aria-labelledby="policy-protocols"
        {...(protocolFault === undefined ? {} : { 'aria-describedby': 'policy-protocols-fault' })}
      >
        <span id="policy-protocols" className="field__label">
          {t('policies.streaming.protocols')}
        </span>
        <div className="service__protocols">
          {PROTOCOLS[draft.protection].map((protocol) => (
            <Checkbox
              key={protocol}
              isSelected={chosen.includes(protocol)}
              onChange={(isChosen) => choose(protocol, isChosen)}
            >
              {protocol === 'download' ? t('policies.streaming.download') : PROTOCOL_NAMES[protocol]}
            </Checkbox>
          ))}
        </div>
        {protocolFault !== undefined && (
          <p id="policy-protocols-fault" className="field__error">
            {protocolFault}
          </p>
        )}
      </div>
      {draft.protection !== 'none' && (
        <Select
          label={t('service.locators.keys')}
          value={draft.keyPolicy}
          onChange={(keyPolicy) => change({ keyPolicy })}
          choices={[
            { value: SAID_LATER, label: t('policies.streaming.saidLater') },
            ...known.map((policy) => ({ value: policy.name, label: policy.name })),
          ]}
          description={t('policies.streaming.keysDescription')}
          error={faultOf('defaultContentKeyPolicyName')}
        />
      )}
      <p className="form__note">{t('policies.streaming.fixed')}</p>
    </FormDialog>
  );
}

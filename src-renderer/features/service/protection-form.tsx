import { type ReactNode, useId } from 'react';
import { useTranslation } from 'react-i18next';
import { Checkbox, Select, TextField } from '../../ui/field.tsx';
import { PROTOCOL_NAMES, SYSTEM_NAMES } from './policies.ts';
import { ProtectionKeys, type ProtectionProps } from './protection-keys.tsx';
import {
  chosenProtocols,
  chosenSystems,
  type DrmSystem,
  type PolicyProtection,
  PROTOCOLS,
  protectionFaults,
  SYSTEMS,
} from './streaming-policy-draft.ts';

/** One protection: what it is, for which protocols, and where players get keys for it. */
export function ProtectionForm(
  props: ProtectionProps & {
    /** Those that no other part of the policy has. */
    readonly protections: readonly PolicyProtection[];
  },
): ReactNode {
  const { t } = useTranslation();
  const { draft, change, refused } = props;
  const { protection } = draft;
  const chosen = chosenProtocols(draft);
  const { protocols: fault } = protectionFaults(draft);
  return (
    <>
      <Select
        label={t('policies.streaming.protection')}
        value={protection}
        onChange={(value) => change({ protection: value })}
        choices={props.protections.map((value) => ({
          value,
          label: t(`policies.streaming.protections.${value}`),
        }))}
        description={t(`policies.streaming.about.${protection}`)}
      />
      <Checkboxes
        label={t('policies.streaming.protocols')}
        fault={
          refused('enabledProtocols') ?? (fault === undefined ? undefined : t(`policies.streaming.fault.${fault}`))
        }
      >
        {PROTOCOLS[protection].map((protocol) => (
          <Checkbox
            key={protocol}
            isSelected={chosen.includes(protocol)}
            onChange={(isChosen) => change({ protocols: toggled(draft.protocols, protocol, isChosen) })}
          >
            {protocol === 'download' ? t('policies.streaming.download') : PROTOCOL_NAMES[protocol]}
          </Checkbox>
        ))}
      </Checkboxes>
      {(protection === 'cenc' || protection === 'cbcs') && <Licences {...props} />}
      {protection !== 'none' && <ProtectionKeys {...props} />}
    </>
  );
}

/** Which licences players are told of, and from where. */
function Licences({ draft, change, refused }: ProtectionProps): ReactNode {
  const { t } = useTranslation();
  const systems = chosenSystems(draft);
  const isNone = !draft.clearKey && systems.length === 0;
  return (
    <>
      <Checkboxes
        label={t('policies.streaming.licences')}
        note={t(isNone ? 'policies.streaming.noLicences' : 'policies.streaming.licencesAbout')}
      >
        <Checkbox isSelected={draft.clearKey} onChange={(clearKey) => change({ clearKey })}>
          Clear Key
        </Checkbox>
        {SYSTEMS[draft.protection].map((system) => (
          <Checkbox
            key={system}
            isSelected={systems.includes(system)}
            onChange={(isChosen) => change({ systems: toggled(draft.systems, system, isChosen) })}
          >
            {SYSTEM_NAMES[system]}
          </Checkbox>
        ))}
      </Checkboxes>
      {systems.map((system) => (
        <LicenceServer key={system} system={system} draft={draft} change={change} refused={refused} />
      ))}
    </>
  );
}

function LicenceServer({
  system,
  draft,
  change,
  refused,
}: Omit<ProtectionProps, 'keyPolicies'> & { readonly system: DrmSystem }): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <TextField
        label={t('policies.streaming.licenceUrl', { system: SYSTEM_NAMES[system] })}
        type="url"
        value={draft.urls[system]}
        onChange={(url) => change({ urls: { ...draft.urls, [system]: url } })}
        placeholder={system === 'fairPlay' ? 'skd://…/{ContentKeyId}' : 'https://…/{ContentKeyId}'}
        description={t('policies.streaming.licenceUrlDescription')}
        error={refused(`drm.${system}.customLicenseAcquisitionUrlTemplate`)}
      />
      {system === 'playReady' && (
        <TextField
          label={t('policies.streaming.playReadyAttributes')}
          value={draft.playReadyAttributes}
          onChange={(playReadyAttributes) => change({ playReadyAttributes })}
          error={refused('drm.playReady.playReadyCustomAttributes')}
        />
      )}
      {system === 'fairPlay' && (
        <Checkbox isSelected={draft.isPersistent} onChange={(isPersistent) => change({ isPersistent })}>
          {t('policies.streaming.persistent')}
        </Checkbox>
      )}
    </>
  );
}

/** Boxes under one label, with what is wrong or to be known of all of them. */
function Checkboxes(props: {
  readonly label: string;
  readonly note?: string;
  readonly fault?: string | undefined;
  readonly children: ReactNode;
}): ReactNode {
  const { label, note, fault } = props;
  const id = useId();
  const isDescribed = fault !== undefined || note !== undefined;
  return (
    <div
      className="field"
      role="group"
      aria-labelledby={id}
      {...(isDescribed ? { 'aria-describedby': `${id}-about` } : {})}
    >
      <span id={id} className="field__label">
        {label}
      </span>
      <div className="service__protocols">{props.children}</div>
      {isDescribed && (
        <p id={`${id}-about`} className={fault === undefined ? 'field__description' : 'field__error'}>
          {fault ?? note}
        </p>
      )}
    </div>
  );
}

function toggled<T>(chosen: readonly T[], one: T, isChosen: boolean): readonly T[] {
  const others = chosen.filter((other) => other !== one);
  return isChosen ? [...others, one] : others;
}

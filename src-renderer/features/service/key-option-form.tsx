import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Button } from '../../ui/button.tsx';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { type KeyDraft, newKey } from './key-draft.ts';
import { KeyField } from './key-field.tsx';
import {
  canRemoveAlternate,
  MOST_ALTERNATES,
  MOST_CLAIMS,
  type OptionDraft,
  type OptionFaults,
} from './key-policy-draft.ts';
import { PairRows } from './pair-rows.tsx';

type Props = {
  readonly option: OptionDraft;
  readonly change: (part: Partial<OptionDraft>) => void;
  readonly faults: OptionFaults;
  /** What the service has against a field of the restriction. */
  readonly refused: (field: string) => string | undefined;
};

/** One way to be let in: everyone, or who shows a token, and how tokens are checked. */
export function KeyOptionForm({ option, change, faults, refused }: Props): ReactNode {
  const { t } = useTranslation();
  const { before, restriction } = option;

  function restrict(chosen: OptionDraft['restriction']): void {
    const hasKeys = option.primary.source !== 'none' || option.openId !== '';
    change({ restriction: chosen, ...(chosen === 'Open' || hasKeys ? {} : { primary: newKey(0) }) });
  }

  return (
    <>
      {before !== undefined && before.configuration.kind !== 'ClearKey' && (
        <p className="form__note">
          {t('policies.keys.licences', { system: before.configuration.kind })}
          {faults.licences !== undefined && ` ${t('policies.key.fault.nameless')}`}
        </p>
      )}
      <Select
        label={t('policies.keys.who')}
        value={restriction}
        onChange={restrict}
        choices={(['Token', 'Open'] as const).map((value) => ({
          value,
          label: t(value === 'Open' ? 'policies.keys.everyone' : 'policies.keys.tokenOnly'),
        }))}
      />
      {restriction === 'Token' && (
        <TokenFields option={option} change={change} faults={faults} refused={refused} />
      )}
    </>
  );
}

function TokenFields({ option, change, faults, refused }: Props): ReactNode {
  const { t } = useTranslation();
  const { primary, alternates, tokenType, openId, claims } = option;
  const replaced = (key: KeyDraft): readonly KeyDraft[] =>
    alternates.map((other) => (other.id === key.id ? key : other));
  const openIdFault =
    refused('openIdConnectDiscoveryDocument') ??
    (faults.openId === undefined ? undefined : t('policies.keys.openIdFault'));
  const claimFault = refused('requiredClaims') ?? (faults.claims && t('policies.keys.claims.fault'));
  const isFoldWrong =
    [openIdFault, claimFault, refused('restrictionTokenType'), refused('alternateVerificationKeys')].some(
      (fault) => fault !== undefined,
    ) || faults.alternates.some((fault) => fault !== undefined && fault !== 'empty');
  return (
    <>
      <div className="form__row form__row--wide">
        <TextField
          label={t('policies.keys.issuer')}
          value={option.issuer}
          onChange={(issuer) => change({ issuer })}
          placeholder="https://members.example.org"
          description={t('policies.keys.issuerDescription')}
          error={refused('issuer')}
        />
        <TextField
          label={t('policies.keys.audience')}
          value={option.audience}
          onChange={(audience) => change({ audience })}
          placeholder="lectern"
          description={t('policies.keys.audienceDescription')}
          error={refused('audience')}
        />
      </div>
      <KeyField
        label={t('policies.key.primary')}
        value={primary}
        onChange={(key) => change({ primary: key })}
        fault={faults.primary}
        refused={refused('primaryVerificationKey')}
        isOptional={tokenType === 'Jwt' && openId.trim() !== ''}
        isSecretOnly={tokenType === 'Swt'}
      />
      <Fold
        title={t('service.create.more')}
        mustBeOpen={isFoldWrong}
        isOpenAtFirst={tokenType === 'Swt' || openId !== '' || claims.length + alternates.length > 0}
      >
        <Select
          label={t('policies.keys.tokenType')}
          value={tokenType}
          onChange={(chosen) => change({ tokenType: chosen })}
          choices={(['Jwt', 'Swt'] as const).map((value) => ({
            value,
            label: t(`policies.keys.tokenTypes.${value}`),
          }))}
          error={refused('restrictionTokenType')}
        />
        <TextField
          label={t('policies.keys.openId')}
          type="url"
          value={openId}
          onChange={(address) => change({ openId: address })}
          placeholder="https://login.example.org/.well-known/openid-configuration"
          description={t('policies.keys.openIdDescription')}
          error={openIdFault}
        />
        <PairRows
          words={{
            title: t('policies.keys.claims.title'),
            description: t('policies.keys.claims.about'),
            key: t('policies.keys.claims.type'),
            value: t('policies.keys.claims.value'),
            add: t('policies.keys.claims.add'),
            remove: (number) => t('policies.keys.claims.remove', { number }),
          }}
          rows={claims}
          onChange={(rows) => change({ claims: rows })}
          error={claimFault}
          most={MOST_CLAIMS}
        />
        <div className="row-list" role="group" aria-label={t('policies.key.alternates')}>
          <span className="field__label">{t('policies.key.alternates')}</span>
          <p className="field__description">{t('policies.key.alternatesAbout')}</p>
          {alternates.map((key, index) => (
            <KeyField
              key={key.id}
              label={t('policies.key.alternate', { number: index + 1 })}
              value={key}
              onChange={(changed) => change({ alternates: replaced(changed) })}
              fault={faults.alternates[index]}
              refused={refused(`alternateVerificationKeys.${index}`)}
              isOptional={false}
              isSecretOnly={tokenType === 'Swt'}
              remove={
                canRemoveAlternate(option, index)
                  ? {
                      label: t('policies.key.removeAlternate', { number: index + 1 }),
                      onPress: () => change({ alternates: alternates.filter(({ id }) => id !== key.id) }),
                    }
                  : undefined
              }
            />
          ))}
          {alternates.length < MOST_ALTERNATES && (
            <div>
              <Button
                size="small"
                icon="plus"
                onPress={() => {
                  const next = Math.max(-1, ...alternates.map(({ id }) => id)) + 1;
                  change({ alternates: [...alternates, newKey(next)] });
                }}
              >
                {t('policies.key.addAlternate')}
              </Button>
            </div>
          )}
        </div>
      </Fold>
    </>
  );
}

import { type ReactNode, useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import { guid, resourceName } from '../../../src-main/shared/api/common.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { isProtecting } from '../../stores/page-playback.ts';
import { OPEN_KEY_POLICY } from '../../stores/publishing-store.ts';
import { isSlate } from '../../stores/slates-store.ts';
import { useLoaded } from '../../stores/use-loaded.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Checkbox, Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { assetTitle } from './asset-title.ts';
import { isoOf } from './local-time.ts';
import { usualPolicy } from './policies.ts';
import { isPredefined, offerWords } from './policy-words.ts';
import { ProblemBanner } from './problem-banner.tsx';

const FIELDS = [
  'name',
  'assetName',
  'streamingPolicyName',
  'defaultContentKeyPolicyName',
  'streamingLocatorId',
  'startTime',
  'endTime',
  'filters',
] as const;

/** That the streaming policy says by itself who gets which key. */
const AS_POLICY_SAYS = '';

/** Publishes an asset. With an id of one's own the links are known beforehand, and are the same on another service. */
export function CreateLocatorDialog(props: {
  /** The asset that is meant, where the dialog was opened from one. */
  readonly asset?: string | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const { assets, locators, timers } = useStores();
  const { items } = useMirror(assets.list);
  const taken = useMirror(locators).items.map((locator) => locator.name);
  const offers = useLoaded(useCallback(() => locators.offers(), [locators]));
  const { policies = [], keyPolicies = [] } = offers.value ?? {};
  const choices = items.filter((asset) => !isSlate(asset));
  const [asset, setAsset] = useState(props.asset ?? choices[0]?.name ?? '');
  const [typedName, setTypedName] = useState<string>();
  const [policy, setPolicy] = useState<string>();
  const [typedKeyPolicy, setKeyPolicy] = useState<string>();
  const [typedFilters, setFilters] = useState<readonly string[]>([]);
  const [locatorId, setLocatorId] = useState('');
  const [start, setStart] = useState('');
  const [end, setEnd] = useState('');
  const [nowMs] = useState(timers.nowMs);
  const name = typedName ?? freshName(asset, taken);
  const offeredFilters = useLoaded(
    useCallback(async () => (asset === '' ? [] : await locators.filters(asset)), [locators, asset]),
  );
  const filters = (offeredFilters.value ?? []).filter((filter) => typedFilters.includes(filter));
  const chosenPolicy = policies.find((known) => known.name === policy) ?? usualPolicy(policies);
  const mayPolicySay = chosenPolicy !== undefined && !isPredefined(chosenPolicy);
  const keyChoices = [
    ...(mayPolicySay ? [{ value: AS_POLICY_SAYS, label: t('service.locators.keysOfPolicy') }] : []),
    { value: OPEN_KEY_POLICY, label: t('service.locators.keysOpen') },
    ...keyPolicies.map((value) => ({ value, label: value })),
  ];
  const keyPolicy =
    (keyChoices.find(({ value }) => value === typedKeyPolicy) ?? keyChoices[0])?.value ?? AS_POLICY_SAYS;
  const isEncrypted = chosenPolicy !== undefined && isProtecting(chosenPolicy);
  const [startTime, endTime] = [isoOf(start), isoOf(end)];
  const isNameGood = resourceName.safeParse(name).success;
  const isIdGood = locatorId === '' || guid.safeParse(locatorId).success;
  const isEndGood =
    endTime === undefined || Date.parse(endTime) > Math.max(nowMs, Date.parse(startTime ?? '') || 0);

  const submission = useSubmit({
    fields: FIELDS,
    onDone: props.onClose,
    async send() {
      if (chosenPolicy !== undefined) {
        await locators.add(name, {
          assetName: asset,
          streamingPolicyName: chosenPolicy.name,
          ...(isEncrypted && keyPolicy !== AS_POLICY_SAYS ? { defaultContentKeyPolicyName: keyPolicy } : {}),
          ...(filters.length === 0 ? {} : { filters: [...filters] }),
          ...(locatorId === '' ? {} : { streamingLocatorId: locatorId }),
          ...(startTime === undefined ? {} : { startTime }),
          ...(endTime === undefined ? {} : { endTime }),
        });
      }
    },
  });
  const { faultOf } = submission;

  return (
    <FormDialog
      title={t('service.locators.createTitle')}
      confirmLabel={t('service.locators.publish')}
      isReady={asset !== '' && chosenPolicy !== undefined && isNameGood && isIdGood && isEndGood}
      submission={submission}
      onClose={props.onClose}
      width="medium"
    >
      <Select
        label={t('service.locators.asset')}
        value={asset}
        onChange={setAsset}
        choices={choices.map((item) => ({ value: item.name, label: assetTitle(item), detail: assetDetail(item) }))}
        description={t('service.locators.assetDescription')}
        error={faultOf('assetName') ?? (choices.length === 0 ? t('service.locators.noAssets') : undefined)}
      />
      <ProblemBanner problem={offers.problem ?? offeredFilters.problem} />
      <Select
        label={t('service.locators.policy')}
        value={chosenPolicy?.name ?? ''}
        onChange={setPolicy}
        choices={policies.map((known) => ({
          value: known.name,
          label: t(`service.policy.${known.name}`, { defaultValue: known.name }),
          detail: offerWords(t, known),
        }))}
        description={chosenPolicy === undefined ? undefined : offerWords(t, chosenPolicy)}
        error={faultOf('streamingPolicyName')}
      />
      {isEncrypted && (
        <Select
          label={t('service.locators.keys')}
          value={keyPolicy}
          onChange={setKeyPolicy}
          choices={keyChoices}
          description={t('service.locators.keysDescription')}
          error={faultOf('defaultContentKeyPolicyName')}
        />
      )}
      {offeredFilters.value !== undefined && offeredFilters.value.length > 0 && (
        <div
          className="field"
          role="group"
          aria-labelledby="locator-filters"
          aria-describedby="locator-filters-note"
        >
          <span id="locator-filters" className="field__label">
            {t('service.locators.filters')}
          </span>
          <div className="form__row">
            {offeredFilters.value.map((filter) => (
              <Checkbox
                key={filter}
                isSelected={filters.includes(filter)}
                onChange={(isChosen) =>
                  setFilters((before) => (isChosen ? [...before, filter] : before.filter((one) => one !== filter)))
                }
              >
                {filter}
              </Checkbox>
            ))}
          </div>
          <p id="locator-filters-note" className="field__description">
            {faultOf('filters') ?? t('service.locators.filtersDescription')}
          </p>
        </div>
      )}
      <div className="form__row form__row--wide">
        <TextField
          label={t('service.locators.start')}
          type="datetime-local"
          value={start}
          onChange={setStart}
          description={t('service.locators.startDescription')}
          error={faultOf('startTime')}
        />
        <TextField
          label={t('service.locators.end')}
          type="datetime-local"
          value={end}
          onChange={setEnd}
          description={t('service.locators.endDescription')}
          error={faultOf('endTime') ?? (isEndGood ? undefined : t('service.locators.endFault'))}
        />
      </div>
      <Fold
        title={t('service.create.more')}
        mustBeOpen={!isNameGood || !isIdGood || [faultOf('name'), faultOf('streamingLocatorId')].some(Boolean)}
      >
        <TextField
          label={t('service.create.name')}
          value={name}
          onChange={setTypedName}
          description={t('service.locators.nameDescription')}
          error={faultOf('name') ?? (isNameGood ? undefined : t('service.webhooks.nameFault'))}
        />
        <TextField
          label={t('service.locators.id')}
          value={locatorId}
          onChange={(text) => setLocatorId(text.trim())}
          placeholder={t('service.create.guidAuto')}
          description={t('service.locators.idDescription')}
          error={faultOf('streamingLocatorId') ?? (isIdGood ? undefined : t('service.create.guidFault'))}
        />
      </Fold>
    </FormDialog>
  );
}

function freshName(asset: string, taken: readonly string[]): string {
  const base = asset.slice(0, 240);
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${base}-${number}`;
  }
  return name;
}

function assetDetail({ title, name }: Asset): string {
  return title === '' ? '' : name;
}

import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import { guid, type Problem, resourceName } from '../../../src-main/shared/api/common.ts';
import type { StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';
import { problemOf } from '../../api/problem.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { isSlate } from '../../stores/slates-store.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Select, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { isoOf } from './local-time.ts';
import { policyOffers, usualPolicy } from './policies.ts';
import { ProblemBanner } from './problem-banner.tsx';

const FIELDS = ['name', 'assetName', 'streamingPolicyName', 'streamingLocatorId', 'startTime', 'endTime'] as const;

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
  const { policies, problem: policiesProblem } = usePolicies();
  const choices = items.filter((asset) => !isSlate(asset));
  const [asset, setAsset] = useState(props.asset ?? choices[0]?.name ?? '');
  const [typedName, setTypedName] = useState<string>();
  const [policy, setPolicy] = useState<string>();
  const [locatorId, setLocatorId] = useState('');
  const [start, setStart] = useState('');
  const [end, setEnd] = useState('');
  const [nowMs] = useState(timers.nowMs);
  const name = typedName ?? freshName(asset, taken);
  const chosenPolicy = policies.find((known) => known.name === policy) ?? usualPolicy(policies);
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
          ...(locatorId === '' ? {} : { streamingLocatorId: locatorId }),
          ...(startTime === undefined ? {} : { startTime }),
          ...(endTime === undefined ? {} : { endTime }),
        });
      }
    },
  });
  const { faultOf } = submission;
  const offersOf = (offered: StreamingPolicy): string =>
    policyOffers(offered)
      .map(({ protection, formats }) => t(`service.protection.${protection}`, { formats }))
      .join('; ');

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
        choices={choices.map((item) => ({ value: item.name, label: titleOf(item), detail: assetDetail(item) }))}
        description={t('service.locators.assetDescription')}
        error={faultOf('assetName') ?? (choices.length === 0 ? t('service.locators.noAssets') : undefined)}
      />
      <ProblemBanner problem={policiesProblem} />
      <Select
        label={t('service.locators.policy')}
        value={chosenPolicy?.name ?? ''}
        onChange={setPolicy}
        choices={policies.map((known) => ({
          value: known.name,
          label: t(`service.policy.${known.name}`, { defaultValue: known.name }),
          detail: offersOf(known),
        }))}
        description={chosenPolicy === undefined ? undefined : offersOf(chosenPolicy)}
        error={faultOf('streamingPolicyName')}
      />
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

/** What the service offers at present; there may be policies of the person's own. */
function usePolicies(): { readonly policies: readonly StreamingPolicy[]; readonly problem: Problem | undefined } {
  const { locators } = useStores();
  const [policies, setPolicies] = useState<readonly StreamingPolicy[]>([]);
  const [problem, setProblem] = useState<Problem>();
  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      try {
        const found = await locators.policies();
        if (!gone.signal.aborted) {
          setPolicies(found);
        }
      } catch (error) {
        if (!gone.signal.aborted) {
          setProblem(problemOf(error));
        }
      }
    })();
    return () => gone.abort();
  }, [locators]);
  return { policies, problem };
}

function freshName(asset: string, taken: readonly string[]): string {
  const base = asset.slice(0, 240);
  let name = base;
  for (let number = 2; taken.includes(name); number += 1) {
    name = `${base}-${number}`;
  }
  return name;
}

function titleOf({ title, name }: Asset): string {
  return title === '' ? name : title;
}

function assetDetail({ title, name }: Asset): string {
  return title === '' ? '' : name;
}

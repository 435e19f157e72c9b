import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MediaFilter } from '../../../src-main/shared/api/filters.ts';
import type { StreamingPolicy } from '../../../src-main/shared/api/publishing.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import type { FiltersStore } from '../../stores/policies-stores.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { isSlate } from '../../stores/slates-store.ts';
import { Select } from '../../ui/field.tsx';
import { assetTitle } from './asset-title.ts';
import { FilterDialog } from './filter-dialog.tsx';
import { KeyPolicyDialog } from './key-policy-dialog.tsx';
import { ListCard, Row } from './policy-list.tsx';
import { filterWords, isPredefined, keyWords, offerWords, rotationWords } from './policy-words.ts';
import { StreamingPolicyDialog } from './streaming-policy-dialog.tsx';
import { streamingPolicyDraftOf } from './streaming-policy-draft.ts';

/** What can be published in which form, who gets the keys, and how much of it is shown. */
export function PoliciesPanel(): ReactNode {
  return (
    <div className="service__policies">
      <StreamingPolicies />
      <div className="service__stack">
        <KeyPolicies />
        <Filters />
        <AssetFilters />
      </div>
    </div>
  );
}

function StreamingPolicies(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { streamingPolicies } = useStores();
  return (
    <ListCard
      id="streaming-policies"
      title={t('policies.streaming.title')}
      none={t('policies.streaming.none')}
      add={t('policies.streaming.add')}
      dialogOf={(close) => <StreamingPolicyDialog from={undefined} onClose={close} />}
      store={streamingPolicies}
      isEmpty={(policies) => policies.every(isPredefined)}
      rowOf={(policy) => (
        <Row
          key={policy.name}
          name={policy.name}
          title={t(`service.policy.${policy.name}`, { defaultValue: policy.name })}
          facts={[
            offerWords(t, policy),
            ...rotationWords(t, format, policy),
            ...(policy.defaultContentKeyPolicyName === undefined
              ? []
              : [t('policies.streaming.keys', { name: policy.defaultContentKeyPolicyName })]),
          ]}
          mark={isPredefined(policy) ? t('policies.streaming.predefined') : undefined}
          copyOf={copyOf(policy)}
          onDelete={isPredefined(policy) ? undefined : () => streamingPolicies.delete(policy.name)}
          question={t('policies.streaming.removeText')}
        />
      )}
    />
  );
}

/** None can be changed, so that another is made like it. */
function copyOf(policy: StreamingPolicy): ((close: () => void) => ReactNode) | undefined {
  const from = streamingPolicyDraftOf(policy);
  return from && ((close) => <StreamingPolicyDialog from={from} onClose={close} />);
}

function KeyPolicies(): ReactNode {
  const { t } = useTranslation();
  const { keyPolicies } = useStores();
  return (
    <ListCard
      id="key-policies"
      title={t('policies.keys.title')}
      none={t('policies.keys.none')}
      add={t('policies.keys.add')}
      dialogOf={(close) => <KeyPolicyDialog policy={undefined} onClose={close} />}
      store={keyPolicies}
      rowOf={(policy) => (
        <Row
          key={policy.name}
          name={policy.name}
          facts={[...(policy.description === '' ? [] : [policy.description]), keyWords(t, policy)]}
          mark={isPageKeyPolicy(policy) ? t('policies.keys.ofPage') : undefined}
          // What the page makes when it needs it, it makes again as it was.
          dialogOf={
            isPageKeyPolicy(policy) ? undefined : (close) => <KeyPolicyDialog policy={policy} onClose={close} />
          }
          onDelete={() => keyPolicies.delete(policy.name)}
          question={t('policies.keys.removeText')}
        />
      )}
    />
  );
}

function Filters(): ReactNode {
  const { t } = useTranslation();
  const { filters } = useStores();
  return (
    <FilterList
      id="account-filters"
      title={t('policies.filters.title')}
      none={t('policies.filters.none')}
      createTitle={t('policies.filters.createTitle')}
      store={filters}
      question={t('policies.filters.removeText')}
    />
  );
}

/** Those of one asset, which is chosen above them. */
function AssetFilters(): ReactNode {
  const { t } = useTranslation();
  const { assets, assetFilters } = useStores();
  const choices = useMirror(assets.list).items.filter((item) => !isSlate(item));
  const [chosen, setChosen] = useState<string>();
  const asset = choices.find(({ name }) => name === chosen) ?? choices[0];
  if (asset === undefined) {
    return undefined;
  }
  return (
    <FilterList
      id="asset-filters"
      title={t('policies.filters.ofAsset.title')}
      none={t('policies.filters.ofAsset.none')}
      createTitle={t('policies.filters.ofAsset.createTitle', { asset: assetTitle(asset) })}
      store={assetFilters.of(asset.name)}
      question={t('policies.filters.ofAsset.removeText')}
      choice={
        <Select
          label={t('service.locators.asset')}
          value={asset.name}
          onChange={setChosen}
          choices={choices.map((item) => ({ value: item.name, label: assetTitle(item) }))}
        />
      }
    />
  );
}

function FilterList(props: {
  readonly id: string;
  readonly title: string;
  readonly none: string;
  readonly createTitle: string;
  readonly store: FiltersStore;
  readonly question: string;
  readonly choice?: ReactNode;
}): ReactNode {
  const { store, createTitle, question, ...list } = props;
  const { t } = useTranslation();
  const format = useFormat();
  const dialogOf = (filter: MediaFilter | undefined) => (close: () => void) => (
    <FilterDialog store={store} title={createTitle} filter={filter} onClose={close} />
  );
  return (
    <ListCard
      {...list}
      add={t('policies.filters.add')}
      dialogOf={dialogOf(undefined)}
      store={store}
      rowOf={(filter) => (
        <Row
          key={filter.name}
          name={filter.name}
          facts={filterWords(t, format, filter)}
          dialogOf={dialogOf(filter)}
          onDelete={() => store.delete(filter.name)}
          question={question}
        />
      )}
    />
  );
}

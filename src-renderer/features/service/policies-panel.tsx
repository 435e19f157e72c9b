import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import type { MirrorStore } from '../../stores/mirror.ts';
import { isPageKeyPolicy } from '../../stores/publishing-store.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/parts.tsx';
import { FilterDialog } from './filter-dialog.tsx';
import { KeyPolicyDialog } from './key-policy-dialog.tsx';
import { filterWords, isPredefined, keyWords, offerWords } from './policy-words.ts';
import { ProblemBanner } from './problem-banner.tsx';
import { StreamingPolicyDialog } from './streaming-policy-dialog.tsx';

/** What can be published in which form, who gets the keys, and how much of it is shown. */
export function PoliciesPanel(): ReactNode {
  return (
    <div className="service__policies">
      <StreamingPolicies />
      <div className="service__stack">
        <KeyPolicies />
        <Filters />
      </div>
    </div>
  );
}

function StreamingPolicies(): ReactNode {
  const { t } = useTranslation();
  const { streamingPolicies } = useStores();
  return (
    <ListCard
      id="streaming-policies"
      title={t('policies.streaming.title')}
      none={t('policies.streaming.none')}
      add={t('policies.streaming.add')}
      dialogOf={(close) => <StreamingPolicyDialog onClose={close} />}
      store={streamingPolicies}
      isEmpty={(policies) => policies.every(isPredefined)}
      rowOf={(policy) => (
        <Row
          key={policy.name}
          name={policy.name}
          title={t(`service.policy.${policy.name}`, { defaultValue: policy.name })}
          facts={[
            offerWords(t, policy),
            ...(policy.defaultContentKeyPolicyName === undefined
              ? []
              : [t('policies.streaming.keys', { name: policy.defaultContentKeyPolicyName })]),
          ]}
          mark={isPredefined(policy) ? t('policies.streaming.predefined') : undefined}
          onDelete={isPredefined(policy) ? undefined : () => streamingPolicies.delete(policy.name)}
          question={t('policies.streaming.removeText')}
        />
      )}
    />
  );
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
      dialogOf={(close) => <KeyPolicyDialog onClose={close} />}
      store={keyPolicies}
      rowOf={(policy) => (
        <Row
          key={policy.name}
          name={policy.name}
          facts={[keyWords(t, policy)]}
          mark={isPageKeyPolicy(policy) ? t('policies.keys.ofPage') : undefined}
          onDelete={() => keyPolicies.delete(policy.name)}
          question={t('policies.keys.removeText')}
        />
      )}
    />
  );
}

function Filters(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { filters } = useStores();
  return (
    <ListCard
      id="account-filters"
      title={t('policies.filters.title')}
      none={t('policies.filters.none')}
      add={t('policies.filters.add')}
      dialogOf={(close) => <FilterDialog onClose={close} />}
      store={filters}
      rowOf={(filter) => (
        <Row
          key={filter.name}
          name={filter.name}
          facts={filterWords(t, format, filter)}
          onDelete={() => filters.delete(filter.name)}
          question={t('policies.filters.removeText')}
        />
      )}
    />
  );
}

/** A list of what is loaded when it is looked at. */
function ListCard<T>(props: {
  readonly id: string;
  readonly title: string;
  /** What to do when there is none yet. */
  readonly none: string;
  readonly add: string;
  readonly dialogOf: (close: () => void) => ReactNode;
  readonly store: MirrorStore<T>;
  /** Where there is always something that nobody made. */
  readonly isEmpty?: (items: readonly T[]) => boolean;
  readonly rowOf: (item: T) => ReactNode;
}): ReactNode {
  const { id, store } = props;
  const { items, problem, status } = useMirror(store);
  const [creating, setCreating] = useState(false);
  const isEmpty = props.isEmpty?.(items) ?? items.length === 0;

  useEffect(() => {
    void store.refresh();
  }, [store]);

  return (
    <section className="card" aria-labelledby={`${id}-title`}>
      <header className="card__head">
        <h2 id={`${id}-title`} className="section-title">
          {props.title}
        </h2>
        <Button size="small" icon="plus" onPress={() => setCreating(true)}>
          {props.add}
        </Button>
      </header>
      <ProblemBanner problem={problem} onRetry={() => void store.refresh()} />
      <ul className="rows">{items.map(props.rowOf)}</ul>
      {status === 'ready' && isEmpty && <p className="card__note">{props.none}</p>}
      {creating && props.dialogOf(() => setCreating(false))}
    </section>
  );
}

function Row(props: {
  readonly name: string;
  /** What it is called here, where that is not its name. */
  readonly title?: string;
  readonly facts: readonly string[];
  /** Whose it is, when it is nobody's own. */
  readonly mark?: string | undefined;
  readonly onDelete: (() => Promise<void>) | undefined;
  /** What becomes of the rest when it goes. */
  readonly question: string;
}): ReactNode {
  const { name, title = name, facts, mark, onDelete, question } = props;
  const { t } = useTranslation();
  const action = useAction();
  const [leaving, setLeaving] = useState<() => Promise<void>>();
  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{title}</strong>
        {title !== name && <span className="rows__detail">{name}</span>}
        <span className="rows__detail">{facts.join(' · ')}</span>
      </span>
      {mark !== undefined && <Chip tone="neutral">{mark}</Chip>}
      {onDelete !== undefined && (
        <IconButton
          icon="trash"
          label={t('policies.remove', { name })}
          isDisabled={action.pending !== undefined}
          onPress={() => setLeaving(() => onDelete)}
        />
      )}
      {action.problem !== undefined && (
        <div className="rows__more">
          <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
        </div>
      )}
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(remove) => action.run('delete', remove)}
        wordsOf={() => ({
          title: t('policies.removeTitle', { name }),
          text: question,
          confirm: t('policies.removeConfirm'),
        })}
      />
    </li>
  );
}

import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMirror } from '../../stores/context.ts';
import type { MirrorStore } from '../../stores/mirror.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Chip } from '../../ui/parts.tsx';
import { ProblemBanner } from './problem-banner.tsx';

/** A list of policies or filters that is loaded when it is looked at. */
export function ListCard<T>(props: {
  readonly id: string;
  readonly title: string;
  /** What to do when there is none yet. */
  readonly none: string;
  readonly add: string;
  /** What one of them is made in. */
  readonly dialogOf: (close: () => void) => ReactNode;
  readonly store: MirrorStore<T>;
  /** What the list is of, where that can be chosen. */
  readonly choice?: ReactNode;
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
      {props.choice}
      <ProblemBanner problem={problem} onRetry={() => void store.refresh()} />
      <ul className="rows">{items.map(props.rowOf)}</ul>
      {status === 'ready' && isEmpty && <p className="card__note">{props.none}</p>}
      {creating && props.dialogOf(() => setCreating(false))}
    </section>
  );
}

/** One of them: what it does, and what can be done with it. */
export function Row(props: {
  readonly name: string;
  /** What it is called here, where that is not its name. */
  readonly title?: string;
  readonly facts: readonly string[];
  /** Whose it is, when it is nobody's own. */
  readonly mark?: string | undefined;
  /** What it is changed in; nothing where it cannot be. */
  readonly dialogOf?: ((close: () => void) => ReactNode) | undefined;
  /** What another like it is made in, of what cannot be changed. */
  readonly copyOf?: ((close: () => void) => ReactNode) | undefined;
  readonly onDelete: (() => Promise<void>) | undefined;
  /** What becomes of the rest when it goes. */
  readonly question: string;
}): ReactNode {
  const { name, title = name, facts, mark, dialogOf, copyOf, onDelete, question } = props;
  const opened = dialogOf ?? copyOf;
  const { t } = useTranslation();
  const action = useAction();
  const [isOpen, setOpen] = useState(false);
  const [leaving, setLeaving] = useState<() => Promise<void>>();
  return (
    <li className="rows__item rows__item--wrap">
      <span className="rows__main">
        <strong>{title}</strong>
        {title !== name && <span className="rows__detail">{name}</span>}
        <span className="rows__detail">{facts.join(' · ')}</span>
      </span>
      {mark !== undefined && <Chip tone="neutral">{mark}</Chip>}
      {opened !== undefined && (
        <IconButton
          icon={dialogOf === undefined ? 'copy' : 'edit'}
          label={t(dialogOf === undefined ? 'policies.copy' : 'policies.edit', { name })}
          onPress={() => setOpen(true)}
        />
      )}
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
      {isOpen && opened?.(() => setOpen(false))}
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

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { filterName, type MediaFilter } from '../../../src-main/shared/api/filters.ts';
import { useMirror } from '../../stores/context.ts';
import type { FiltersStore } from '../../stores/policies-stores.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Select, Switch, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import {
  EMPTY_FILTER,
  type FilterDraft,
  filterDraftOf,
  filterFaults,
  filterOf,
  usualTracks,
} from './filter-draft.ts';
import { useNewName } from './name-field.tsx';
import { rowsOf } from './track-rows.ts';
import { TrackRows } from './track-rows-field.tsx';

/** Where the service finds fault with what a field was made into. */
const RANGE = 'presentationTimeRange';
const SENT = {
  firstQuality: 'firstQuality',
  window: `${RANGE}.presentationWindowDuration`,
  backoff: `${RANGE}.liveBackoffDuration`,
  start: `${RANGE}.startTimestamp`,
  end: `${RANGE}.endTimestamp`,
  mostBitrate: 'tracks.0',
  language: 'tracks.1',
} as const;
type TextOf = keyof typeof SENT;

const isFilterName = (name: string): boolean => filterName.safeParse(name).success;

/** A filter of all assets or of one: a new one, or one that is there. */
export function FilterDialog(props: {
  readonly store: FiltersStore;
  /** What a new one is for. */
  readonly title: string;
  readonly filter: MediaFilter | undefined;
  readonly onClose: () => void;
}): ReactNode {
  const { store, onClose } = props;
  // As it was opened: what somebody else does to it meanwhile must not be taken for what was typed here.
  const [filter] = useState(props.filter);
  const { t } = useTranslation();
  const taken = useMirror(store).items.map((other) => other.name);
  const newName = useNewName({
    known: filter?.name,
    isTaken: (name) => taken.includes(name),
    isGood: isFilterName,
  });
  const [before] = useState(() => (filter === undefined ? undefined : filterDraftOf(filter)));
  const [draft, setDraft] = useState(before ?? EMPTY_FILTER);
  const { name } = newName;
  const faults = filterFaults(draft, before);
  const change = (part: Partial<FilterDraft>): void => setDraft({ ...draft, ...part });
  const submission = useSubmit({
    fields: ['name', ...Object.values(SENT), 'tracks'],
    onDone: onClose,
    send: () => store.save(name, filterOf(draft, filter)),
  });
  const { faultOf } = submission;

  const field = (
    key: TextOf,
    more: { readonly suffix?: string; readonly description?: string } = {},
  ): ReactNode => {
    const fault = faults[key];
    return (
      <TextField
        label={t(`policies.filters.fields.${key}`)}
        type={key === 'start' || key === 'end' ? 'datetime-local' : 'text'}
        inputMode={more.suffix === undefined ? undefined : 'decimal'}
        step={1}
        value={draft[key]}
        onChange={(text) => change({ [key]: text })}
        error={faultOf(SENT[key]) ?? (fault === undefined ? undefined : t(`policies.filters.fault.${fault}`))}
        {...more}
      />
    );
  };

  function choose(choice: FilterDraft['choice']): void {
    // Rows of one's own begin as what the two fields mean.
    const rows =
      choice === 'own' && draft.rows.length === 0 && faults.mostBitrate === undefined
        ? rowsOf(usualTracks(draft))
        : draft.rows;
    change({ choice, rows });
  }

  return (
    <FormDialog
      title={filter === undefined ? props.title : t('policies.filters.editTitle', { name })}
      confirmLabel={t(filter === undefined ? 'service.create.confirm' : 'service.edit.save')}
      isReady={newName.isReady && Object.keys(faults).length === 0}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      {filter === undefined && (
        <TextField
          label={t('service.create.name')}
          value={newName.typed}
          onChange={newName.setTyped}
          description={t('policies.filters.nameDescription')}
          error={
            faultOf('name') ??
            (newName.isTaken
              ? t('policies.taken')
              : name !== '' && !isFilterName(name)
                ? t('policies.filters.nameFault')
                : undefined)
          }
          autoFocus
        />
      )}
      <Select
        label={t('policies.filters.choice')}
        value={draft.choice}
        onChange={choose}
        choices={(['usual', 'own'] as const).map((value) => ({
          value,
          label: t(`policies.filters.choices.${value}`),
        }))}
      />
      {draft.choice === 'usual' ? (
        <>
          {field('mostBitrate', { suffix: 'kbit/s', description: t('policies.filters.about.mostBitrate') })}
          {field('language', { description: t('policies.filters.about.language') })}
        </>
      ) : (
        <TrackRows
          rows={draft.rows}
          onChange={(rows) => change({ rows })}
          faultOf={faultOf}
          error={faults.rows === undefined ? undefined : t('policies.filters.fault.rows')}
        />
      )}
      {field('firstQuality', { suffix: 'kbit/s', description: t('policies.filters.about.firstQuality') })}
      <div className="form__row form__row--wide">
        {field('window', { suffix: 's', description: t('policies.filters.about.window') })}
        {field('backoff', { suffix: 's', description: t('policies.filters.about.backoff') })}
      </div>
      <Fold
        title={t('policies.filters.part')}
        isOpenAtFirst={draft.start !== '' || draft.end !== ''}
        mustBeOpen={faults.end !== undefined || [SENT.start, SENT.end].some((sent) => faultOf(sent) !== undefined)}
      >
        <div className="form__row form__row--wide">
          {field('start', { description: t('policies.filters.about.start') })}
          {field('end', { description: t('policies.filters.about.end') })}
        </div>
        <Switch isSelected={draft.endsLive} onChange={(endsLive) => change({ endsLive })}>
          {t('policies.filters.endsLive')}
        </Switch>
      </Fold>
    </FormDialog>
  );
}

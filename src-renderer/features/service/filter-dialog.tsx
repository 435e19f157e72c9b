import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { filterName } from '../../../src-main/shared/api/filters.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { Switch, TextField } from '../../ui/field.tsx';
import { Fold } from '../../ui/fold.tsx';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { EMPTY_FILTER, type FilterDraft, filterFaults, filterOf } from './filter-draft.ts';

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

/** A filter of all assets. */
export function FilterDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { filters } = useStores();
  const taken = useMirror(filters).items.map((filter) => filter.name);
  const [typedName, setName] = useState('');
  const [draft, setDraft] = useState(EMPTY_FILTER);
  const name = typedName.trim();
  const faults = filterFaults(draft);
  const change = (part: Partial<FilterDraft>): void => setDraft({ ...draft, ...part });
  const submission = useSubmit({
    fields: ['name', ...Object.values(SENT)],
    onDone: onClose,
    send: () => filters.add(name, filterOf(draft)),
  });
  const { faultOf } = submission;
  // Another of that name would be replaced, unasked.
  const nameFault = taken.includes(name)
    ? t('policies.taken')
    : name !== '' && !filterName.safeParse(name).success
      ? t('policies.filters.nameFault')
      : undefined;

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

  return (
    <FormDialog
      title={t('policies.filters.createTitle')}
      confirmLabel={t('service.create.confirm')}
      isReady={name !== '' && nameFault === undefined && Object.keys(faults).length === 0}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      <TextField
        label={t('service.create.name')}
        value={typedName}
        onChange={setName}
        description={t('policies.filters.nameDescription')}
        error={faultOf('name') ?? nameFault}
        autoFocus
      />
      <div className="form__row form__row--wide">
        {field('mostBitrate', { suffix: 'kbit/s', description: t('policies.filters.about.mostBitrate') })}
        {field('firstQuality', { suffix: 'kbit/s', description: t('policies.filters.about.firstQuality') })}
      </div>
      {field('language', { description: t('policies.filters.about.language') })}
      <div className="form__row form__row--wide">
        {field('window', { suffix: 's', description: t('policies.filters.about.window') })}
        {field('backoff', { suffix: 's', description: t('policies.filters.about.backoff') })}
      </div>
      <Fold
        title={t('policies.filters.part')}
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

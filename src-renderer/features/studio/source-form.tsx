import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device } from '../../../src-main/shared/api/studio.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Checkbox, TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { Permission } from './permission.tsx';
import { SOURCE_ICONS } from './shots.tsx';
import { type DraftFault, needsDevices, type SourceDraft } from './source-model.ts';

type FormProps = {
  readonly draft: SourceDraft;
  readonly fault: DraftFault | undefined;
  readonly onChange: (patch: Partial<SourceDraft>) => void;
};

export function SourceForm(props: FormProps): ReactNode {
  const { draft, fault, onChange } = props;
  const { t } = useTranslation();
  return (
    <div className="form">
      <p className="form__lead">{t(`sources.kind.${draft.kind}.lead`)}</p>
      <Permission kind={draft.kind} />
      {needsDevices(draft.kind) && <Devices {...props} kind={draft.kind} />}
      {draft.kind === 'screen' && <Region {...props} />}
      {(draft.kind === 'screen' || draft.kind === 'window') && (
        <Checkbox isSelected={draft.cursor} onChange={(cursor) => onChange({ cursor })}>
          {t('sources.cursor')}
        </Checkbox>
      )}
      {draft.kind === 'file' && <FileFields {...props} />}
      {draft.kind === 'url' && (
        <TextField
          label={t('sources.url')}
          type="url"
          value={draft.url}
          onChange={(url) => onChange({ url })}
          placeholder="https://example.org/live.m3u8"
          description={t('sources.urlDescription')}
          error={fault === 'url' ? t('sources.fault.url') : undefined}
        />
      )}
    </div>
  );
}

function Devices({ kind, draft, fault, onChange }: FormProps & { readonly kind: Device['kind'] }): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const devices = useStudio((slice) => slice.devices);
  const problem = useStudio((slice) => slice.devicesProblem);
  const isLoading = useStudio(({ pending }) => pending.has('devices'));
  const found = devices?.value.filter((device) => device.kind === kind) ?? [];
  const problems = [...(problem === undefined ? [] : [problem]), ...(devices?.problems ?? [])];

  return (
    <div className="devices">
      {isLoading && devices === undefined ? (
        <Waiting>{t('sources.looking')}</Waiting>
      ) : found.length === 0 ? (
        <p className="devices__none">{t(`sources.kind.${kind}.none`)}</p>
      ) : (
        <RadioCards
          label={t(`sources.kind.${kind}.which`)}
          value={draft.device}
          onChange={(device) => onChange({ device })}
          cards={found.map((device) => ({
            value: device.id,
            label: device.label,
            icon: SOURCE_ICONS[kind],
            detail: [
              device.width === undefined || device.height === undefined
                ? ''
                : `${device.width} × ${device.height}`,
              device.isDefault ? t('sources.default') : '',
            ]
              .filter((text) => text !== '')
              .join(' · '),
          }))}
        />
      )}
      {fault === 'device' && (
        <p className="field__error" role="alert">
          {t('sources.fault.device')}
        </p>
      )}
      <div>
        <Button size="small" icon="refresh" isPending={isLoading} onPress={() => void studio.loadDevices()}>
          {t('sources.refresh')}
        </Button>
      </div>
      {problems.map((entry) => {
        const { title, text } = problemText(t, entry);
        return (
          <Banner key={`${entry.code}${entry.detail}`} tone="caution" title={title}>
            {text}
          </Banner>
        );
      })}
    </div>
  );
}

function Region({ draft, fault, onChange }: FormProps): ReactNode {
  const { t } = useTranslation();
  return (
    <>
      <Checkbox isSelected={draft.hasRegion} onChange={(hasRegion) => onChange({ hasRegion })}>
        {t('sources.region.only')}
      </Checkbox>
      {draft.hasRegion && (
        <div className="form__row">
          {(['x', 'y', 'width', 'height'] as const).map((field) => (
            <TextField
              key={field}
              label={t(`sources.region.${field}`)}
              inputMode="numeric"
              suffix="px"
              value={draft[field]}
              onChange={(value) => onChange({ [field]: value })}
            />
          ))}
        </div>
      )}
      {fault === 'region' && (
        <p className="field__error" role="alert">
          {t('sources.fault.region')}
        </p>
      )}
    </>
  );
}

function FileFields({ draft, fault, onChange }: FormProps): ReactNode {
  const { t } = useTranslation();
  const { desktop, notices } = useStores();
  return (
    <>
      <TextField
        label={t('sources.path')}
        value={draft.path}
        onChange={(path) => onChange({ path })}
        placeholder="/home/me/talk.mp4"
        description={t('sources.pathDescription')}
        error={fault === 'path' ? t('sources.fault.path') : undefined}
      />
      {desktop !== undefined && (
        <div>
          <Button
            icon="folder"
            onPress={() => {
              void (async () => {
                const path = await notices.attempt(() => desktop.chooseFile('media'));
                if (path !== undefined) {
                  onChange({ path });
                }
              })();
            }}
          >
            {t('sources.choose')}
          </Button>
        </div>
      )}
      <Checkbox isSelected={draft.loop} onChange={(loop) => onChange({ loop })}>
        {t('sources.loop')}
      </Checkbox>
    </>
  );
}

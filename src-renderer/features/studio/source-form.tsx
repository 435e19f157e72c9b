import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import type { Device, SourceSpec } from '../../../src-main/shared/api/studio.ts';
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
import { SourceTest } from './source-test.tsx';

type FormProps = {
  readonly draft: SourceDraft;
  readonly fault: DraftFault | undefined;
  /** What the form comes to; undefined while something is missing. */
  readonly spec: SourceSpec | undefined;
  readonly onChange: (patch: Partial<SourceDraft>) => void;
  /** What cannot be captured here, a browser can capture. */
  readonly onUseBrowser: () => void;
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
      {draft.kind === 'browser' && (
        <TextField
          label={t('sources.browser.name')}
          value={draft.name}
          onChange={(name) => onChange({ name: name.slice(0, 60) })}
          description={t('sources.browser.nameDescription')}
        />
      )}
      {draft.kind !== 'test' && draft.kind !== 'browser' && (
        <SourceTest key={testKey(props.spec)} spec={props.spec} />
      )}
    </div>
  );
}

/** Another source is another test; under which id it would run does not matter. */
function testKey(spec: SourceSpec | undefined): string {
  return JSON.stringify({ ...spec, id: '' });
}

/** As long as a list is looked at, what is in it is kept as it is now. */
const KEEP_EVERY_MS = 30_000;

function Devices({
  kind,
  draft,
  fault,
  onChange,
  onUseBrowser,
}: FormProps & { readonly kind: Device['kind'] }): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const devices = useStudio((slice) => slice.devices);
  const problem = useStudio((slice) => slice.devicesProblem);
  const isLoading = useStudio(({ pending }) => pending.has('devices'));
  const found = devices?.value.filter((device) => device.kind === kind) ?? [];
  useEffect(() => {
    const handle = setInterval(() => void studio.keepDevices(), KEEP_EVERY_MS);
    return () => clearInterval(handle);
  }, [studio]);
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
      <p className="visually-hidden" role="status">
        {devices === undefined ? '' : t('sources.found', { devices: found.map(({ label }) => label).join(', ') })}
      </p>
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
          <Banner
            key={`${entry.code}${entry.detail}`}
            tone="caution"
            title={title}
            action={
              entry.code === 'capture/wayland' && (
                <Button size="small" onPress={onUseBrowser}>
                  {t('sources.browser.instead')}
                </Button>
              )
            }
          >
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

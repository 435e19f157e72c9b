import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Settings, SettingsPatch } from '../../../src-main/shared/api/settings.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { bytesOf, durationOf, gigabytesOf, hoursOf } from '../../i18n/units.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { KeyList } from './key-list.tsx';
import { FRAME_RATES } from './ladder-model.ts';
import { LadderSection } from './ladder-section.tsx';
import { Remote } from './remote-section.tsx';
import { Encoders, PortSetting, Service } from './service-sections.tsx';
import { Section, SelectSetting, SwitchSetting, TextSetting } from './setting-fields.tsx';
import './settings.css';

export function SettingsScreen(): ReactNode {
  const { t } = useTranslation();
  const { settings: store } = useStores();
  const { settings, problem, restartNeeded } = useStore(store);
  return (
    <div className="page settings">
      <header className="page__head">
        <div>
          <h1 className="page__title">{t('settings.heading')}</h1>
          <p className="page__lead">{t('settings.lead')}</p>
        </div>
      </header>
      {restartNeeded.length > 0 && <Banner tone="caution">{t('settings.restartBanner')}</Banner>}
      {problem !== undefined && (
        <Banner
          tone="fault"
          title={problemText(t, problem).title}
          action={<Button onPress={() => void store.refresh()}>{t('common.retry')}</Button>}
        >
          {problemText(t, problem).text}
        </Banner>
      )}
      {settings === undefined ? (
        problem === undefined && <Waiting>{t('common.loading')}</Waiting>
      ) : (
        <>
          <Appearance settings={settings} />
          <LadderSection />
          <Encoding settings={settings} />
          <Recording settings={settings} />
          <Network settings={settings} />
          <Remote settings={settings} />
          <Encoders settings={settings} />
          <Service settings={settings} />
          <Programs settings={settings} />
          <Shortcuts />
        </>
      )}
    </div>
  );
}

type SectionProps = { readonly settings: Settings };

function Appearance({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Section id="appearance" title={t('settings.appearance.title')}>
      <SelectSetting
        path="language"
        label={t('settings.appearance.language')}
        value={settings.language}
        choices={[
          { value: 'auto', label: t('settings.appearance.languages.auto') },
          // A language is named in itself, so that who cannot read this one finds it.
          { value: 'en', label: 'English' },
          { value: 'de', label: 'Deutsch' },
        ]}
        patchOf={(language) => ({ language })}
      />
      <SelectSetting
        path="theme"
        label={t('settings.appearance.theme')}
        value={settings.theme}
        choices={(['dark', 'light', 'system'] as const).map((theme) => ({
          value: theme,
          label: t(`settings.appearance.themes.${theme}`),
        }))}
        patchOf={(theme) => ({ theme })}
      />
    </Section>
  );
}

const ENCODERS = [
  'auto',
  'libx264',
  'h264_videotoolbox',
  'h264_nvenc',
  'h264_qsv',
  'h264_amf',
  'h264_vaapi',
  'h264_mf',
] as const satisfies readonly Settings['encoding']['encoder'][];

function Encoding({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  return (
    <Section id="encoding" title={t('settings.encoding.title')} lead={t('settings.encoding.lead')}>
      <SelectSetting
        path="encoding.encoder"
        label={t('settings.encoding.encoder')}
        description={t('settings.encoding.encoderDescription')}
        value={settings.encoding.encoder}
        choices={ENCODERS.map((encoder) => ({
          value: encoder,
          label: t(`settings.encoding.encoders.${encoder}`),
        }))}
        patchOf={(encoder) => ({ encoding: { encoder } })}
      />
      <SelectSetting
        path="encoding.frameRate"
        label={t('settings.encoding.frameRate')}
        description={t('settings.encoding.frameRateDescription')}
        value={String(settings.encoding.frameRate)}
        choices={FRAME_RATES.map((rate) => ({ value: String(rate), label: String(rate) }))}
        patchOf={(text): SettingsPatch => {
          const frameRate = FRAME_RATES.find((rate) => String(rate) === text);
          return frameRate === undefined ? {} : { encoding: { frameRate } };
        }}
      />
    </Section>
  );
}

function Recording({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  const { recording } = settings;
  const hours = (field: 'archiveWindowLength' | 'rewindWindowLength') => ({
    path: `recording.${field}`,
    label: t(`settings.recording.${field}`),
    description: t(`settings.recording.${field}Description`),
    value: hoursOf(recording[field]),
    suffix: t('settings.units.hours'),
    inputMode: 'decimal' as const,
    patchOf: (text: string) => {
      const duration = durationOf(text);
      return duration === undefined ? { fault: t('settings.fault.number') } : { recording: { [field]: duration } };
    },
  });
  const size = (field: 'warnFreeBytes' | 'stopFreeBytes') => ({
    path: `recording.${field}`,
    label: t(`settings.recording.${field}`),
    description: t(`settings.recording.${field}Description`),
    value: gigabytesOf(recording[field]),
    suffix: 'GB',
    inputMode: 'decimal' as const,
    patchOf: (text: string) => {
      const bytes = bytesOf(text);
      return bytes === undefined ? { fault: t('settings.fault.number') } : { recording: { [field]: bytes } };
    },
  });
  return (
    <Section id="recording" title={t('settings.recording.title')} lead={t('settings.recording.lead')}>
      <TextSetting {...hours('archiveWindowLength')} />
      <TextSetting {...hours('rewindWindowLength')} />
      <TextSetting
        path="recording.panicSeconds"
        label={t('settings.recording.panicSeconds')}
        description={t('settings.recording.panicSecondsDescription')}
        value={String(recording.panicSeconds)}
        suffix="s"
        inputMode="numeric"
        patchOf={(text: string) =>
          /^\d{1,3}$/.test(text)
            ? { recording: { panicSeconds: Number(text) } }
            : { fault: t('settings.fault.number') }
        }
      />
      <SelectSetting
        path="recording.separateTracks"
        label={t('settings.recording.separateTracks')}
        description={t('settings.recording.separateTracksDescription')}
        value={recording.separateTracks}
        choices={(['off', 'chosen', 'all'] as const).map((value) => ({
          value,
          label: t(`settings.recording.separateTracksChoices.${value}`),
        }))}
        patchOf={(separateTracks) => ({ recording: { separateTracks } })}
      />
      <TextSetting {...size('warnFreeBytes')} />
      <TextSetting {...size('stopFreeBytes')} />
    </Section>
  );
}

function Network({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  const { network } = settings;
  return (
    <Section id="network" title={t('settings.network.title')} lead={t('settings.network.lead')}>
      <SwitchSetting
        path="network.shareOrigin"
        label={t('settings.network.share')}
        description={
          <ul className="points">
            <li>{t('settings.network.shareWho')}</li>
            <li>{t('settings.network.shareSafe')}</li>
          </ul>
        }
        value={network.shareOrigin}
        patchOf={(shareOrigin) => ({ network: { shareOrigin } })}
      />
      <TextSetting
        path="network.publicHost"
        label={t('settings.network.publicHost')}
        description={t('settings.network.publicHostDescription')}
        placeholder={t('settings.network.publicHostAuto')}
        value={network.publicHost}
        patchOf={(publicHost) => ({ network: { publicHost } })}
      />
      <PortSetting field="originPort" network={network} />
      <PortSetting field="controlPort" network={network} />
    </Section>
  );
}

function Programs({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  const { ffmpeg } = settings;
  return (
    <Section id="programs" title={t('settings.programs.title')} lead={t('settings.programs.lead')}>
      <TextSetting
        path="ffmpeg.ffmpegPath"
        label={t('settings.programs.ffmpeg')}
        description={t('settings.programs.description')}
        placeholder={t('settings.programs.auto')}
        value={ffmpeg.ffmpegPath}
        patchOf={(ffmpegPath) => ({ ffmpeg: { ffmpegPath } })}
      />
      <TextSetting
        path="ffmpeg.ffprobePath"
        label={t('settings.programs.ffprobe')}
        placeholder={t('settings.programs.auto')}
        value={ffmpeg.ffprobePath}
        patchOf={(ffprobePath) => ({ ffmpeg: { ffprobePath } })}
      />
    </Section>
  );
}

function Shortcuts(): ReactNode {
  const { t } = useTranslation();
  const { ui } = useStores();
  const singleKeys = useStore(ui, (slice) => slice.singleKeys);
  return (
    <Section id="shortcuts" title={t('settings.shortcuts.title')} lead={t('settings.shortcuts.lead')}>
      <Switch isSelected={singleKeys} onChange={(isOn) => ui.setSingleKeys(isOn)}>
        {t('settings.shortcuts.singleKeys')}
      </Switch>
      <KeyList />
    </Section>
  );
}

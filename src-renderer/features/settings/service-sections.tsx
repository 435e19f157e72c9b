import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Settings } from '../../../src-main/shared/api/settings.ts';
import { durationOf, hoursOf, portOf } from '../../i18n/units.ts';
import { Section, SwitchSetting, TextSetting } from './setting-fields.tsx';

type SectionProps = { readonly settings: Settings };

type PortField =
  | 'controlPort'
  | 'originPort'
  | 'rtmpPort'
  | 'rtmpSecondaryPort'
  | 'rtmpsPort'
  | 'rtmpsSecondaryPort'
  | 'ingestPort'
  | 'ingestTlsPort'
  | 'srtPort'
  | 'remotePort';

export function PortSetting(props: {
  readonly field: PortField;
  readonly network: Settings['network'];
}): ReactNode {
  const { field, network } = props;
  const { t } = useTranslation();
  return (
    <TextSetting
      path={`network.${field}`}
      label={t(`settings.network.${field}`)}
      description={t(`settings.network.${field}Description`)}
      value={String(network[field])}
      inputMode="numeric"
      patchOf={(text) => {
        const value = portOf(text);
        return value === undefined ? { fault: t('settings.fault.port') } : { network: { [field]: value } };
      }}
    />
  );
}

const INGEST_PORTS = [
  'rtmpPort',
  'rtmpSecondaryPort',
  'rtmpsPort',
  'rtmpsSecondaryPort',
  'ingestPort',
  'ingestTlsPort',
  'srtPort',
] as const satisfies readonly PortField[];

/** Where encoders outside of this program come in. */
export function Encoders({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  const { network } = settings;
  return (
    <Section id="encoders" title={t('settings.encoders.title')} lead={t('settings.encoders.lead')}>
      <SwitchSetting
        path="network.shareIngest"
        label={t('settings.encoders.share')}
        description={t('settings.encoders.shareDescription')}
        value={network.shareIngest}
        patchOf={(shareIngest) => ({ network: { shareIngest } })}
      />
      <div className="settings-ports">
        {INGEST_PORTS.map((field) => (
          <PortSetting key={field} field={field} network={network} />
        ))}
      </div>
      {(['certificateFile', 'certificateKeyFile'] as const).map((field) => (
        <TextSetting
          key={field}
          path={`network.${field}`}
          label={t(`settings.encoders.${field}`)}
          description={t(`settings.encoders.${field}Description`)}
          placeholder={t('settings.encoders.certificateAuto')}
          value={network[field]}
          patchOf={(path) => ({ network: { [field]: path } })}
        />
      ))}
    </Section>
  );
}

const QUOTAS = [
  'liveEvents',
  'outputsPerEvent',
  'locatorsPerAsset',
  'streamingEndpoints',
  'filters',
  'streamingPolicies',
  'contentKeyPolicies',
] as const;

/** How much of everything there may be. */
export function Service({ settings }: SectionProps): ReactNode {
  const { t } = useTranslation();
  const { quotas, stopWithoutInputAfter } = settings.service;
  return (
    <Section id="service" title={t('settings.service.title')} lead={t('settings.service.lead')}>
      {QUOTAS.map((quota) => (
        <TextSetting
          key={quota}
          path={`service.quotas.${quota}`}
          label={t(`settings.service.${quota}`)}
          value={String(quotas[quota])}
          inputMode="numeric"
          patchOf={(text) =>
            /^[1-9]\d{0,5}$/.test(text)
              ? { service: { quotas: { [quota]: Number(text) } } }
              : { fault: t('settings.fault.whole') }
          }
        />
      ))}
      <TextSetting
        path="service.stopWithoutInputAfter"
        label={t('settings.service.stopWithoutInputAfter')}
        description={t('settings.service.stopWithoutInputAfterDescription')}
        value={hoursOf(stopWithoutInputAfter)}
        suffix={t('settings.units.hours')}
        inputMode="decimal"
        patchOf={(text) => {
          const duration = durationOf(text);
          return duration === undefined
            ? { fault: t('settings.fault.number') }
            : { service: { stopWithoutInputAfter: duration } };
        }}
      />
    </Section>
  );
}

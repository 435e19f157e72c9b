import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { RemoteDevice } from '../../../src-main/shared/api/remote.ts';
import type { Settings } from '../../../src-main/shared/api/settings.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { ConfirmDialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Banner, Chip } from '../../ui/parts.tsx';
import { PairDialog } from './pair-dialog.tsx';
import { PortSetting } from './service-sections.tsx';
import { Section, SwitchSetting } from './setting-fields.tsx';
import './remote.css';

/** Phones that help: whether they may, how they get in, and who is in. */
export function Remote({ settings }: { readonly settings: Settings }): ReactNode {
  const { t } = useTranslation();
  const { remote } = useStores();
  const status = useStore(remote, (slice) => slice.status);
  const [isPairing, setPairing] = useState(false);
  const { network } = settings;
  const isOpen = network.remote && (status?.urls.length ?? 0) > 0;

  return (
    <Section id="remote" title={t('outside.remote.title')} lead={t('outside.remote.lead')}>
      <SwitchSetting
        path="network.remote"
        label={t('outside.remote.switch')}
        description={
          <ul className="points">
            <li>{t('outside.remote.who')}</li>
            <li>{t('outside.remote.safe')}</li>
          </ul>
        }
        value={network.remote}
        patchOf={(on) => ({ network: { remote: on } })}
      />
      {network.remote && status?.error !== undefined && (
        <Banner tone="fault" title={problemText(t, status.error).title} role="alert">
          {problemText(t, status.error).text}
        </Banner>
      )}
      {network.remote && status?.error === undefined && !isOpen && (
        <p className="form__note">{t('outside.remote.opening')}</p>
      )}
      {isOpen && status?.tls === false && <Banner tone="caution">{t('outside.remote.plain')}</Banner>}
      {isOpen && (
        <div>
          <Button
            icon="qr"
            onPress={() => {
              setPairing(true);
              void remote.startPairing();
            }}
          >
            {t('outside.remote.pair')}
          </Button>
        </div>
      )}
      <Devices devices={status?.devices ?? []} />
      <PortSetting field="remotePort" network={network} />
      {isPairing && <PairDialog onClose={() => setPairing(false)} />}
    </Section>
  );
}

function Devices({ devices }: { readonly devices: readonly RemoteDevice[] }): ReactNode {
  const { t } = useTranslation();
  const { remote } = useStores();
  const [leaving, setLeaving] = useState<RemoteDevice>();
  return (
    <div className="remote-devices">
      <h3 className="section-title">{t('outside.remote.devices')}</h3>
      {devices.length === 0 ? (
        <p className="form__note">{t('outside.remote.none')}</p>
      ) : (
        <ul className="remote-devices__list">
          {devices.map((device) => (
            <Device key={device.id} device={device} onRevoke={() => setLeaving(device)} />
          ))}
        </ul>
      )}
      <ConfirmDialog
        title={t('outside.remote.revokeTitle', { name: leaving?.name ?? '' })}
        isOpen={leaving !== undefined}
        onClose={() => setLeaving(undefined)}
        onConfirm={() => {
          if (leaving !== undefined) {
            void remote.revoke(leaving.id);
          }
        }}
        closeLabel={t('common.close')}
        cancelLabel={t('common.keep')}
        confirmLabel={t('outside.remote.revoke')}
      >
        <p>{t('outside.remote.revokeText')}</p>
      </ConfirmDialog>
    </div>
  );
}

function Device({
  device,
  onRevoke,
}: {
  readonly device: RemoteDevice;
  readonly onRevoke: () => void;
}): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { remote } = useStores();
  const { id, name, lastSeen, connected } = device;
  const [draft, setDraft] = useState<string>();

  function commit(): void {
    const wanted = draft?.trim() ?? '';
    setDraft(undefined);
    if (wanted !== '' && wanted !== name) {
      void remote.rename(id, wanted);
    }
  }

  return (
    <li className="remote-device">
      <TextField
        label={t('outside.remote.rename', { name })}
        isLabelHidden
        value={draft ?? name}
        onChange={setDraft}
        onBlur={commit}
      />
      {connected ? (
        <Chip tone="good" hasDot>
          {t('outside.remote.connected')}
        </Chip>
      ) : (
        <span className="form__note">
          {lastSeen === undefined
            ? t('outside.remote.never')
            : t('outside.remote.lastSeen', { when: format.dateAndTime(lastSeen) })}
        </span>
      )}
      <Button size="small" onPress={onRevoke}>
        {t('outside.remote.revoke')}
      </Button>
    </li>
  );
}

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudioPhase } from '../../../src-main/shared/api/studio.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectPhase } from '../../stores/studio-store.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Chip } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { AirLine } from './air.tsx';

const OPEN: ReadonlySet<StudioPhase> = new Set<StudioPhase>(['live', 'reconnecting', 'ending']);

/** The origin inside this computer: a destination like the others, with viewers instead of a bitrate. */
export function OwnPageCard(): ReactNode {
  const { t } = useTranslation();
  const phase = useStudio(selectPhase);
  const watch = useStudio(({ studio }) => studio?.session?.urls.watch);
  const locator = useStudio(({ studio }) => studio?.session?.locator);
  const viewers = useStudio(({ studio }) => studio?.viewers ?? 0);
  const isShared = useStudio(({ studio }) => studio?.shared ?? false);
  const [showsQr, setShowsQr] = useState(false);
  const [asksToShare, setAsksToShare] = useState(false);
  const isOpen = OPEN.has(phase) && watch !== undefined;

  return (
    <article className="card own-page" aria-label={t('studio.ownPage.title')}>
      <header className="card__head">
        <h2 className="card__title">{t('studio.ownPage.title')}</h2>
        <Chip tone={isOpen ? 'good' : 'neutral'} hasDot>
          {t(isOpen ? 'studio.ownPage.open' : 'studio.ownPage.closed')}
        </Chip>
      </header>
      {isOpen ? (
        <>
          <p className="own-page__viewers">
            <Icon name="people" />
            <strong>{viewers}</strong> {t('studio.ownPage.viewers', { count: viewers })}
          </p>
          {locator !== undefined && <AirLine subject={`locator/${locator}`} />}
          <code className="own-page__link" title={watch}>
            {watch}
          </code>
          <div className="row">
            <CopyButton text={watch} label={t('studio.ownPage.copy')} copiedLabel={t('common.copied')} />
            <IconButton icon="qr" label={t('studio.ownPage.qr')} onPress={() => setShowsQr(true)} />
            <a className="icon-button icon-button--quiet" href={watch} target="_blank" rel="noreferrer">
              <Icon name="external" />
              <span className="visually-hidden">{t('studio.ownPage.openPage')}</span>
            </a>
          </div>
          <Dialog
            title={t('studio.ownPage.qrTitle')}
            isOpen={showsQr}
            onClose={() => setShowsQr(false)}
            closeLabel={t('common.close')}
            width="small"
          >
            <QrCode text={watch} label={t('studio.ownPage.qrLabel')} />
            <p className="own-page__qr-link">{watch}</p>
            {!isShared && <p className="card__note">{t('studio.ownPage.qrLocal')}</p>}
          </Dialog>
        </>
      ) : (
        <p className="card__note">{t('studio.ownPage.note')}</p>
      )}
      <p className="own-page__reach">
        <span>{t(isShared ? 'studio.ownPage.shared' : 'studio.ownPage.local')}</span>
        {!isShared && (
          <button type="button" className="link" onClick={() => setAsksToShare(true)}>
            {t('studio.ownPage.share')}
          </button>
        )}
      </p>
      <ShareDialog isOpen={asksToShare} onClose={() => setAsksToShare(false)} />
    </article>
  );
}

/** Says what sharing means before it is done. */
function ShareDialog(props: { readonly isOpen: boolean; readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { settings, notices } = useStores();
  const [isSaving, setSaving] = useState(false);

  async function share(): Promise<void> {
    setSaving(true);
    await notices.attempt(() => settings.change({ network: { shareOrigin: true } }));
    setSaving(false);
    props.onClose();
  }

  return (
    <Dialog
      title={t('studio.share.title')}
      isOpen={props.isOpen}
      onClose={props.onClose}
      closeLabel={t('common.close')}
      width="small"
      footer={
        <>
          <Button onPress={props.onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} onPress={() => void share()}>
            {t('studio.share.confirm')}
          </Button>
        </>
      }
    >
      <ul className="points">
        <li>{t('studio.share.who')}</li>
        <li>{t('studio.share.safe')}</li>
        <li>{t('studio.share.back')}</li>
      </ul>
    </Dialog>
  );
}

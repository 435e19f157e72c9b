import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { Waiting } from '../../ui/spinner.tsx';
import { useNow } from '../../ui/use-now.ts';

/** One code for one phone: to scan, or to type. Closing it makes the code worthless. */
export function PairDialog({ onClose }: { readonly onClose: () => void }): ReactNode {
  const { t } = useTranslation();
  const { remote, timers, serverTime } = useStores();
  const pairing = useStore(remote, (slice) => slice.pairing);
  const devices = useStore(remote, (slice) => slice.status?.devices);
  const [known] = useState(() => new Set(devices?.map(({ id }) => id)));
  const nowMs = useNow(500, timers.nowMs);
  const added = devices?.find(({ id }) => !known.has(id));
  const [hadCode, setHadCode] = useState(false);
  const left =
    pairing === undefined ? 0 : Math.ceil((Date.parse(pairing.expiresAt) - nowMs - serverTime.offsetMs()) / 1000);

  if (pairing !== undefined && !hadCode) {
    setHadCode(true);
  }
  useEffect(() => {
    if (added === undefined) {
      return undefined;
    }
    // Long enough to be read.
    const handle = setTimeout(onClose, 2500);
    return () => clearTimeout(handle);
  }, [added, onClose]);

  function close(): void {
    if (pairing !== undefined) {
      void remote.cancelPairing();
    }
    onClose();
  }

  return (
    <Dialog
      title={t('outside.remote.pairTitle')}
      isOpen
      onClose={close}
      closeLabel={t('common.close')}
      width="small"
      footer={
        added === undefined && pairing === undefined && hadCode ? (
          <Button tone="primary" onPress={() => void remote.startPairing()}>
            {t('outside.remote.again')}
          </Button>
        ) : undefined
      }
    >
      {added !== undefined ? (
        <p role="status">{t('outside.remote.done', { name: added.name })}</p>
      ) : pairing === undefined ? (
        hadCode ? (
          <p role="status">{t('outside.remote.over')}</p>
        ) : (
          <Waiting>{t('common.loading')}</Waiting>
        )
      ) : (
        <>
          <QrCode text={pairing.url} label={t('outside.remote.qrLabel')} />
          <p className="remote-code">
            <span>{t('outside.remote.code', { url: new URL(pairing.url).origin })}</span>
            <strong className="remote-code__text">{pairing.code}</strong>
          </p>
          <p className="form__note">{t('outside.remote.expires', { seconds: Math.max(0, left) })}</p>
        </>
      )}
    </Dialog>
  );
}

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LadderChoice } from '../../../src-main/shared/api/ladder.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectPhase } from '../../stores/studio-store.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { type EcoOfferKind, offerFor } from './eco-model.ts';

const ECO: LadderChoice = { kind: 'preset', preset: 'Eco' };

/**
 * Offered, and never done by itself: what viewers get is the presenter's to decide. A ladder changes between broadcasts only: on air the offer
 * says so, and is for the next one.
 */
export function EcoOffer({ isOnBattery }: { readonly isOnBattery: boolean }): ReactNode {
  const { t } = useTranslation();
  const { studio: store, notices } = useStores();
  const offer = useStudio(({ studio }) => (studio === undefined ? undefined : offerFor(studio, isOnBattery)));
  const when = useStudio((slice) => (selectPhase(slice) === 'off-air' ? 'now' : 'next'));
  const [asks, setAsks] = useState<EcoOfferKind>();
  const [isSaving, setSaving] = useState(false);

  async function apply(wanted: EcoOfferKind): Promise<void> {
    setSaving(true);
    await notices.attempt(() => store.setLadder(wanted === 'eco' ? ECO : { kind: 'auto' }));
    setSaving(false);
    setAsks(undefined);
  }

  return (
    <>
      {offer !== undefined && (
        <Button size="small" icon={offer === 'eco' ? 'battery' : 'speed'} onPress={() => setAsks(offer)}>
          {t(offer === 'eco' ? 'outside.eco.offer' : 'outside.eco.back')}
        </Button>
      )}
      {asks !== undefined && (
        <Dialog
          title={t(asks === 'eco' ? 'outside.eco.title' : 'outside.eco.backTitle')}
          isOpen
          onClose={() => setAsks(undefined)}
          closeLabel={t('common.close')}
          width="small"
          footer={
            <>
              <Button onPress={() => setAsks(undefined)}>{t('common.cancel')}</Button>
              <Button tone="primary" isPending={isSaving} onPress={() => void apply(asks)}>
                {t(`outside.eco.${when}.${asks === 'eco' ? 'apply' : 'applyBack'}`)}
              </Button>
            </>
          }
        >
          <p>{t(`outside.eco.${when}.${asks === 'eco' ? 'text' : 'backText'}`)}</p>
        </Dialog>
      )}
    </>
  );
}

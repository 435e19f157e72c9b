import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useStores } from '../../../stores/context.ts';
import { hasContent } from '../../../stores/scenes-store.ts';
import { IconButton } from '../../../ui/button.tsx';

/** What lies on the scenes, on and off while live. */
export function OverlaySwitches(): ReactNode {
  const { t } = useTranslation();
  const { scenes: store } = useStores();
  const overlays = useStore(store, ({ scenes }) => scenes?.overlays);
  if (overlays === undefined) {
    return undefined;
  }
  return (
    <>
      {hasContent(overlays, 'lowerThird') && (
        <IconButton
          icon="caption"
          label={t('scenes.overlays.lowerThird')}
          isPressed={overlays.lowerThird.on}
          onPress={() => void store.switchOverlay('lowerThird')}
        />
      )}
      {hasContent(overlays, 'logo') && (
        <IconButton
          icon="logo"
          label={t('scenes.overlays.logo')}
          isPressed={overlays.logo.on}
          onPress={() => void store.switchOverlay('logo')}
        />
      )}
    </>
  );
}

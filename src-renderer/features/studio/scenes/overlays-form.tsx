import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { CORNERS, type Overlays } from '../../../../src-main/shared/api/scenes.ts';
import { useStores } from '../../../stores/context.ts';
import { hasContent } from '../../../stores/scenes-store.ts';
import { Button } from '../../../ui/button.tsx';
import { Select, Switch, TextField } from '../../../ui/field.tsx';
import { ImagePicker } from './image-picker.tsx';
import { NumberField } from './number-field.tsx';

/** What lies on every scene but slates: a line with a name, and a logo. */
export function OverlaysForm(): ReactNode {
  const { scenes } = useStores();
  const overlays = useStore(scenes, (slice) => slice.scenes?.overlays);
  return overlays === undefined ? undefined : (
    <div className="form">
      <LowerThird overlays={overlays} />
      <Logo overlays={overlays} />
    </div>
  );
}

/** Words are typed and then put up as a whole: viewers do not watch anybody type. */
function LowerThird({ overlays }: { readonly overlays: Overlays }): ReactNode {
  const { t } = useTranslation();
  const { scenes } = useStores();
  const { lowerThird } = overlays;
  const [title, setTitle] = useState(lowerThird.title);
  const [subtitle, setSubtitle] = useState(lowerThird.subtitle);
  const isChanged = title !== lowerThird.title || subtitle !== lowerThird.subtitle;
  return (
    <section className="scene-element" aria-label={t('scenes.overlays.lowerThird')}>
      <Switch
        isSelected={lowerThird.on}
        isDisabled={!hasContent(overlays, 'lowerThird')}
        onChange={(on) => void scenes.setOverlays({ lowerThird: { on } })}
      >
        {t('scenes.overlays.lowerThird')}
      </Switch>
      <TextField
        label={t('scenes.overlays.title')}
        value={title}
        onChange={setTitle}
        placeholder={t('scenes.overlays.titleExample')}
      />
      <TextField label={t('scenes.overlays.subtitle')} value={subtitle} onChange={setSubtitle} />
      <Select
        label={t('scenes.align')}
        value={lowerThird.side}
        onChange={(side) => void scenes.setOverlays({ lowerThird: { side } })}
        choices={(['left', 'center', 'right'] as const).map((value) => ({
          value,
          label: t(`scenes.aligns.${value}`),
        }))}
      />
      <div className="row">
        <Button
          size="small"
          isDisabled={!isChanged}
          onPress={() => void scenes.setOverlays({ lowerThird: { title, subtitle } })}
        >
          {t('scenes.overlays.use')}
        </Button>
      </div>
    </section>
  );
}

function Logo({ overlays }: { readonly overlays: Overlays }): ReactNode {
  const { t } = useTranslation();
  const { scenes } = useStores();
  const { logo } = overlays;
  return (
    <section className="scene-element" aria-label={t('scenes.overlays.logo')}>
      <Switch
        isSelected={logo.on}
        isDisabled={!hasContent(overlays, 'logo')}
        onChange={(on) => void scenes.setOverlays({ logo: { on } })}
      >
        {t('scenes.overlays.logo')}
      </Switch>
      <ImagePicker
        label={t('scenes.image')}
        none={t('scenes.overlays.noLogo')}
        value={logo.image}
        onChange={(image) => void scenes.setOverlays({ logo: { image: image ?? null } })}
      />
      <Select
        label={t('scenes.corner')}
        value={logo.corner}
        onChange={(corner) => void scenes.setOverlays({ logo: { corner } })}
        choices={CORNERS.map((value) => ({ value, label: t(`scenes.corners.${value}`) }))}
      />
      <NumberField
        label={t('scenes.overlays.height')}
        suffix="%"
        least={3}
        most={40}
        value={logo.size * 100}
        onChange={(size) => void scenes.setOverlays({ logo: { size: size / 100 } })}
      />
    </section>
  );
}

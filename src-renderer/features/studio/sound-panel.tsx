import { type ReactNode, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { AudioInput, SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectIsOnAir } from '../../stores/studio-store.ts';
import { Icon } from '../../ui/icon.tsx';
import { useVisible } from '../../ui/use-visible.ts';
import { ProgrammeStrip } from './programme-strip.tsx';
import { SoundStrip } from './sound-strip.tsx';

const NO_INPUTS: readonly AudioInput[] = [];
const NO_SOURCES: readonly SourceStatus[] = [];

/** One strip for each sound source, and one for what goes out. */
export function SoundPanel(props: { readonly onAddSource: () => void }): ReactNode {
  const { t } = useTranslation();
  const { preview, sound } = useStores();
  const inputs = useStudio(({ studio }) => studio?.audio ?? NO_INPUTS);
  const sources = useStudio(({ studio }) => studio?.sources ?? NO_SOURCES);
  const isOnAir = useStudio(selectIsOnAir);
  const warnings = useStore(sound, (slice) => slice.warnings);
  const panel = useRef<HTMLElement>(null);
  const isVisible = useVisible(panel);
  useEffect(() => (isVisible ? preview.want() : undefined), [isVisible, preview]);

  return (
    <section className="sound" aria-label={t('studio.sound.label')} ref={panel}>
      {inputs.length === 0 ? (
        <p className="sound__none">
          <Icon name="mic-off" />
          <span>{t('studio.sound.none')}</span>
          <button type="button" className="link" onClick={props.onAddSource}>
            {t('studio.sound.add')}
          </button>
        </p>
      ) : (
        inputs.map((input) => (
          <SoundStrip
            key={input.id}
            input={input}
            state={sources.find(({ spec }) => spec.id === input.id)?.state}
            warning={warnings.get(input.id)}
            isOnAir={isOnAir}
          />
        ))
      )}
      {inputs.length > 0 && <ProgrammeStrip />}
    </section>
  );
}

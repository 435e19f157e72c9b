import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { LADDER_PRESETS, type LadderChoice } from '../../../src-main/shared/api/ladder.ts';
import { problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectPhase } from '../../stores/studio-store.ts';
import { Button } from '../../ui/button.tsx';
import { Banner } from '../../ui/parts.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { LadderEditor } from './ladder-editor.tsx';
import { isPreset, keyOf, type LadderKey } from './ladder-model.ts';
import { Section } from './setting-fields.tsx';

/** Which qualities to encode, with what this computer was measured to hold. */
export function LadderSection(): ReactNode {
  const { t } = useTranslation();
  const { studio: store } = useStores();
  const choice = useStudio(({ studio }) => studio?.ladder.choice);
  const phase = useStudio(selectPhase);
  const [wanted, setWanted] = useState<LadderKey>();
  const [problem, setProblem] = useState<Problem>();
  if (choice === undefined) {
    return undefined;
  }
  const shown = wanted ?? keyOf(choice);

  async function save(next: LadderChoice): Promise<void> {
    try {
      await store.setLadder(next);
      setProblem(undefined);
      setWanted(undefined);
    } catch (error) {
      setProblem(problemOf(error));
    }
  }

  function choose(key: LadderKey): void {
    setProblem(undefined);
    if (key === 'custom') {
      setWanted('custom');
      return;
    }
    setWanted(key);
    void save(isPreset(key) ? { kind: 'preset', preset: key } : { kind: 'auto' });
  }

  const words = problem === undefined ? undefined : problemText(t, problem);
  return (
    <Section id="ladder" title={t('settings.ladder.title')} lead={t('settings.ladder.lead')}>
      <Measured />
      <RadioCards
        label={t('settings.ladder.choice')}
        isLabelHidden
        columns={2}
        value={shown}
        onChange={choose}
        cards={(['auto', ...LADDER_PRESETS, 'custom'] as const).map((key) => ({
          value: key,
          label: t(`settings.ladder.choices.${key}.label`),
          detail: t(`settings.ladder.choices.${key}.detail`),
        }))}
      />
      {words !== undefined && (
        <Banner tone="fault" title={words.title} role="alert">
          {words.text}
        </Banner>
      )}
      {shown === 'custom' && (
        <LadderEditor
          ladder={choice.kind === 'custom' ? choice.ladder : undefined}
          onSave={(ladder) => save({ kind: 'custom', ladder })}
        />
      )}
      {phase !== 'off-air' && <p className="form__note">{t('settings.ladder.nextTime')}</p>}
    </Section>
  );
}

function Measured(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { studio: store } = useStores();
  const ladder = useStudio(({ studio }) => studio?.ladder);
  const phase = useStudio(selectPhase);
  const isMeasuring = useStudio(({ pending }) => pending.has('measure'));
  const layers = ladder?.layers;
  return (
    <div className="measured">
      <div className="measured__text">
        {layers === undefined ? (
          <span>{t(isMeasuring ? 'settings.ladder.measuring' : 'settings.ladder.notMeasured')}</span>
        ) : (
          <>
            <strong>
              {layers.length === 0
                ? t('settings.ladder.soundOnly')
                : layers.map((layer) => `${layer.height}p`).join(' · ')}
            </strong>
            <span>
              {layers.map((layer) => format.bitrate(layer.bitrate)).join(' + ')}
              {ladder?.measuredSpeed !== undefined && (
                <> · {t('settings.ladder.speed', { speed: format.decimal(ladder.measuredSpeed, 1) })}</>
              )}
            </span>
          </>
        )}
      </div>
      <Button
        icon="speed"
        isPending={isMeasuring}
        isDisabled={phase !== 'off-air'}
        onPress={() => void store.measure()}
      >
        {t('settings.ladder.measure')}
      </Button>
    </div>
  );
}

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { StudioState } from '../../../src-main/shared/api/studio.ts';
import { useStudio } from '../../stores/context.ts';
import { useSourceLabel } from '../../stores/use-source-label.ts';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { Popover } from '../../ui/popover.tsx';

const TONES: Readonly<Record<StudioState['health']['level'], Tone>> = {
  good: 'good',
  fair: 'caution',
  poor: 'fault',
};

const ICONS = { good: 'check', fair: 'warning', poor: 'fault' } as const;

/** Health in a word, with its first reason; the others unfold, each with what can be done. */
export function HealthChip(): ReactNode {
  const { t } = useTranslation();
  const health = useStudio(({ studio }) => studio?.health);
  const labelOf = useSubjectLabel();
  if (health === undefined) {
    return undefined;
  }
  const [first] = health.reasons;
  const chip = (
    <Chip tone={TONES[health.level]} icon={ICONS[health.level]}>
      <span className="health__words trim">
        {first === undefined
          ? t(`studio.health.${health.level}`)
          : t(`studio.reason.${first.code}.title`, { subject: labelOf(first) })}
      </span>
      {health.reasons.length > 1 && <span className="health__more trim">+{health.reasons.length - 1}</span>}
    </Chip>
  );
  if (first === undefined) {
    return <span className="health">{chip}</span>;
  }
  return (
    <Popover trigger={chip} triggerClass="health health--button" label={t('studio.health.label')}>
      <ul className="reasons">
        {health.reasons.map((reason) => (
          <li key={`${reason.code}:${reason.subject ?? ''}`} className="reasons__item">
            <strong>{t(`studio.reason.${reason.code}.title`, { subject: labelOf(reason) })}</strong>
            <span>{t(`studio.reason.${reason.code}.cure`, { subject: labelOf(reason) })}</span>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

/** A reason names a source or a destination by its id; people know its label. */
function useSubjectLabel(): (reason: { readonly subject?: string | undefined }) => string {
  const labelOf = useSourceLabel();
  return ({ subject = '' }) => labelOf(subject, subject);
}

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { AIR_FAULTS, type AirVerdict, type ProofOfAir } from '../../../src-main/shared/api/proof-of-air.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores, useStudio } from '../../stores/context.ts';
import { selectIsOnAir } from '../../stores/studio-store.ts';
import { Button } from '../../ui/button.tsx';
import { Icon, type IconName } from '../../ui/icon.tsx';
import { Chip, type Tone } from '../../ui/parts.tsx';
import { Popover } from '../../ui/popover.tsx';
import './air.css';

/** What viewers get, in a word at the top: the worst of all places, each with what can be done. */
export function AirChip(): ReactNode {
  const { t } = useTranslation();
  const { air } = useStores();
  const proofs = useStore(air, (slice) => slice.proofs);
  const isChecking = useStore(air, (slice) => slice.isChecking);
  const isOnAir = useStudio(selectIsOnAir);
  const label = useSubject();
  const words = useAirWords();
  const worst = worstOf(proofs);
  if (worst === undefined || !isOnAir) {
    return undefined;
  }
  const chip = (
    <Chip tone={toneOf(worst.verdict)} icon={iconOf(worst.verdict)}>
      <span className="health__words trim">{words(worst)}</span>
    </Chip>
  );
  return (
    <>
      {/* Told when it changes; the seconds change all the time. */}
      <span className="visually-hidden" role="status">
        {t(`outside.air.short.${worst.verdict}`)}
      </span>
      <Popover trigger={chip} triggerClass="health health--button" label={t('outside.air.label')}>
        <ul className="reasons">
          {proofs.map((proof) => (
            <li key={proof.subject} className="reasons__item">
              <strong>{label(proof.subject)}</strong>
              <span className="air" data-tone={toneOf(proof.verdict)}>
                {words(proof)}
              </span>
              <Explanation proof={proof} />
            </li>
          ))}
        </ul>
        <Button size="small" icon="refresh" keyCap="A" isPending={isChecking} onPress={() => void air.check()}>
          {t('outside.air.check')}
        </Button>
      </Popover>
    </>
  );
}

/** The same of one place, on its card. */
export function AirLine({ subject }: { readonly subject: string }): ReactNode {
  const { air } = useStores();
  const proof = useStore(air, ({ proofs }) => proofs.find((candidate) => candidate.subject === subject));
  const words = useAirWords();
  if (proof === undefined) {
    return undefined;
  }
  return (
    <p className="air" data-tone={toneOf(proof.verdict)}>
      <Icon name={iconOf(proof.verdict)} size={16} />
      <span>
        {words(proof)}
        {AIR_FAULTS.has(proof.verdict) && (
          <>
            . <Explanation proof={proof} />
          </>
        )}
      </span>
    </p>
  );
}

/** How it is known, or what can be done. */
function Explanation({ proof }: { readonly proof: ProofOfAir }): ReactNode {
  const { t } = useTranslation();
  switch (proof.verdict) {
    case 'checking':
      return undefined;
    case 'seen':
    case 'arriving':
      return proof.delayFrom === undefined ? undefined : (
        <span className="air__why">{t(`outside.air.clock.${proof.delayFrom}`)}</span>
      );
    default:
      return <span className="air__why">{t(`outside.air.cure.${proof.verdict}`)}</span>;
  }
}

function useAirWords(): (proof: ProofOfAir) => string {
  const { t } = useTranslation();
  const format = useFormat();
  return ({ verdict, delaySeconds }) => {
    const words = t(`outside.air.short.${verdict}`);
    return delaySeconds === undefined || (verdict !== 'seen' && verdict !== 'arriving')
      ? words
      : t('outside.air.behind', { words, seconds: format.decimal(delaySeconds, 1) });
  };
}

function useSubject(): (subject: string) => string {
  const { t } = useTranslation();
  const own = useStudio(({ studio }) => studio?.session?.locator);
  return (subject) => {
    const name = subject.slice(subject.indexOf('/') + 1);
    return subject === `locator/${own ?? ''}` ? t('outside.air.own') : name;
  };
}

const ORDER = { fault: 0, neutral: 1, good: 2 } as const;

function worstOf(proofs: readonly ProofOfAir[]): ProofOfAir | undefined {
  return proofs.toSorted((a, b) => ORDER[toneOf(a.verdict)] - ORDER[toneOf(b.verdict)])[0];
}

function toneOf(verdict: AirVerdict): Extract<Tone, 'neutral' | 'good' | 'fault'> {
  if (AIR_FAULTS.has(verdict)) {
    return 'fault';
  }
  return verdict === 'checking' ? 'neutral' : 'good';
}

function iconOf(verdict: AirVerdict): IconName {
  return AIR_FAULTS.has(verdict) ? 'fault' : 'eye';
}

import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SourceTestResult } from '../../../src-main/shared/api/devices.ts';
import type { SourceSpec } from '../../../src-main/shared/api/studio.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { useAction } from '../../stores/use-action.ts';
import { Button } from '../../ui/button.tsx';
import { LevelMeter } from '../../ui/level-meter.tsx';
import { Banner } from '../../ui/parts.tsx';

/** Tries a source before it is added: what it gives, or what to do. */
export function SourceTest({ spec }: { readonly spec: SourceSpec | undefined }): ReactNode {
  const { t } = useTranslation();
  const { studio } = useStores();
  const { pending, problem, run } = useAction();
  const [result, setResult] = useState<SourceTestResult>();
  const words = problem === undefined ? undefined : problemText(t, problem);

  return (
    <div className="source-test">
      <div className="source-test__ask">
        <Button
          icon="play"
          isDisabled={spec === undefined}
          isPending={pending !== undefined}
          onPress={() => {
            if (spec !== undefined) {
              setResult(undefined);
              run('test', async () => setResult(await studio.testSource(spec)));
            }
          }}
        >
          {t('sources.test.button')}
        </Button>
        <span className="source-test__lead">{t('sources.test.lead')}</span>
      </div>
      {words !== undefined && (
        <Banner tone="fault" title={words.title} role="alert">
          {words.text}
        </Banner>
      )}
      {result !== undefined && <Outcome result={result} />}
    </div>
  );
}

function Outcome({ result }: { readonly result: SourceTestResult }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { label: source, picture, sound } = result;
  return (
    <div className="source-test__outcome" role="status">
      <p>{t('sources.test.done', { source })}</p>
      {picture !== undefined && (
        <figure className="source-test__picture">
          <img
            src={`data:image/jpeg;base64,${picture.jpeg}`}
            width={picture.width}
            height={picture.height}
            alt={t('sources.test.picture', { source })}
          />
          {picture.frameRate !== undefined && (
            <figcaption>{t('sources.test.rate', { rate: format.decimal(picture.frameRate, 0) })}</figcaption>
          )}
        </figure>
      )}
      {result.inUse && <p>{t('sources.test.inUse')}</p>}
      {picture?.isBlack === true && <Banner tone="caution">{t('sources.test.black')}</Banner>}
      {sound !== undefined && (
        <div className="source-test__sound">
          <LevelMeter label={t('sources.test.level', { source })} read={() => sound} />
          <span className="source-test__level">
            {t('sources.test.peak', { level: format.decibels(sound.peakDb) })}
          </span>
        </div>
      )}
      {sound?.isSilent === true && <Banner tone="caution">{t('sources.test.silent')}</Banner>}
    </div>
  );
}

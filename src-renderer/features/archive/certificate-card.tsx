import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { Certificate } from '../../../src-main/shared/api/certificates.ts';
import { clockTime } from '../../i18n/format.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy.tsx';
import { Banner, Chip, ProgressBar } from '../../ui/parts.tsx';

/** Whether a recording is all there, in words, and the checksums of its files for whoever keeps them. */
export function CertificateCard({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const { assets } = useStores();
  const { name } = asset;
  const known = useStore(assets, ({ certificates }) => certificates.get(name));
  const isChecking = known?.state === 'checking';
  // After a change of the recording what it says may be of other files; with each check its progress is followed anew.
  useEffect(() => assets.followCertificate(name), [assets, name, asset.lastModified, isChecking]);

  return (
    <section className="card" aria-labelledby="certificate-title">
      <header className="card__head">
        <h2 id="certificate-title" className="section-title">
          {t('archive.certificate.title')}
        </h2>
        {!isChecking && (
          <Button size="small" icon="check" onPress={() => void assets.certify(name)}>
            {t(known?.state === 'unchecked' ? 'archive.certificate.check' : 'archive.certificate.again')}
          </Button>
        )}
      </header>
      {isChecking && <ProgressBar label={t('archive.certificate.checking')} value={known.progress} />}
      <div role="status">{known !== undefined && <Words certificate={known} />}</div>
    </section>
  );
}

function Words({ certificate }: { readonly certificate: Certificate }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { state, faults = [], files = [], gaps = [], loudness, soundOffset, duration = 0, problem } = certificate;
  if (state === 'checking') {
    return <p className="card__note">{t('archive.certificate.checkingText')}</p>;
  }
  if (state === 'unchecked') {
    const words = problem === undefined ? undefined : problemText(t, problem);
    return words === undefined ? (
      <p className="card__note">{t('archive.certificate.uncheckedText')}</p>
    ) : (
      <Banner tone="caution" title={words.title}>
        {words.text}
      </Banner>
    );
  }
  const facts = [
    t('archive.certificate.length', { length: clockTime(duration) }),
    gaps.length === 0
      ? t('archive.certificate.noGaps')
      : t('archive.certificate.gaps', {
          count: gaps.length,
          time: format.duration(gaps.reduce((sum, gap) => sum + gap.duration, 0)),
        }),
    soundOffset === undefined
      ? undefined
      : t('archive.certificate.offset', { ms: format.decimal(1000 * soundOffset, 0) }),
    loudness === undefined
      ? undefined
      : t('archive.certificate.loudness', {
          lufs: format.decimal(loudness.integrated, 1),
          peak: format.decimal(loudness.truePeak, 1),
        }),
  ];
  return (
    <>
      <Chip tone={state === 'faulty' ? 'fault' : 'good'} hasDot>
        {t(`archive.certificate.state.${state}`)}
      </Chip>
      <p className="card__note">
        {t('archive.certificate.when', { time: format.dateAndTime(certificate.checked ?? '') })}
      </p>
      <ul className="certificate">
        {facts.map((fact) => fact !== undefined && <li key={fact}>{fact}</li>)}
        {faults.map(({ track, message }) => (
          <li key={`${track} ${message}`}>{track === '' ? message : `${track}: ${message}`}</li>
        ))}
      </ul>
      <Checksums files={files} />
    </>
  );
}

function Checksums({ files }: { readonly files: NonNullable<Certificate['files']> }): ReactNode {
  const { t } = useTranslation();
  // As `sha256sum --check` reads it.
  const text = files.map(({ sha256, path }) => `${sha256}  ${path}\n`).join('');
  return (
    <details className="certificate__files">
      <summary>{t('archive.certificate.files', { count: files.length })}</summary>
      <pre className="certificate__sums">{text}</pre>
      <CopyButton
        text={text}
        label={t('archive.certificate.copy')}
        copiedLabel={t('archive.certificate.copied')}
      />
    </details>
  );
}

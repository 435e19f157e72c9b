import type { TFunction } from 'i18next';
import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { BrowserSource } from '../../../src-main/shared/api/browser-source.ts';
import type { SourceStatus } from '../../../src-main/shared/api/studio.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { sourceLabel } from '../../i18n/source-label.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { CopyField } from '../../ui/copy.tsx';
import { Banner } from '../../ui/parts.tsx';
import { QrCode } from '../../ui/qr-code.tsx';
import { Waiting } from '../../ui/spinner.tsx';

/** Where the page that captures can be opened, by whom it is, and how the links are made worthless. */
export function BrowserLinks({ source }: { readonly source: SourceStatus }): ReactNode {
  const { t } = useTranslation();
  const { browserSources } = useStores();
  const { id } = source.spec;
  const shown = useStore(browserSources, ({ byId }) => byId[id]);
  const isBusy = useStore(browserSources, (slice) => slice.isBusy);

  useEffect(() => browserSources.watch(id), [browserSources, id]);

  if (shown === undefined) {
    return <Waiting>{t('common.loading')}</Waiting>;
  }
  return (
    <div className="form">
      <p className="form__lead">{t('sources.browser.linksLead', { source: sourceLabel(t, source) })}</p>
      <p role="status">{sentWords(t, shown)}</p>
      <OwnLink link={shown.links.find(({ reach }) => reach === 'this-computer')} />
      <NetworkLinks shown={shown} />
      <div className="form__row">
        <Button size="small" icon="refresh" isPending={isBusy} onPress={() => void browserSources.renew(id)}>
          {t('sources.browser.renew')}
        </Button>
      </div>
      <p className="form__note">{t('sources.browser.renewNote')}</p>
    </div>
  );
}

type Link = BrowserSource['links'][number];

function sentWords(t: TFunction, { page }: BrowserSource): string {
  return page === undefined
    ? t('sources.browser.nobody')
    : t('sources.browser.sends', {
        name: page.name === '' ? t('sources.kind.browser.label') : page.name,
        from: page.from,
        size: `${page.width} × ${page.height}`,
      });
}

function OwnLink({ link }: { readonly link: Link | undefined }): ReactNode {
  const { t } = useTranslation();
  return (
    link !== undefined && (
      <section className="form" aria-labelledby="own-link">
        <h3 id="own-link" className="section-title">
          {t('sources.browser.here')}
        </h3>
        <p>
          <a className="link" href={link.url} target="_blank" rel="noreferrer">
            {t('sources.browser.open')}
          </a>
        </p>
        <CopyField label={t('sources.browser.link')} text={link.url} shown={withoutKey(link.url)} />
      </section>
    )
  );
}

function NetworkLinks({ shown: { links, error } }: { readonly shown: BrowserSource }): ReactNode {
  const { t } = useTranslation();
  const others = links.filter(({ reach }) => reach === 'network');
  const [first] = others;
  return (
    <section className="form" aria-labelledby="network-link">
      <h3 id="network-link" className="section-title">
        {t('sources.browser.elsewhere')}
      </h3>
      {error !== undefined && (
        <Banner tone="fault" title={problemText(t, error).title}>
          {problemText(t, error).text}
        </Banner>
      )}
      {first === undefined ? (
        <p className="form__note">{t('sources.browser.off')}</p>
      ) : (
        <>
          {!first.isSecure && (
            <Banner tone="caution" title={t('sources.browser.insecureTitle')}>
              {t('sources.browser.insecure')}
            </Banner>
          )}
          {first.isSecure && <QrCode text={first.url} label={t('sources.browser.qr')} />}
          {others.map(({ url }) => (
            <CopyField key={url} label={t('sources.browser.link')} text={url} shown={withoutKey(url)} />
          ))}
        </>
      )}
    </section>
  );
}

/** What is behind # is the key, and nobody's business who looks over a shoulder. */
function withoutKey(url: string): string {
  return `${url.replace(/#.*$/, '')}#…`;
}

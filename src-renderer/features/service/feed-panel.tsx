import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { Button } from '../../ui/button.tsx';
import { CopyBlock, CopyField } from '../../ui/copy.tsx';
import { Fold } from '../../ui/fold.tsx';
import { isEncryptedSrt, metadataCommand, type Recipe, recipesOf, withoutToken } from './recipes.ts';

/** Where an encoder sends to, and how the usual ones are told so. */
export function FeedPanel({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const { streamingProtocol, endpoints, timedMetadataEndpoints, accessToken } = event.input;
  const seen = (text: string): string => (isShown ? text : withoutToken(text, accessToken));
  const [metadata] = timedMetadataEndpoints ?? [];
  const hasSecret = endpoints.some(({ url }) => withoutToken(url, accessToken) !== url);

  return (
    <section className="card" aria-labelledby="feed-title">
      <header className="card__head">
        <h3 id="feed-title" className="section-title">
          {t('service.feed.title')}
        </h3>
        {hasSecret && (
          <Button size="small" icon={isShown ? 'eye-off' : 'eye'} onPress={() => setShown(!isShown)}>
            {t(isShown ? 'service.feed.hide' : 'service.feed.show')}
          </Button>
        )}
      </header>
      {endpoints.length === 0 && (
        <p className="card__note">
          {t(streamingProtocol === 'Studio' ? 'service.feed.how.Studio' : 'service.feed.none')}
        </p>
      )}
      {endpoints.length > 0 && (
        <>
          <p className="card__note">{t(`service.feed.how.${streamingProtocol}`)}</p>
          <div className="service__addresses">
            {labelled(endpoints).map(({ url, scheme, place }) => (
              <CopyField
                key={url}
                label={place === undefined ? scheme : t(`service.feed.${place}`, { scheme })}
                text={url}
                shown={seen(url)}
              />
            ))}
          </div>
          <p className="card__note">{t('service.feed.secret')}</p>
          {recipesOf(event).map((recipe) => (
            <Fold key={recipe.kind} title={t(`service.recipe.${recipe.kind}.title`)}>
              <p className="card__note">{t(`service.recipe.${recipe.kind}.text`)}</p>
              <RecipeText recipe={recipe} seen={seen} />
            </Fold>
          ))}
        </>
      )}
      {metadata !== undefined && (
        <Fold title={t('service.metadata.title')}>
          <p className="card__note">{t('service.metadata.text')}</p>
          <CopyBlock
            label={t('service.metadata.command')}
            text={metadataCommand(metadata.url)}
            shown={seen(metadataCommand(metadata.url))}
          />
        </Fold>
      )}
    </section>
  );
}

function RecipeText(props: { readonly recipe: Recipe; readonly seen: (text: string) => string }): ReactNode {
  const { recipe, seen } = props;
  const { t } = useTranslation();
  if ('fields' in recipe) {
    return (
      <div className="service__addresses">
        {recipe.fields.map(({ name, text }) => (
          <CopyField key={name} label={t(`service.recipe.field.${name}`)} text={text} shown={seen(text)} />
        ))}
      </div>
    );
  }
  if ('command' in recipe) {
    return <CopyBlock label={t('service.recipe.command')} text={recipe.command} shown={seen(recipe.command)} />;
  }
  return (
    <div className="service__addresses">
      <CopyField label={t('service.recipe.server')} text={recipe.server} shown={seen(recipe.server)} />
      {recipe.streamKey !== undefined && (
        <CopyField label={t('service.recipe.streamKey')} text={recipe.streamKey} />
      )}
    </div>
  );
}

type Labelled = {
  readonly url: string;
  readonly scheme: string;
  /** Only where there are two of a kind. */
  readonly place: 'primary' | 'secondary' | 'encrypted' | undefined;
};

function labelled(endpoints: readonly { readonly url: string }[]): readonly Labelled[] {
  const schemeOf = (url: string): string => (url.split(':')[0] ?? '').toUpperCase();
  return endpoints.map(({ url }) => {
    if (schemeOf(url) === 'SRT') {
      return { url, scheme: 'SRT', place: isEncryptedSrt(url) ? 'encrypted' : undefined };
    }
    const alike = endpoints.filter((other) => schemeOf(other.url) === schemeOf(url));
    const place = alike.length < 2 ? undefined : alike[0]?.url === url ? 'primary' : 'secondary';
    return { url, scheme: schemeOf(url), place };
  });
}

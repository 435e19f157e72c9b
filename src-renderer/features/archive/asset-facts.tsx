import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Asset } from '../../../src-main/shared/api/assets.ts';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import { fieldMessage, problemOf } from '../../api/problem.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { TextField } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';
import { titleOf } from './asset-list.ts';

export function AssetFacts({ asset }: { readonly asset: Asset }): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const [editing, setEditing] = useState(false);
  return (
    <section className="card" aria-labelledby="facts-title">
      <header className="card__head">
        <h2 id="facts-title" className="section-title">
          {t('archive.facts.title')}
        </h2>
        <Button size="small" icon="edit" onPress={() => setEditing(true)}>
          {t('common.edit')}
        </Button>
      </header>
      {asset.description !== '' && <p className="detail__description">{asset.description}</p>}
      {asset.tags.length > 0 && (
        <p className="detail__tags">
          {asset.tags.map((tag) => (
            <span key={tag} className="tag">
              {tag}
            </span>
          ))}
        </p>
      )}
      <dl className="tracks">
        {asset.tracks.map((track) => (
          <div key={track.id}>
            <dt>
              {track.kind === 'video'
                ? `${track.width ?? '?'} × ${track.height ?? '?'}`
                : t('archive.facts.sound')}
            </dt>
            <dd>
              {track.codec} · {format.bitrate(track.bitrate)}
            </dd>
          </div>
        ))}
        {asset.separateTracks?.map((track) => (
          <div key={track.id}>
            <dt>{t('archive.facts.separate', { source: track.label })}</dt>
            <dd>
              {track.codec} · {format.bitrate(track.bitrate)}
              {track.gaps.length > 0 &&
                ` · ${t('archive.facts.gapSum', {
                  count: track.gaps.length,
                  time: format.duration(track.gaps.reduce((sum, gap) => sum + gap.duration, 0)),
                })}`}
            </dd>
          </div>
        ))}
        {asset.gaps.length > 0 && (
          <div>
            <dt>{t('archive.facts.gaps')}</dt>
            <dd>
              {t('archive.facts.gapSum', {
                count: asset.gaps.length,
                time: format.duration(asset.gaps.reduce((sum, gap) => sum + gap.duration, 0)),
              })}
            </dd>
          </div>
        )}
      </dl>
      {editing && <EditDialog asset={asset} onClose={() => setEditing(false)} />}
    </section>
  );
}

function EditDialog(props: { readonly asset: Asset; readonly onClose: () => void }): ReactNode {
  const { asset, onClose } = props;
  const { t } = useTranslation();
  const { assets } = useStores();
  const [title, setTitle] = useState(titleOf(asset));
  const [description, setDescription] = useState(asset.description);
  const [tags, setTags] = useState(asset.tags.join(', '));
  const [isSaving, setSaving] = useState(false);
  const [problem, setProblem] = useState<Problem>();

  async function save(): Promise<void> {
    setSaving(true);
    try {
      await assets.change(asset.name, {
        title: title.trim(),
        description: description.trim(),
        tags: tagList(tags),
      });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setSaving(false);
    }
  }

  const words = problem === undefined || problem.errors !== undefined ? undefined : problemText(t, problem);
  return (
    <Dialog
      title={t('archive.edit.title')}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      footer={
        <>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" isPending={isSaving} onPress={() => void save()}>
            {t('common.save')}
          </Button>
        </>
      }
    >
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          void save();
        }}
      >
        <TextField
          label={t('archive.edit.name')}
          value={title}
          onChange={setTitle}
          error={fieldMessage(problem, 'title')}
          autoFocus
        />
        <TextField
          label={t('archive.edit.description')}
          value={description}
          onChange={setDescription}
          error={fieldMessage(problem, 'description')}
        />
        <TextField
          label={t('archive.edit.tags')}
          value={tags}
          onChange={setTags}
          description={t('archive.edit.tagsDescription')}
          error={fieldMessage(problem, 'tags')}
        />
        {words !== undefined && (
          <Banner tone="fault" title={words.title} role="alert">
            {words.text}
          </Banner>
        )}
        <button type="submit" hidden />
      </form>
    </Dialog>
  );
}

function tagList(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter((tag) => tag !== '');
}

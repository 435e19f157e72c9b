import { type ReactNode } from 'react';
import { FileTrigger } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { SceneImage } from '../../../../src-main/shared/api/scenes.ts';
import { problemText } from '../../../i18n/problem-text.ts';
import { useStores } from '../../../stores/context.ts';
import { useAction } from '../../../stores/use-action.ts';
import { Button } from '../../../ui/button.tsx';
import { Select } from '../../../ui/field.tsx';
import { Banner } from '../../../ui/parts.tsx';
import { imageName } from './scene-model.ts';

/** No image can have this name. */
const NONE = '-';
const NO_IMAGES: readonly SceneImage[] = [];

/** A picture out of those there are; another can be brought, and one that nothing uses can go. */
export function ImagePicker(props: {
  readonly label: string;
  readonly none: string;
  readonly value: string | undefined;
  readonly onChange: (image: string | undefined) => void;
}): ReactNode {
  const { value, onChange } = props;
  const { t } = useTranslation();
  const { scenes } = useStores();
  const images = useStore(scenes, (slice) => slice.scenes?.images ?? NO_IMAGES);
  const action = useAction();

  async function add(file: File): Promise<void> {
    const name = imageName(file.name, new Set(images.map(({ id }) => id)));
    await scenes.addImage(name, file);
    onChange(name);
  }

  return (
    <>
      <Select
        label={props.label}
        value={value ?? NONE}
        onChange={(chosen) => onChange(chosen === NONE ? undefined : chosen)}
        choices={[
          { value: NONE, label: props.none },
          ...images.map(({ id, width, height }) => ({
            value: id,
            label: id,
            detail: `${width} × ${height}`,
          })),
        ]}
      />
      <div className="row">
        <FileTrigger
          acceptedFileTypes={['image/png', 'image/jpeg']}
          onSelect={(files) => {
            const file = files?.item(0);
            if (file !== null && file !== undefined) {
              action.run('add', () => add(file));
            }
          }}
        >
          <Button size="small" icon="plus" isPending={action.pending === 'add'}>
            {t('scenes.addImage')}
          </Button>
        </FileTrigger>
        {value !== undefined && (
          <Button
            size="small"
            tone="quiet"
            icon="trash"
            isPending={action.pending === 'remove'}
            onPress={() =>
              action.run('remove', async () => {
                await scenes.removeImage(value);
                onChange(undefined);
              })
            }
          >
            {t('scenes.removeImage')}
          </Button>
        )}
      </div>
      {action.problem !== undefined && (
        <Banner
          tone="fault"
          title={problemText(t, action.problem).title}
          role="alert"
          action={
            <Button size="small" onPress={action.dismiss}>
              {t('common.dismiss')}
            </Button>
          }
        >
          {problemText(t, action.problem).text}
        </Banner>
      )}
    </>
  );
}

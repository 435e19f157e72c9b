import { type ReactNode, useEffect, useMemo, useState } from 'react';
import { FileTrigger } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { isSlate } from '../../stores/slates-store.ts';
import { useAction } from '../../stores/use-action.ts';
import { AskFirst } from '../../ui/ask-first.tsx';
import { Button, IconButton } from '../../ui/button.tsx';
import { Select } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { assetTitle } from './asset-title.ts';
import { ProblemBanner } from './problem-banner.tsx';
import { type SlateFault, slateFault, slateName } from './slate-file.ts';

/** No asset can have this name: it has no letter at its ends. */
const USUAL = '-';

/** A picture out of those there are, each shown; another can be brought, and one that is not needed can go. */
export function SlatePicker(props: {
  readonly label: string;
  /** What stands for none of them. */
  readonly usual: string;
  readonly description?: string | undefined;
  /** Asset; empty for the usual one. */
  readonly value: string;
  readonly onChange: (asset: string) => void;
  readonly error?: string | undefined;
  readonly isDisabled?: boolean | undefined;
}): ReactNode {
  const { value, onChange, isDisabled = false } = props;
  const { t } = useTranslation();
  const { assets, slates } = useStores();
  const { items } = useMirror(assets.list);
  const action = useAction();
  const [fault, setFault] = useState<SlateFault>();
  const [leaving, setLeaving] = useState<string>();
  const own = items.filter(isSlate);
  // One that was put into its asset by another program has no tag, and is chosen all the same.
  const others = value === '' || own.some(({ name }) => name === value) ? [] : [value];
  const faultText = useFaultText(fault);

  async function add(file: File): Promise<void> {
    const size = await sizeOf(file);
    const found = slateFault(file, size);
    setFault(found);
    if (found === undefined) {
      const name = slateName(file.name, new Set(items.map((asset) => asset.name)));
      await slates.add(name, file.name, file);
      onChange(name);
    }
  }

  return (
    <div className="slate-picker">
      <SlatePicture asset={value} />
      <div className="slate-picker__choice">
        <Select
          label={props.label}
          value={value === '' ? USUAL : value}
          onChange={(chosen) => onChange(chosen === USUAL ? '' : chosen)}
          choices={[
            { value: USUAL, label: props.usual },
            ...own.map((asset) => ({ value: asset.name, label: assetTitle(asset) })),
            ...others.map((name) => ({ value: name, label: name })),
          ]}
          description={props.description}
          error={faultText ?? props.error}
          isDisabled={isDisabled}
        />
        {!isDisabled && (
          <div className="row">
            <FileTrigger
              acceptedFileTypes={['image/jpeg']}
              onSelect={(files) => {
                const file = files?.item(0);
                if (file !== null && file !== undefined) {
                  action.run('add', () => add(file));
                }
              }}
            >
              <Button size="small" icon="plus" isPending={action.pending === 'add'}>
                {t('service.slates.add')}
              </Button>
            </FileTrigger>
            {own.some(({ name }) => name === value) && (
              <IconButton
                icon="trash"
                label={t('service.slates.remove')}
                isDisabled={action.pending !== undefined}
                onPress={() => setLeaving(value)}
              />
            )}
          </div>
        )}
      </div>
      <ProblemBanner problem={action.problem} onDismiss={action.dismiss} />
      <AskFirst
        asked={leaving}
        onClose={() => setLeaving(undefined)}
        onConfirm={(name) =>
          action.run('delete', async () => {
            await slates.delete(name);
            onChange('');
          })
        }
        wordsOf={() => ({
          title: t('service.slates.removeTitle'),
          text: t('service.slates.removeText'),
          confirm: t('service.slates.removeConfirm'),
        })}
      />
    </div>
  );
}

function SlatePicture({ asset }: { readonly asset: string }): ReactNode {
  const { t } = useTranslation();
  const { slates } = useStores();
  const picture = useStore(slates, ({ pictures }) => pictures.get(asset));
  const url = useObjectUrl(picture);

  useEffect(() => {
    if (asset !== '') {
      void slates.load(asset);
    }
  }, [slates, asset]);

  return (
    <span className="slate-picker__picture">
      {url === undefined ? (
        <Icon name="slate" size={28} />
      ) : (
        <img src={url} alt={t('service.slates.picture', { name: asset })} draggable={false} />
      )}
    </span>
  );
}

/** An address of a picture for as long as it is shown. */
function useObjectUrl(blob: Blob | undefined): string | undefined {
  const url = useMemo(() => (blob === undefined ? undefined : URL.createObjectURL(blob)), [blob]);
  useEffect(
    () => () => {
      if (url !== undefined) {
        URL.revokeObjectURL(url);
      }
    },
    [url],
  );
  return url;
}

function useFaultText(fault: SlateFault | undefined): string | undefined {
  const { t } = useTranslation();
  const format = useFormat();
  switch (fault?.kind) {
    case undefined:
      return undefined;
    case 'no-jpeg':
      return t('service.slates.fault.noJpeg');
    case 'bytes':
      return t('service.slates.fault.bytes', { size: format.bytes(fault.bytes) });
    case 'size':
      return t('service.slates.fault.size', { width: fault.width, height: fault.height });
  }
}

/** Width and height as the browser decodes them; undefined when it cannot. */
async function sizeOf(file: File): Promise<{ readonly width: number; readonly height: number } | undefined> {
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}

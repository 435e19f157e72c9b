import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useStore } from 'zustand';
import type { SceneElement, SceneSpec } from '../../../../src-main/shared/api/scenes.ts';
import { useStores } from '../../../stores/context.ts';
import { Button, IconButton } from '../../../ui/button.tsx';
import { Checkbox, Select, TextField } from '../../../ui/field.tsx';
import { ImagePicker } from './image-picker.tsx';
import { NumberField } from './number-field.tsx';
import { BorderFields, ColourField, CountdownFields, FitSelect, SourceSelect } from './scene-fields.tsx';
import { moved, newElement } from './scene-model.ts';

type CustomSpec = Extract<SceneSpec, { kind: 'custom' }>;

const KINDS: readonly SceneElement['kind'][] = ['source', 'image', 'text', 'countdown'];
const MOST_ELEMENTS = 12;
const SIDES = ['left', 'top', 'right', 'bottom'] as const;
const NO_CROP = { left: 0, top: 0, right: 0, bottom: 0 };

/** A layout of one's own: things on a ground, each with its place and size in per cent of the picture. */
export function CustomFields({
  spec,
  onChange,
}: {
  readonly spec: CustomSpec;
  readonly onChange: (spec: CustomSpec) => void;
}): ReactNode {
  const { t } = useTranslation();
  const { scenes } = useStores();
  const firstImage = useStore(scenes, (slice) => slice.scenes?.images[0]?.id);
  const { elements } = spec;
  const set = (next: readonly SceneElement[]): void => onChange({ ...spec, elements: [...next] });

  return (
    <>
      <ColourField
        label={t('scenes.ground')}
        value={spec.ground}
        onChange={(ground) => onChange({ ...spec, ground })}
      />
      {elements.map((element, index) => (
        <section
          // A thing has no name of its own: its place in the pile is what it is told apart by.
          key={`${index}-${element.kind}-${elements.length}`}
          className="scene-element"
          aria-label={t('scenes.elementNumber', { number: index + 1, kind: t(`scenes.element.${element.kind}`) })}
        >
          <div className="scene-element__head">
            <span>
              {index + 1}. {t(`scenes.element.${element.kind}`)}
            </span>
            <span className="row">
              <IconButton
                icon="back"
                label={t('scenes.lower')}
                isDisabled={index === 0}
                onPress={() => set(moved(elements, index, -1))}
              />
              <IconButton
                icon="trash"
                label={t('scenes.removeElement')}
                onPress={() => set(elements.toSpliced(index, 1))}
              />
            </span>
          </div>
          <ElementFields element={element} onChange={(next) => set(elements.with(index, next))} />
          <div className="scene-numbers">
            {(['x', 'y', 'width', 'height'] as const).map((side) => (
              <NumberField
                key={side}
                label={t(`scenes.place.${side}`)}
                suffix="%"
                least={side === 'x' || side === 'y' ? 0 : 2}
                most={100}
                value={element[side] * 100}
                onChange={(value) => set(elements.with(index, { ...element, [side]: value / 100 }))}
              />
            ))}
          </div>
        </section>
      ))}
      <div className="row">
        {KINDS.map((kind) => (
          <Button
            key={kind}
            size="small"
            icon="plus"
            isDisabled={elements.length >= MOST_ELEMENTS || (kind === 'image' && firstImage === undefined)}
            onPress={() => set([...elements, newElement(kind, firstImage)])}
          >
            {t(`scenes.element.${kind}`)}
          </Button>
        ))}
      </div>
    </>
  );
}

function ElementFields({
  element,
  onChange,
}: {
  readonly element: SceneElement;
  readonly onChange: (element: SceneElement) => void;
}): ReactNode {
  const { t } = useTranslation();
  switch (element.kind) {
    case 'source':
      return (
        <>
          <SourceSelect
            label={t('scenes.source')}
            value={element.source}
            onChange={(source) => onChange({ ...element, source })}
          />
          <FitSelect value={element.fit} onChange={(fit) => onChange({ ...element, fit })} />
          <div className="scene-numbers">
            {SIDES.map((side) => (
              <NumberField
                key={side}
                label={t(`scenes.crop.${side}`)}
                suffix="%"
                least={0}
                most={45}
                value={(element.crop?.[side] ?? 0) * 100}
                onChange={(value) =>
                  onChange({ ...element, crop: { ...(element.crop ?? NO_CROP), [side]: value / 100 } })
                }
              />
            ))}
          </div>
          <Checkbox
            isSelected={element.radius === 1}
            onChange={(isRound) => onChange({ ...element, radius: isRound ? 1 : 0 })}
          >
            {t('scenes.round')}
          </Checkbox>
          <BorderFields border={element.border} onChange={(border) => onChange({ ...element, border })} />
        </>
      );
    case 'image':
      return (
        <ImagePicker
          label={t('scenes.image')}
          none={t('scenes.noImage')}
          value={element.image}
          onChange={(image) => {
            if (image !== undefined) {
              onChange({ ...element, image });
            }
          }}
        />
      );
    case 'text':
      return (
        <>
          <TextField
            label={t('scenes.text')}
            value={element.text}
            onChange={(text) => onChange({ ...element, text })}
          />
          <Select
            label={t('scenes.align')}
            value={element.align}
            onChange={(align) => onChange({ ...element, align })}
            choices={(['left', 'center', 'right'] as const).map((value) => ({
              value,
              label: t(`scenes.aligns.${value}`),
            }))}
          />
          <ColourField
            label={t('scenes.colour')}
            value={element.colour}
            onChange={(colour) => onChange({ ...element, colour })}
          />
        </>
      );
    case 'countdown':
      return (
        <CountdownFields
          countdown={element.countdown}
          onChange={(countdown) => onChange({ ...element, countdown })}
        />
      );
  }
}

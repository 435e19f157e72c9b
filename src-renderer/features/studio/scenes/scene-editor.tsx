import { type ReactNode, useEffect, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { SceneSpec } from '../../../../src-main/shared/api/scenes.ts';
import { problemText } from '../../../i18n/problem-text.ts';
import { useStores } from '../../../stores/context.ts';
import { useSubmit } from '../../../stores/use-submit.ts';
import { TextField } from '../../../ui/field.tsx';
import { FormDialog } from '../../../ui/form-dialog.tsx';
import { CustomFields } from './custom-fields.tsx';
import { InsetFields, SideFields, SlateFields } from './scene-fields.tsx';
import { useMovingPicture } from './use-moving-picture.ts';

const WIDTH = 480;
const EVERY_MS = 1000;
/** A slider moves faster than pictures are drawn. */
const SETTLED_MS = 150;

/** One scene, with the picture it makes beside its fields. What is on air changes when it is saved. */
export function SceneEditor(props: {
  /** Left out for a new one. */
  readonly id: string | undefined;
  readonly spec: SceneSpec;
  readonly onBack: () => void;
  readonly onClose: () => void;
}): ReactNode {
  const { id } = props;
  const { t } = useTranslation();
  const { scenes } = useStores();
  const [spec, setSpec] = useState(props.spec);
  const submission = useSubmit({
    fields: ['name'],
    send: () => (id === undefined ? scenes.create(spec) : scenes.change(id, spec)),
    onDone: props.onBack,
  });
  return (
    <FormDialog
      title={id === undefined ? t('scenes.new') : t('scenes.edit', { name: props.spec.name })}
      confirmLabel={t('common.save')}
      isReady={spec.name.trim() !== ''}
      submission={submission}
      onClose={props.onClose}
      width="large"
    >
      <div className="scene-editor">
        <div className="scene-editor__fields">
          <TextField
            label={t('scenes.name')}
            value={spec.name}
            onChange={(name) => setSpec({ ...spec, name })}
            error={submission.faultOf('name')}
            autoFocus
          />
          <Fields spec={spec} onChange={setSpec} />
        </div>
        <Sketch spec={spec} />
      </div>
    </FormDialog>
  );
}

function Fields({
  spec,
  onChange,
}: {
  readonly spec: SceneSpec;
  readonly onChange: (spec: SceneSpec) => void;
}): ReactNode {
  switch (spec.kind) {
    case 'picture-in-picture':
      return <InsetFields spec={spec} onChange={onChange} />;
    case 'side-by-side':
      return <SideFields spec={spec} onChange={onChange} />;
    case 'slate':
      return <SlateFields spec={spec} onChange={onChange} />;
    case 'custom':
      return <CustomFields spec={spec} onChange={onChange} />;
  }
}

function Sketch({ spec }: { readonly spec: SceneSpec }): ReactNode {
  const { t } = useTranslation();
  const { scenes } = useStores();
  const element = useRef<HTMLDivElement>(null);
  const settled = useSettled(spec);
  const load = useMemo(() => (signal: AbortSignal) => scenes.sketch(settled, WIDTH, signal), [scenes, settled]);
  const { url, problem } = useMovingPicture(element, load, EVERY_MS);
  return (
    <div className="scene-editor__look">
      <div className="look__picture" ref={element}>
        {url === undefined ? (
          <p className="look__hint">{t('common.loading')}</p>
        ) : (
          <img src={url} alt={t('scenes.look.picture', { name: spec.name })} draggable={false} />
        )}
      </div>
      {problem !== undefined && (
        <p className="scene-list__note" role="status">
          {problemText(t, problem).text}
        </p>
      )}
    </div>
  );
}

function useSettled<T>(value: T): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const handle = setTimeout(() => setSettled(value), SETTLED_MS);
    return () => clearTimeout(handle);
  }, [value]);
  return settled;
}

import { type ReactNode, useId, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { LiveEvent } from '../../../src-main/shared/api/live-events.ts';
import { useStores } from '../../stores/context.ts';
import { useSubmit } from '../../stores/use-submit.ts';
import { FormDialog } from '../../ui/form-dialog.tsx';
import { faultsOfFields, fieldsOf, isAtRest, patchOf } from './event-fields.ts';
import {
  AboutFields,
  AccessFields,
  FIELDS,
  HostFields,
  KeyFrameField,
  type SectionProps,
  SlateFields,
  StretchField,
} from './event-sections.tsx';
import { FormReason, FormSection } from './form-section.tsx';
import { isEncoding } from './recipes.ts';

/** Everything of an event that can be changed: at any time, only while nothing runs, and, to be read, never again. */
export function EditEventDialog(props: { readonly event: LiveEvent; readonly onClose: () => void }): ReactNode {
  const { event, onClose } = props;
  const { t } = useTranslation();
  const { liveEvents } = useStores();
  const [before] = useState(() => fieldsOf(event));
  const [fields, setFields] = useState(before);
  const faults = faultsOfFields(fields, before);
  const submission = useSubmit({
    fields: Object.values(FIELDS),
    send: () => liveEvents.change(event.name, patchOf(event, fields)),
    onDone: onClose,
  });
  const section: SectionProps = {
    fields,
    onChange: (patch) => setFields((current) => ({ ...current, ...patch })),
    faults,
    submission,
  };
  const atRest = { ...section, isDisabled: !isAtRest(event) };
  const reasonId = useId();
  const describedBy = isAtRest(event) ? undefined : reasonId;

  return (
    <FormDialog
      title={t('service.edit.title', { name: event.name })}
      confirmLabel={t('service.edit.save')}
      isReady={faults.size === 0 && Object.keys(patchOf(event, fields)).length > 0}
      submission={submission}
      onClose={onClose}
      width="medium"
    >
      <FormSection title={t('service.edit.about')}>
        <AboutFields {...section} />
      </FormSection>
      {!isAtRest(event) && (
        <FormReason id={reasonId}>
          {t('service.edit.atRestOnly', { state: t(`service.state.${event.resourceState}`) })}
        </FormReason>
      )}
      <FormSection title={t('service.edit.access')} describedBy={describedBy}>
        <AccessFields {...atRest} protocol={event.input.streamingProtocol} accesses={['everybody', 'list']} />
      </FormSection>
      <FormSection title={t('service.edit.timing')} describedBy={describedBy}>
        <KeyFrameField {...atRest} />
        {isEncoding(event) && <StretchField {...atRest} />}
      </FormSection>
      {isEncoding(event) && (
        <FormSection title={t('service.edit.slate')} describedBy={describedBy}>
          <SlateFields {...atRest} />
        </FormSection>
      )}
      <FormSection title={t('service.edit.host')} describedBy={describedBy}>
        <HostFields {...atRest} isTokenHidden />
      </FormSection>
      <FormSection title={t('service.edit.fixed')}>
        <p className="form__note">{t('service.edit.fixedText')}</p>
        <Fixed event={event} />
      </FormSection>
    </FormDialog>
  );
}

function Fixed({ event }: { readonly event: LiveEvent }): ReactNode {
  const { t } = useTranslation();
  const { input, encoding, streamOptions, preview } = event;
  const ladder = encoding.customPreset?.layers.map(({ width, height }) => `${width}×${height}`).join(', ');
  const facts: readonly [string, string | undefined][] = [
    [t('service.create.protocol'), t(`service.protocol.${input.streamingProtocol}`)],
    [t('service.create.encodingType'), t(`service.encodingType.${encoding.encodingType}`)],
    [t('service.create.preset'), encoding.presetName ?? ladder],
    [
      t('service.create.streamOption'),
      streamOptions.map((option) => t(`service.streamOption.${option}`)).join(', '),
    ],
    [t('service.create.previewLocator'), preview.previewLocator],
    [t('service.edit.previewPolicy'), preview.streamingPolicyName],
    [t('service.edit.alternativeMediaId'), preview.alternativeMediaId],
  ];
  return (
    <dl className="fact-list">
      {facts.map(
        ([name, value]) =>
          value !== undefined && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}

import { type ReactNode, useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import {
  type Asset,
  EXPORT_FORMATS,
  type ExportCreate,
  type ExportFormat,
} from '../../../src-main/shared/api/assets.ts';
import type { Problem } from '../../../src-main/shared/api/common.ts';
import type { ExportPlan } from '../../../src-main/shared/api/export-plans.ts';
import { problemOf } from '../../api/problem.ts';
import { clockTime } from '../../i18n/format.ts';
import { problemText } from '../../i18n/problem-text.ts';
import { useFormat } from '../../i18n/use-format.ts';
import { useStores } from '../../stores/context.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Checkbox, Select } from '../../ui/field.tsx';
import { Banner } from '../../ui/parts.tsx';
import { RadioCards } from '../../ui/radio-cards.tsx';
import { spanOf, titleOf } from './asset-list.ts';
import { EXPORT_ICONS, exportBitrate, exportFileName, qualitiesOf, soundsOf } from './export-model.ts';
import { exportSize, isWhole, type Range } from './trim.ts';

export function ExportDialog(props: {
  readonly asset: Asset;
  /** On key frames, and where the handles were put. */
  readonly range: Range;
  readonly wanted: Range;
  readonly onClose: () => void;
}): ReactNode {
  const { asset, range, wanted, onClose } = props;
  const { name } = asset;
  const { t } = useTranslation();
  const format = useFormat();
  const { exports, desktop } = useStores();
  const span = spanOf(asset);
  const hasPart = !isWhole(range, span);
  const qualities = qualitiesOf(asset);
  const [fileFormat, setFileFormat] = useState<ExportFormat>('mp4');
  const [quality, setQuality] = useState('top');
  const [chosenSound, setSound] = useState('programme');
  const [part, setPart] = useState<'whole' | 'part'>(hasPart ? 'part' : 'whole');
  const [wantsExact, setWantsExact] = useState(false);
  const [isStarting, setStarting] = useState(false);
  const [problem, setProblem] = useState<Problem>();
  const canBeExact = part === 'part' && (fileFormat === 'mp4' || fileFormat === 'm4a');
  const isExact = canBeExact && wantsExact;
  const { start: from, end: to } = isExact ? wanted : range;
  const chosen: Range = part === 'part' ? { start: from, end: to } : { start: 0, end: span };
  const separate = asset.separateTracks ?? [];
  const sounds = soundsOf(asset, fileFormat);
  const sound = sounds.includes(chosenSound) ? chosenSound : 'programme';
  const [plan, setPlan] = useState<ExportPlan>();

  useEffect(() => {
    const gone = new AbortController();
    void (async () => {
      try {
        const answer = await exports.plan(name, {
          ...requestOf(fileFormat, quality, sound),
          ...(part === 'part' ? { start: from, end: to } : {}),
          ...(isExact ? { exact: true } : {}),
        });
        if (!gone.signal.aborted) {
          setPlan(answer);
          setProblem(undefined);
        }
      } catch (error) {
        if (!gone.signal.aborted) {
          setPlan(undefined);
          setProblem(problemOf(error));
        }
      }
    })();
    return () => gone.abort();
    // A recording in progress grows.
  }, [exports, name, fileFormat, quality, sound, part, from, to, isExact, span]);

  const size = plan?.size ?? exportSize(exportBitrate(asset, fileFormat, quality, sound), chosen, asset.gaps);

  async function start(): Promise<void> {
    setStarting(true);
    setProblem(undefined);
    try {
      const source = separate.find(({ id }) => id === sound);
      const title = source === undefined ? titleOf(asset) : `${titleOf(asset)} - ${source.label}`;
      const out = await desktop?.chooseSavePath(exportFileName(title, fileFormat));
      if (desktop !== undefined && out === undefined) {
        return;
      }
      await exports.start(asset.name, {
        ...requestOf(fileFormat, quality, sound),
        ...(part === 'part' ? { start: from, end: to } : {}),
        ...(isExact ? { exact: true } : {}),
        ...(out === undefined ? {} : { out }),
      });
      onClose();
    } catch (error) {
      setProblem(problemOf(error));
    } finally {
      setStarting(false);
    }
  }

  const words = problem === undefined ? undefined : problemText(t, problem);
  return (
    <Dialog
      title={t('archive.export.title', { title: titleOf(asset) })}
      isOpen
      onClose={onClose}
      closeLabel={t('common.close')}
      footer={
        <>
          <span className="dialog__note">{t('archive.export.size', { size: format.bytes(size) })}</span>
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button tone="primary" icon="download" isPending={isStarting} onPress={() => void start()}>
            {t('archive.export.start')}
          </Button>
        </>
      }
    >
      <div className="form">
        <RadioCards
          label={t('archive.export.format')}
          columns={2}
          value={fileFormat}
          onChange={setFileFormat}
          cards={EXPORT_FORMATS.map((value) => ({
            value,
            icon: EXPORT_ICONS[value],
            label: t(`archive.export.formats.${value}.label`),
            detail: t(`archive.export.formats.${value}.detail`),
          }))}
        />
        {fileFormat !== 'm4a' && (
          <Select
            label={t('archive.export.quality')}
            value={quality}
            onChange={setQuality}
            choices={[
              { value: 'top', label: t('archive.export.top') },
              ...(qualities.length > 1 ? [{ value: 'all', label: t('archive.export.all') }] : []),
              ...qualities.map(({ kbps, height, bitrate }) => ({
                value: String(kbps),
                label: `${height}p`,
                detail: format.bitrate(bitrate),
              })),
            ]}
          />
        )}
        {sounds.length > 1 && (
          <Select
            label={t('archive.export.sound')}
            value={sound}
            onChange={setSound}
            choices={sounds.map((value) => ({
              value,
              label:
                separate.find(({ id }) => id === value)?.label ??
                t(value === 'all' ? 'archive.export.soundAll' : 'archive.export.soundProgramme'),
            }))}
          />
        )}
        <RadioCards
          label={t('archive.export.range')}
          columns={2}
          value={part}
          onChange={setPart}
          cards={[
            {
              value: 'whole',
              label: t('archive.export.ranges.whole'),
              detail: clockTime(span),
            },
            {
              value: 'part',
              label: t('archive.export.ranges.part'),
              detail: hasPart
                ? `${format.exactTime(from)} – ${format.exactTime(to)} (${format.exactTime(to - from)})`
                : t('archive.export.ranges.none'),
            },
          ]}
        />
        {canBeExact && (
          <Checkbox isSelected={wantsExact} onChange={setWantsExact}>
            {t('archive.export.exact')}
          </Checkbox>
        )}
        <p className="form__note" role="status">
          {plan === undefined
            ? t('archive.export.note')
            : t(isExact ? 'archive.export.realExact' : 'archive.export.real', {
                start: format.exactTime(plan.start),
                end: format.exactTime(plan.end),
                length: format.exactTime(plan.end - plan.start),
              })}
        </p>
        {words !== undefined && (
          <Banner tone="fault" title={words.title} role="alert">
            {words.text}
          </Banner>
        )}
      </div>
    </Dialog>
  );
}

function requestOf(
  format: ExportCreate['format'],
  quality: string,
  sound: string,
): Pick<ExportCreate, 'format' | 'quality' | 'sound'> {
  return {
    format,
    quality: quality === 'top' || quality === 'all' ? quality : Number(quality),
    ...(sound === 'programme' ? {} : { sound }),
  };
}

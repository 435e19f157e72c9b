import type { TFunction } from 'i18next';
import type { PreflightCheck } from '../../../src-main/shared/api/preflight.ts';
import { problemText } from '../../i18n/problem-text.ts';
import type { useFormat } from '../../i18n/use-format.ts';

type Format = ReturnType<typeof useFormat>;

/** What a check found, in the words of the page; empty while it has found nothing. */
export function checkText(t: TFunction, format: Format, { finding, problem, state }: PreflightCheck): string {
  if (finding === undefined) {
    return state === 'skipped' ? t('preflight.says.skipped') : '';
  }
  const ladder = (heights: readonly number[]): string => heights.map((height) => `${height}p`).join(' + ');
  const whole = (value: number): string => format.decimal(value, 0);
  switch (finding.code) {
    case 'source-works': {
      const rate = finding.frameRate === undefined ? undefined : whole(finding.frameRate);
      const level = finding.peakDb === undefined ? undefined : format.decibels(finding.peakDb);
      if (rate === undefined) {
        return level === undefined
          ? t('preflight.says.source-works')
          : t('preflight.says.source-heard', { level });
      }
      return level === undefined
        ? t('preflight.says.source-seen', { rate })
        : t('preflight.says.source-seen-and-heard', { rate, level });
    }
    case 'source-silent':
    case 'too-long':
      return t(`preflight.says.${finding.code}`, { seconds: whole(finding.seconds) });
    case 'source-nothing':
      return problem === undefined
        ? t('preflight.says.source-nothing', { seconds: whole(finding.seconds) })
        : problemText(t, problem).text;
    case 'source-poor':
    case 'failed':
      return problem === undefined ? t('preflight.says.failed') : problemText(t, problem).text;
    case 'encoder-holds':
    case 'encoder-slow':
      return t(`preflight.says.${finding.code}`, {
        ladder: ladder(finding.heights),
        speed: format.decimal(finding.speed, 1),
      });
    case 'encoder-runs':
      return t('preflight.says.encoder-runs', {
        ladder: ladder(finding.heights),
        speed: format.decimal(finding.speed, 2),
      });
    case 'encoder-busy':
      return t('preflight.says.encoder-busy', { event: finding.liveEvent });
    case 'disk-lasts':
      return t('preflight.says.disk-lasts', { time: format.duration(finding.secondsLeft) });
    case 'battery':
      return finding.secondsLeft === undefined
        ? t('preflight.says.battery-percent', { percent: whole(finding.percent) })
        : t('preflight.says.battery', {
            time: format.duration(finding.secondsLeft),
            percent: whole(finding.percent),
          });
    case 'page-answers':
      return t(finding.shared ? 'preflight.says.page-shared' : 'preflight.says.page-answers');
    case 'destination-answers': {
      const answers = t('preflight.says.destination-answers', { time: whole(finding.milliseconds) });
      const needed = format.bitrate(finding.neededBitrate);
      const { last } = finding;
      if (last === undefined) {
        return `${answers} ${t('preflight.says.upload-unknown', { needed })}`;
      }
      const took = format.bitrate(last.bitrate);
      const day = format.dateAndTime(last.at);
      return last.limited
        ? `${answers} ${t('preflight.says.upload-limited', {
            factor: format.decimal(last.bitrate / finding.neededBitrate, 1),
            took,
            needed,
            day,
          })}`
        : `${answers} ${t('preflight.says.upload-took', { took, needed, day })}`;
    }
    case 'destination-backup':
      return t('preflight.says.destination-backup', { time: whole(finding.milliseconds) });
    case 'destination-untried':
      return t('preflight.says.destination-untried', { scheme: finding.scheme });
    default:
      return t(`preflight.says.${finding.code}`);
  }
}

/** What it is about, as the person knows it. */
export function checkLabel(
  t: TFunction,
  { kind, subject, label }: PreflightCheck,
  sourceLabel: (id: string, fallback: string) => string,
): string {
  switch (kind) {
    case 'source':
      return subject === undefined ? t('preflight.about.source') : sourceLabel(subject, label);
    case 'destination':
      return label;
    default:
      return t(`preflight.about.${kind}`);
  }
}

import type { PreflightCheck, PreflightFinding } from '../../../shared/api/preflight.ts';
import type { AppError } from '../../../shared/app-error.ts';

/** What a finding says, in English; the page has words of its own for each. */
export function sentenceOf(finding: PreflightFinding, error: AppError | undefined): string {
  switch (finding.code) {
    case 'source-works':
      return `Really captured just now${finding.frameRate === undefined ? '' : ` at ${finding.frameRate.toFixed(0)} pictures a second`}${
        finding.peakDb === undefined ? '' : `, heard at ${finding.peakDb.toFixed(0)} dB`
      }.`;
    case 'source-muted':
      return 'Works, but it is muted: viewers would not hear it.';
    case 'source-silent':
      return `Works, but nothing was heard for ${finding.seconds.toFixed(0)} s.`;
    case 'source-poor':
      return error?.message ?? 'Works, but something is wrong with what it gives.';
    case 'source-nothing':
      return error?.message ?? `Gave nothing for ${finding.seconds.toFixed(0)} s.`;
    case 'no-source':
      return 'No source with a picture is chosen.';
    case 'no-sound':
      return 'No source of sound is chosen: viewers would hear nothing.';
    case 'encoder-holds':
      return `This computer holds ${ladderText(finding.heights)}, ${finding.speed.toFixed(1)}× as fast as needed.`;
    case 'encoder-slow':
      return `This computer does not hold ${ladderText(finding.heights)}: ${finding.speed.toFixed(1)}× of what is needed.`;
    case 'encoder-runs':
      return `Encodes ${ladderText(finding.heights)} right now, at ${finding.speed.toFixed(2)}×.`;
    case 'encoder-fails':
      return 'The encoder gave nothing.';
    case 'encoder-busy':
      return `Not measured, because the live event ${finding.liveEvent} is on air and needs this computer.`;
    case 'sound-only':
      return 'Only sound is encoded, which any computer holds.';
    case 'disk-lasts':
      return `Disk for ${timeText(finding.secondsLeft)}.`;
    case 'disk-full':
      return 'The disk is full: nothing can be recorded.';
    case 'not-recorded':
      return 'This broadcast will not be recorded.';
    case 'mains':
      return 'Plugged in.';
    case 'battery':
      return finding.secondsLeft === undefined
        ? `On battery, ${finding.percent.toFixed(0)} % left.`
        : `Battery for ${timeText(finding.secondsLeft)} (${finding.percent.toFixed(0)} %).`;
    case 'power-unknown':
      return 'This system does not say how it is powered.';
    case 'page-answers':
      return `Your own page answers in ${finding.milliseconds.toFixed(0)} ms${
        finding.shared ? '.' : ', so far on this computer only.'
      }`;
    case 'destination-answers':
      return `Answers in ${finding.milliseconds.toFixed(0)} ms. ${uploadText(finding)}`;
    case 'destination-backup':
      return `Its first address does not answer, the second does, in ${finding.milliseconds.toFixed(0)} ms.`;
    case 'destination-untried':
      return `An address that begins with ${finding.scheme}:// cannot be tried without sending.`;
    case 'failed':
      return error?.message ?? 'The check failed.';
    case 'too-long':
      return `Not known after ${finding.seconds.toFixed(0)} s.`;
  }
}

/** What can honestly be said of an upload that nobody may try out. */
function uploadText({ neededBitrate, last }: Extract<PreflightFinding, { code: 'destination-answers' }>): string {
  const needed = rateText(neededBitrate);
  if (last === undefined) {
    return `This quality needs ${needed}; how much gets through is known after the first broadcast.`;
  }
  const day = last.at.slice(0, 10);
  const factor = (last.bitrate / neededBitrate).toFixed(1);
  return last.limited
    ? `No more than ${rateText(last.bitrate)} got through on ${day}: upload ${factor}× of the ${needed} that this quality needs.`
    : `It took ${rateText(last.bitrate)} on ${day}; this quality needs ${needed}.`;
}

/** The margins in one sentence, as a presenter would say them: what is fine, then the weakest. */
export function summaryOf(checks: readonly PreflightCheck[], weakest: PreflightCheck | undefined): string {
  const open = checks.filter(({ state }) => state === 'waiting' || state === 'running').length;
  const bad = checks.filter(({ state }) => state === 'bad').length;
  const margins = checks.flatMap(({ finding }) => (finding === undefined ? [] : marginText(finding)));
  return [
    ...(margins.length === 0 ? [] : [`${margins.join('; ')}.`]),
    ...(bad === 0 ? [] : [`${bad === 1 ? '1 thing does' : `${bad} things do`} not work.`]),
    ...(weakest === undefined ? [] : [`Weakest: ${weakest.label}.`]),
    ...(open === 0 ? [] : [`${open} still being checked.`]),
  ].join(' ');
}

function marginText(finding: PreflightFinding): readonly string[] {
  switch (finding.code) {
    case 'encoder-holds':
      return [`this computer holds ${ladderText(finding.heights)} (${finding.speed.toFixed(1)}×)`];
    case 'encoder-slow':
      return [`this computer does not hold ${ladderText(finding.heights)}`];
    case 'encoder-runs':
      return [`encodes ${ladderText(finding.heights)} at ${finding.speed.toFixed(2)}×`];
    case 'disk-lasts':
      return [`disk for ${timeText(finding.secondsLeft)}`];
    case 'battery':
      return finding.secondsLeft === undefined
        ? [`battery ${finding.percent.toFixed(0)} %`]
        : [`battery ${timeText(finding.secondsLeft)}`];
    case 'destination-answers':
      return finding.last?.limited === true
        ? [`upload ${(finding.last.bitrate / finding.neededBitrate).toFixed(1)}×`]
        : [];
    default:
      return [];
  }
}

/** `1080p+720p+480p`. */
function ladderText(heights: readonly number[]): string {
  return heights.map((height) => `${height}p`).join('+');
}

/** `5 h 10 min`, `42 min`, `38 s`; rounded down, because what is left is never promised too high. */
function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  if (whole >= 172_800) {
    return `${Math.floor(whole / 86_400)} days`;
  }
  const minutes = Math.floor(whole / 60);
  return whole >= 3600
    ? `${Math.floor(minutes / 60)} h ${minutes % 60} min`
    : whole >= 60
      ? `${minutes} min`
      : `${whole} s`;
}

function rateText(bitsPerSecond: number): string {
  return bitsPerSecond >= 1_000_000
    ? `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`
    : `${(bitsPerSecond / 1000).toFixed(0)} kbit/s`;
}

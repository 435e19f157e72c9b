import type { DrillFault, DrillReport } from '../../../shared/api/fire-drill.ts';

/** Nobody sees less than two frames. */
const LEAST_SECONDS = 0.05;

export const FAILED_SENTENCE = 'The drill could not be carried out, and nothing has gone wrong.';

/** What viewers would have seen, in a sentence or two; the page has words of its own. */
export function drillSentence(fault: DrillFault, report: DrillReport): string {
  const text = {
    cable: cableText,
    camera: cameraText,
    disk: diskText,
    encoder: encoderText,
  }[fault](report);
  return report.recovered ? text : `${text} It was not as before when the drill ended.`;
}

function cableText({ stillSeconds, lostSeconds, unrecordedSeconds, recoverySeconds }: DrillReport): string {
  const recording =
    unrecordedSeconds < LEAST_SECONDS
      ? 'Your recording went on without a hole'
      : `Your recording misses ${secondsText(unrecordedSeconds)}`;
  const viewers =
    stillSeconds < LEAST_SECONDS
      ? 'viewers would have seen nothing of it, because their players hold more than that'
      : `viewers elsewhere would have seen the picture stand still for ${secondsText(stillSeconds)}`;
  return `${recording}; ${viewers}. Services would miss ${secondsText(lostSeconds)}, and everybody has a picture again ${secondsText(recoverySeconds)} after the cable is back.`;
}

function cameraText({ stillSeconds, slateSeconds, recoverySeconds }: DrillReport): string {
  const slate = slateSeconds === 0 ? '' : `, then the slate for ${secondsText(slateSeconds)}`;
  return `Viewers would have seen the picture stand still for ${secondsText(stillSeconds)}${slate}; the sound went on. The camera was back by itself after ${secondsText(recoverySeconds)}.`;
}

function diskText({ stillSeconds, unrecordedSeconds, recoverySeconds }: DrillReport): string {
  const viewers =
    stillSeconds === 0
      ? 'Viewers would have seen nothing of it'
      : `Viewers would have seen the picture stand still for ${secondsText(stillSeconds)}`;
  return `${viewers}. The recording misses ${secondsText(unrecordedSeconds)}; it went on by itself ${secondsText(recoverySeconds)} after there was room again.`;
}

function encoderText({ stillSeconds, lostSeconds, recoverySeconds }: DrillReport): string {
  const pause =
    stillSeconds === 0
      ? 'viewers would have seen no pause'
      : `viewers would have seen the picture stand still for ${secondsText(stillSeconds)}`;
  const lost = lostSeconds === 0 ? 'Not a picture is missing' : `${secondsText(lostSeconds)} are missing`;
  return `A new encoder had taken over after ${secondsText(recoverySeconds)}; ${pause}. ${lost}.`;
}

function secondsText(seconds: number): string {
  return `${seconds.toFixed(1)} s`;
}

import type { AppError } from '../../shared/app-error.ts';
import type { WireFault } from '../ports/mixer.ts';
import type { ChildExit } from '../ports/process.ts';

export function toFault(error: AppError): WireFault {
  return { code: error.code, message: error.message };
}

/** An encoder that ended although nobody had asked it to. */
export function encoderExitFault(exit: ChildExit): WireFault {
  const reason = exit.signal ?? `code ${exit.code ?? 'unknown'}`;
  const lastWords = exit.lastLines.at(-1);
  return {
    code: 'process/exited',
    message: `The encoder ended unexpectedly (${reason})${lastWords === undefined ? '.' : `: ${lastWords}`}`,
  };
}

export const ENCODER_SILENT: WireFault = {
  code: 'live/encoder-no-output',
  message: 'The encoder took pictures but gave nothing back for 2 s and was restarted.',
};

export const SEPARATE_SILENT: WireFault = {
  code: 'live/encoder-no-output',
  message: 'The encoder of a separate track took sound but gave nothing back, and was restarted.',
};

export const ENCODER_OVERLOADED: WireFault = {
  code: 'encode/overloaded',
  message: 'The encoder is slower than the programme: pictures wait for it.',
};

export const ENCODER_LEFT_BEHIND: WireFault = {
  code: 'encode/overloaded',
  message:
    'The encoder had fallen so far behind that it was restarted at the present picture; what waited is lost.',
};

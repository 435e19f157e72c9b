import type { EncoderCommand, MixerCommand } from '../ports/mixer.ts';

/**
 * Everything that was last asked of the mixer and still holds: what a fresh mixer process has to be told to be where the old one was.
 */
export type MixerState = {
  remember(command: MixerCommand): void;
  forgetEncoding(encoding: string): void;
  encodings(): readonly string[];
  isConfigured(): boolean;
  /** In the order in which a fresh process needs them. The canvas gets the UTC of this moment. */
  commands(wallNowMs: number): readonly MixerCommand[];
};

export function createMixerState(): MixerState {
  let configure: Extract<MixerCommand, { type: 'configure' }> | undefined;
  const latest = new Map<
    'sources' | 'scene' | 'slate' | 'preview' | 'loudness' | 'cut' | 'separate',
    MixerCommand
  >();
  const levels = new Map<string, MixerCommand>();
  const images = new Map<string, MixerCommand>();
  const encodings = new Map<string, EncoderCommand>();

  return {
    remember(command) {
      switch (command.type) {
        case 'configure':
          configure = command;
          break;
        case 'sources':
        case 'scene':
        case 'slate':
        case 'preview':
        case 'loudness':
        case 'cut':
        case 'separate':
          latest.set(command.type, command);
          break;
        case 'audio':
          levels.set(command.id, command);
          break;
        case 'image':
          if (command.image === undefined) {
            images.delete(command.id);
          } else {
            images.set(command.id, command);
          }
          break;
        case 'start-encoder':
          encodings.set(command.encoding, command.command);
          break;
        case 'replace-encoder':
          if (encodings.has(command.encoding)) {
            encodings.set(command.encoding, command.command);
          }
          break;
        case 'stop-encoder':
        case 'retry-source':
        // A fresh process has no fault in it.
        case 'drill':
        case 'look-at-source':
        case 'sketch':
        case 'shutdown':
          break;
      }
    },
    forgetEncoding: (encoding) => void encodings.delete(encoding),
    encodings: () => [...encodings.keys()],
    isConfigured: () => configure !== undefined,
    commands: (wallNowMs) => [
      ...(configure === undefined ? [] : [{ ...configure, wallNowMs }]),
      ...levels.values(),
      ...images.values(),
      ...latest.values(),
      ...[...encodings].map(([encoding, command]): MixerCommand => ({ type: 'start-encoder', encoding, command })),
    ],
  };
}

/** Of files with picture or sound that can be a source: as the dialog for files names them, and as a dropped file is known by. */
export const MEDIA_EXTENSIONS: readonly string[] = [
  ...['mp4', 'm4v', 'mov', 'mkv', 'webm', 'ts', 'mts', 'flv', 'avi', 'wmv', 'mpg', 'ogv'],
  ...['mp3', 'm4a', 'aac', 'wav', 'flac', 'ogg', 'opus'],
];

export function isMediaFile(name: string): boolean {
  return MEDIA_EXTENSIONS.includes(name.slice(name.lastIndexOf('.') + 1).toLowerCase());
}

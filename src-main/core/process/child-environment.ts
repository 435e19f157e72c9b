/**
 * What a child may know of our environment: enough to find programs, the display, the sound server and a place for temporary files. The
 * rest stays out: it holds other programs' secrets, and variables such as FFREPORT, NODE_OPTIONS or LD_PRELOAD change what a child does.
 */
const PASSED_ON = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'LANG',
  'TZ',
  'TMPDIR',
  'TMP',
  'TEMP',
  // The display and the session.
  'DISPLAY',
  'XAUTHORITY',
  'WAYLAND_DISPLAY',
  'XDG_RUNTIME_DIR',
  'XDG_CONFIG_HOME',
  'XDG_SESSION_TYPE',
  'DBUS_SESSION_BUS_ADDRESS',
  // Sound, and which driver answers for the graphics card.
  'PULSE_SERVER',
  'PULSE_COOKIE',
  'PIPEWIRE_REMOTE',
  'PIPEWIRE_RUNTIME_DIR',
  'ALSA_CONFIG_PATH',
  'LIBVA_DRIVER_NAME',
  'FONTCONFIG_FILE',
  'FONTCONFIG_PATH',
] as const;

/** Without these Windows programs do not find their libraries, their fonts or a temporary folder. */
const PASSED_ON_WINDOWS = [
  'SystemRoot',
  'SystemDrive',
  'windir',
  'ComSpec',
  'PATHEXT',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'ProgramData',
  'NUMBER_OF_PROCESSORS',
  'PROCESSOR_ARCHITECTURE',
] as const;

export function childEnvironment(
  own: Readonly<Record<string, string | undefined>>,
  platform: NodeJS.Platform,
  added: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of platform === 'win32' ? [...PASSED_ON, ...PASSED_ON_WINDOWS] : PASSED_ON) {
    const value = own[name];
    if (value !== undefined) {
      environment[name] = value;
    }
  }
  // The character set of file names stays the user's, the language of messages is ours: their words are parsed. LC_ALL would override both.
  const characters = own['LC_ALL'] ?? own['LC_CTYPE'];
  if (characters !== undefined) {
    environment['LC_CTYPE'] = characters;
  }
  environment['LC_MESSAGES'] = 'C';
  return { ...environment, ...added };
}

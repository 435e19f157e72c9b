import { join } from 'node:path';

/**
 * Where the data of a user is when nobody says otherwise: the system's folder for the data of programs, and on Windows the one that does not
 * travel with the user's profile, because recordings are large. The command line finds the service of the desktop app through it.
 */
export function defaultDataFolder(system: {
  readonly platform: NodeJS.Platform;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly home: string;
}): string {
  const { platform, environment, home } = system;
  switch (platform) {
    case 'darwin':
      return join(home, 'Library', 'Application Support', 'Lectern');
    case 'win32':
      return join(environment['LOCALAPPDATA'] ?? join(home, 'AppData', 'Local'), 'Lectern');
    default: {
      // A relative path there is to be ignored (XDG Base Directory Specification 0.8).
      const given = environment['XDG_DATA_HOME'];
      return join(given?.startsWith('/') === true ? given : join(home, '.local', 'share'), 'lectern');
    }
  }
}

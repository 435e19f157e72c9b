import { existsSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Asked by electron-builder before it packs. ffmpeg-static is an optional package, and where it could not be fetched a package without ffmpeg
 * would come out: an app that people install and that cannot go live.
 *
 * @param {{ readonly electronPlatformName: string, readonly packager: { readonly projectDir: string } }} context
 */
export default function beforePack({ electronPlatformName, packager }) {
  const name = electronPlatformName === 'win32' ? 'ffmpeg.exe' : 'ffmpeg';
  const path = join(packager.projectDir, 'node_modules', 'ffmpeg-static', name);
  if (!existsSync(path)) {
    throw new Error(
      `There is no ffmpeg to pack: ${join('node_modules', 'ffmpeg-static', name)} is not there. Run “npm install” where its download can be reached, on the system that the package is for.`,
    );
  }
}

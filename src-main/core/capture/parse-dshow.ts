import type { CameraMode } from './device-facts.ts';

export type DshowDevice = {
  readonly kind: 'video' | 'audio';
  readonly name: string;
  /** Windows' own path of the device, unlike any other's; undefined where ffmpeg does not tell. */
  readonly path: string | undefined;
};

/**
 * Reads what `ffmpeg -f dshow -list_devices true -i dummy` says. Since version 5 each line names its kind: `"Camera" (video)`; before, and
 * for devices that are both, the kind is the heading's. Each is followed by `Alternative name "@device_…"`.
 */
export function parseDshowDevices(lines: readonly string[]): readonly DshowDevice[] {
  const devices: DshowDevice[] = [];
  let section: 'video' | 'audio' = 'video';
  for (const line of lines) {
    const heading = /DirectShow (video|audio) devices/.exec(line)?.[1];
    if (heading === 'video' || heading === 'audio') {
      section = heading;
      continue;
    }
    const path = /Alternative name "(.*)"$/.exec(line)?.[1];
    const last = devices.at(-1);
    if (path !== undefined) {
      if (last !== undefined) {
        devices[devices.length - 1] = { ...last, kind: path.includes(AUDIO_CATEGORY) ? 'audio' : last.kind, path };
      }
      continue;
    }
    const parts = /\] +"(?<name>.*)"(?: \((?<kinds>[^()]*)\))?$/.exec(line)?.groups;
    if (parts?.['name'] !== undefined) {
      const kinds = parts['kinds'];
      devices.push({ kind: kinds === undefined ? section : kindIn(kinds), name: parts['name'], path: undefined });
    }
  }
  return devices;
}

/** Virtual cameras say `(none)`, because they name their formats only to those who open them. */
function kindIn(kinds: string): 'video' | 'audio' {
  return kinds === 'audio' ? 'audio' : 'video';
}

/** CLSID_AudioInputDeviceCategory, in the path of every recording device. */
const AUDIO_CATEGORY = '{33D9A762-90C8-11D0-BD43-00A0C911CE86}';

/**
 * Reads what `-list_options true -i video=…` says:
 * `vcodec=mjpeg  min s=1280x720 fps=5 max s=1280x720 fps=30`, or `pixel_format=yuyv422  min …`. Each is told twice, the second time with its
 * colours.
 */
export function parseDshowModes(lines: readonly string[]): readonly CameraMode[] {
  const modes = new Map<string, CameraMode>();
  for (const line of lines) {
    const parts =
      /(?<key>vcodec|pixel_format)=(?<format>[a-z\d_]+) +min s=\S+ fps=\S+ max s=(?<width>\d+)x(?<height>\d+) fps=(?<rate>[\d.]+)/.exec(
        line,
      )?.groups;
    if (parts === undefined) {
      continue;
    }
    const mode: CameraMode = {
      width: Number(parts['width']),
      height: Number(parts['height']),
      format: parts['format'] ?? '',
      isCompressed: parts['key'] === 'vcodec',
      frameRate: Number(parts['rate']),
    };
    modes.set(JSON.stringify(mode), mode);
  }
  return [...modes.values()];
}

import { type CameraFacts, type DeviceFacts, type SoundFacts, withDistinctLabels } from './device-facts.ts';
import { isLoopback } from './loopback.ts';

type Listed = { readonly index: number; readonly name: string };

const SCREEN = /^Capture screen (\d+)$/;

/** Reads what `ffmpeg -f avfoundation -list_devices true -i ""` says: two headings, and under each `[index] name`. */
export function parseAvfoundationDevices(lines: readonly string[]): DeviceFacts {
  const video: Listed[] = [];
  const audio: Listed[] = [];
  let section: Listed[] | undefined;
  for (const line of lines) {
    const heading = /AVFoundation (video|audio) devices:/.exec(line)?.[1];
    if (heading !== undefined) {
      section = heading === 'video' ? video : audio;
      continue;
    }
    const parts = /\] \[(\d+)\] (.+)$/.exec(line);
    if (parts?.[2] !== undefined) {
      section?.push({ index: Number(parts[1]), name: parts[2] });
    }
  }
  const cameras = named(
    video.filter(({ name }) => !SCREEN.test(name)),
    video,
  );
  const sound = named(audio, audio);
  return {
    screens: video.flatMap(({ name }) => {
      const number = SCREEN.exec(name)?.[1];
      return number === undefined
        ? []
        : [
            {
              id: name,
              label: number === '0' ? 'Main screen' : `Screen ${Number(number) + 1}`,
              input: name,
              isDefault: number === '0',
              area: undefined,
            },
          ];
    }),
    windows: [],
    cameras: cameras.map((camera, index): CameraFacts => ({ ...camera, isDefault: index === 0, modes: [] })),
    microphones: markFirst(sound.filter(({ label }) => !isLoopback(label))),
    systemAudio: markFirst(sound.filter(({ label }) => isLoopback(label))),
  };
}

function named(devices: readonly Listed[], all: readonly Listed[]) {
  return withDistinctLabels(
    devices.map((device) => ({ id: '', label: device.name, input: selectorOf(device, all) })),
  ).map((device) => ({ ...device, id: device.label }));
}

function markFirst(devices: readonly Omit<SoundFacts, 'isDefault'>[]): readonly SoundFacts[] {
  return devices.map((device, index) => ({ ...device, isDefault: index === 0 }));
}

/**
 * What names a device to ffmpeg: its name, which is still right after another one was unplugged; its index where the name would not do.
 * ffmpeg takes the text before a colon only, a leading number for an index, and the first device whose name begins with the text.
 */
function selectorOf({ index, name }: Listed, all: readonly Listed[]): string {
  const isFirstOfName = all.find((other) => other.name.startsWith(name))?.index === index;
  const isPlain = !/^\s*[+-]?\d|:|^(?:default|none)/.test(name);
  return isFirstOfName && isPlain ? name : String(index);
}

import { AppError } from '../../shared/app-error.ts';

/** The room on disks, as an export has to know it. */
export type Space = {
  /** Bytes that may be used on the volume of a folder. */
  readonly freeBytes: (folder: string) => Promise<number>;
  /** Bytes that must stay free: what is recorded goes before what can be exported again. */
  readonly spareBytes: () => number;
};

/** Throws `archive/disk-full` when there is no room for so many bytes more; lets a volume that does not say pass. */
export async function checkSpace(space: Space, folder: string, bytes: number): Promise<void> {
  const needed = bytes + space.spareBytes();
  let free: number;
  try {
    free = await space.freeBytes(folder);
  } catch {
    // Network folders that do not tell; the write itself will.
    return;
  }
  if (free < needed) {
    const message = `The disk of ${folder} has too little room: ${inMegabytes(needed)} are needed, ${inMegabytes(free)} are free. Nothing was written there.`;
    throw new AppError('archive/disk-full', message, { details: { folder, needed, free } });
  }
}

function inMegabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`;
}

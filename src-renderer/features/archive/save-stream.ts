/** The File System Access API, which only some browsers have. */
type SavePicker = (options: {
  readonly suggestedName: string;
}) => Promise<{ readonly createWritable: () => Promise<WritableStream<Uint8Array>> }>;

/**
 * Saves an answer to a file. A link cannot send the token, so the page fetches: straight into the file where the browser allows it, which
 * takes no memory however large it is, else through a blob.
 */
export async function saveStream(open: () => Promise<Response>, fileName: string): Promise<void> {
  const pick = savePicker();
  if (pick !== undefined) {
    let file: Awaited<ReturnType<SavePicker>>;
    try {
      file = await pick({ suggestedName: fileName });
    } catch (error) {
      if (error instanceof DOMException && error.name === 'AbortError') {
        return;
      }
      throw error;
    }
    const response = await open();
    await response.body?.pipeTo(await file.createWritable());
    return;
  }
  const blob = await (await open()).blob();
  const url = URL.createObjectURL(blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = fileName;
  link.click();
  // The download has its own hold on the blob by the next turn.
  setTimeout(() => URL.revokeObjectURL(url), 0);
}

function savePicker(): SavePicker | undefined {
  const found: unknown = Reflect.get(window, 'showSaveFilePicker');
  return isPicker(found) ? found : undefined;
}

function isPicker(value: unknown): value is SavePicker {
  return typeof value === 'function';
}

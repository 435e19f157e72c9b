import { contextBridge, ipcRenderer, webUtils } from 'electron';
import {
  CONNECTION_CHANNEL,
  type DesktopBridge,
  type DesktopCall,
  type DesktopCalls,
  type DesktopConnection,
  type DesktopTopic,
  type DesktopTopics,
  type Reply,
} from '../shared/desktop-contract.ts';

// Electron hands over untyped values. The other side is `desktop/register-calls.ts`, which does not compile unless it answers each call
// with the type the contract gives it.
/* eslint-disable @typescript-eslint/no-unsafe-type-assertion */

// The page must know where the service is before its first line runs. The shell answers from memory.
const connection = ipcRenderer.sendSync(CONNECTION_CHANNEL) as DesktopConnection | null;

async function call<K extends DesktopCall>(
  name: K,
  request: DesktopCalls[K]['request'],
): Promise<DesktopCalls[K]['response']> {
  const reply = (await ipcRenderer.invoke(name, request)) as Reply<DesktopCalls[K]['response']>;
  if (!reply.ok) {
    throw new Error(reply.error.message);
  }
  return reply.value;
}

function listen<K extends DesktopTopic>(topic: K, listener: (state: DesktopTopics[K]) => void): () => void {
  // The event object stays here: through its sender a page could talk to every channel.
  const onMessage = (_event: unknown, state: unknown): void => listener(state as DesktopTopics[K]);
  ipcRenderer.on(topic, onMessage);
  return () => void ipcRenderer.off(topic, onMessage);
}

// The contract, which also Node compiles, does not know the files of a page.
function pathOfFile(file: object): string {
  return webUtils.getPathForFile(file as Parameters<typeof webUtils.getPathForFile>[0]);
}

/* eslint-enable @typescript-eslint/no-unsafe-type-assertion */

// The page that is shown while the service starts gets nothing.
if (connection !== null) {
  const bridge: DesktopBridge = {
    ...connection,
    async showInFolder(path) {
      await call('desktop:show-in-folder', { path });
    },
    chooseFile: async (kind = 'media') => (await call('desktop:choose-file', { kind })) ?? undefined,
    chooseSavePath: async (name) => (await call('desktop:choose-save-path', { name })) ?? undefined,
    pathOfFile,
    openExternal: (url) => call('desktop:open-external', { url }),
    mediaAccess: (kind) => call('desktop:media-access', { kind }),
    requestMediaAccess: (kind) => call('desktop:request-media-access', { kind }),
    async protectContent(on) {
      await call('desktop:protect-content', { on });
    },
    onService: (listener) => listen('desktop:service', listener),
    onCommand: (listener) => listen('desktop:command', listener),
  };
  contextBridge.exposeInMainWorld('lectern', bridge);
}

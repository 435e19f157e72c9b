import { z } from 'zod';
import { type ScreenFacts, type WindowFacts, withDistinctLabels } from './device-facts.ts';

/**
 * Asks Windows for screens and windows. Aware of DPI, because ffmpeg counts real pixels; the answer is one line of JSON in UTF-8, because
 * the console's own code page loses letters.
 */
const WINDOWS_DESKTOP_SCRIPT = [
  "$ErrorActionPreference='Stop'",
  '[Console]::OutputEncoding=[Text.Encoding]::UTF8',
  'Add-Type -Name Dpi -Namespace Lectern -MemberDefinition \'[DllImport("user32.dll")] public static extern bool SetProcessDPIAware();\'',
  '[void][Lectern.Dpi]::SetProcessDPIAware()',
  'Add-Type -AssemblyName System.Windows.Forms',
  '$screens=@([System.Windows.Forms.Screen]::AllScreens|%{@{name=$_.DeviceName;primary=$_.Primary;x=$_.Bounds.X;y=$_.Bounds.Y;width=$_.Bounds.Width;height=$_.Bounds.Height}})',
  '$windows=@(Get-Process|?{$_.MainWindowHandle -ne 0 -and $_.MainWindowTitle}|%{@{handle=$_.MainWindowHandle.ToInt64();title=$_.MainWindowTitle}})',
  '@{screens=$screens;windows=$windows}|ConvertTo-Json -Depth 3 -Compress',
].join(';');

export const WINDOWS_DESKTOP_ARGS = ['-NoProfile', '-NonInteractive', '-Command', WINDOWS_DESKTOP_SCRIPT];

const desktop = z.object({
  screens: z.array(
    z.object({
      name: z.string(),
      primary: z.boolean(),
      x: z.number().int(),
      y: z.number().int(),
      width: z.number().int().positive(),
      height: z.number().int().positive(),
    }),
  ),
  windows: z.array(z.object({ handle: z.number(), title: z.string().min(1) })),
});

/** Reads the answer of the script; undefined when it is none. */
export function parseWindowsDesktop(
  output: string,
): { readonly screens: readonly ScreenFacts[]; readonly windows: readonly WindowFacts[] } | undefined {
  const parsed = desktop.safeParse(jsonIn(output));
  if (!parsed.success) {
    return undefined;
  }
  const { screens, windows } = parsed.data;
  return {
    screens: withDistinctLabels(
      screens.map(({ name, primary, ...area }) => ({
        id: name,
        label: `${primary ? 'Main screen' : `Screen ${/\d+$/.exec(name)?.[0] ?? ''}`} (${area.width} × ${area.height})`,
        input: 'desktop',
        isDefault: primary,
        area,
      })),
    ),
    windows: withDistinctLabels(
      // By title: handles came to gdigrab late. Of two windows of the same title it takes the one in front.
      windows.map(({ handle, title }) => ({
        id: String(handle),
        label: title,
        input: `title=${title}`,
        size: undefined,
      })),
    ),
  };
}

function jsonIn(output: string): unknown {
  try {
    return JSON.parse(output.trim());
  } catch {
    return undefined;
  }
}

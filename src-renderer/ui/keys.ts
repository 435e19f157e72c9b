/** Whether a key press is somebody typing, or belongs to an open dialog, menu or list: then no shortcut may hear it. */
export function isTaken(event: KeyboardEvent): boolean {
  const { target } = event;
  return (
    event.defaultPrevented ||
    event.isComposing ||
    (target instanceof Element &&
      target.closest(
        'input, textarea, select, [contenteditable], [role="listbox"], [role="menu"], [role="dialog"], [role="alertdialog"]',
      ) !== null)
  );
}

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

/** What takes no letters, among what is an `input`. */
const NO_TEXT = ['checkbox', 'radio', 'range', 'button', 'submit', 'reset', 'file', 'color']
  .map((type) => `:not([type="${type}"])`)
  .join('');

/** Whether a key press with Shift alone puts a letter somewhere. */
export function isTyping({ target, isComposing }: KeyboardEvent): boolean {
  return (
    isComposing ||
    (target instanceof Element && target.closest(`input${NO_TEXT}, textarea, [contenteditable]`) !== null)
  );
}

import { make, write } from '../ui/dom.ts';
import type { Words } from './words.ts';

/** The form that a phone begins with: the code, and a name by which the presenter will know it. */
export function showPairing(
  root: HTMLElement,
  options: {
    readonly words: Words;
    readonly code: string;
    readonly name: string;
    /** Why it is asked for again. */
    readonly message: string | undefined;
    /** Gives what to say when it was refused. */
    readonly onPair: (code: string, name: string) => Promise<string | undefined>;
  },
): void {
  const { words } = options;
  const code = field(words.pair.code, options.code);
  code.input.autocomplete = 'off';
  code.input.autocapitalize = 'characters';
  code.input.spellcheck = false;
  code.input.maxLength = 20;
  const name = field(words.pair.name, options.name);
  name.input.maxLength = 60;
  const button = make('button', 'button button--primary', words.pair.button);
  const fault = make('p', 'banner', options.message ?? '');
  fault.hidden = options.message === undefined;
  fault.setAttribute('role', 'alert');
  const form = make('form', 'pair', code.element, name.element, fault, button);
  root.replaceChildren(make('h1', 'title', words.pair.title), make('p', 'note', words.pair.text), form);

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void submit();
  });

  async function submit(): Promise<void> {
    button.disabled = true;
    fault.hidden = true;
    write(button, words.pair.busy);
    const refusal = await options.onPair(code.input.value.trim(), name.input.value.trim());
    if (refusal !== undefined) {
      button.disabled = false;
      write(button, words.pair.button);
      write(fault, refusal);
      fault.hidden = false;
      code.input.focus();
    }
  }

  (options.code === '' ? code.input : name.input).focus();
}

function field(label: string, value: string): { readonly element: HTMLElement; readonly input: HTMLInputElement } {
  const input = make('input', 'input');
  input.value = value;
  input.required = true;
  return { element: make('label', 'field', make('span', 'field__label', label), input), input };
}

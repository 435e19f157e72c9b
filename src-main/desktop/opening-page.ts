/**
 * What the window shows until the service answers: the title, a sentence, and nothing that runs. As a `data:` address, so that it needs
 * neither a file nor a server.
 */
export function openingPage(title: string, text: string): string {
  const html = `<!doctype html>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Lectern</title>
<style>
  body { margin: 0; height: 100vh; display: grid; place-content: center; text-align: center;
    font: 16px/1.5 system-ui, sans-serif; background: ${BACKGROUND}; color: #edf1f0; cursor: default; }
  h1 { font-size: 1.25rem; font-weight: 600; margin: 0 0 .25rem; }
  p { margin: 0; color: #9fa7a4; max-width: 34rem; }
</style>
<main role="status"><h1>${escape(title)}</h1><p>${escape(text)}</p></main>`;
  return `data:text/html;charset=utf-8,${encodeURIComponent(html)}`;
}

/** Of the window before anything is painted; the page's own dark background. */
export const BACKGROUND = '#0e1211';

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

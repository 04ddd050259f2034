import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const names = ['chromium', 'chromium-browser', 'google-chrome'];

/** The browser's program, or undefined where there is none. */
export const browser = names.find((name) => spawnSync(name, ['--version']).status === 0);

/**
 * Opens a page without a network, and returns what `question` (an expression in the page, of JSON) is there.
 * @throws Error with what the page complained of
 */
export function ask<T>(page: string, question: string): T {
  const folder = mkdtempSync(join(tmpdir(), 'hyperthumb-browser-'));
  try {
    const file = join(folder, 'page.html');
    const answer = `
<script>
addEventListener('load', () => setTimeout(() => {
  const answer = document.createElement('pre');
  answer.id = 'answer';
  answer.textContent = JSON.stringify({ errors: pageErrors, value: (${question}) });
  document.body.append(answer);
}, 200));
</script>`;
    const errors =
      '<script>const pageErrors = []; addEventListener("error", (e) => pageErrors.push(e.message));</script>';
    writeFileSync(
      file,
      page.replace('<head>', `<head>${errors}`).replace('</body>', () => `${answer}</body>`),
    );
    const args = [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--host-resolver-rules=MAP * ~NOTFOUND',
      '--window-size=1300,900',
      '--virtual-time-budget=5000',
      `--user-data-dir=${join(folder, 'profile')}`,
      '--dump-dom',
      pathToFileURL(file).href,
    ];
    const { stdout, stderr } = spawnSync(browser!, args, { encoding: 'utf8', timeout: 50_000 });
    const said = /<pre id="answer">(.*?)<\/pre>/s.exec(stdout);
    if (!said) throw new Error(`the page did not answer: ${stderr.slice(-500)}`);
    const decode: Record<string, string> = { '&lt;': '<', '&gt;': '>', '&amp;': '&', '&nbsp;': '\u00a0' };
    const result = JSON.parse(said[1].replace(/&(lt|gt|amp|nbsp);/g, (entity) => decode[entity]));
    if (result.errors.length > 0) throw new Error(result.errors.join('; '));
    return result.value;
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

import { type ReactNode, useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormat } from '../../i18n/use-format.ts';
import { useMirror, useStores } from '../../stores/context.ts';
import { Chip } from '../../ui/parts.tsx';
import { codeWords } from './log-words.ts';
import { ProblemBanner } from './problem-banner.tsx';

/** Who did what through the control API, this window included. */
export function AuditLog(): ReactNode {
  const { t } = useTranslation();
  const format = useFormat();
  const { audit } = useStores();
  const { items, status, problem } = useMirror(audit);
  const newestFirst = [...items].sort((one, other) => other.id - one.id);

  useEffect(() => {
    void audit.refresh();
  }, [audit]);

  return (
    <section className="card" aria-labelledby="audit-title">
      <h2 id="audit-title" className="section-title">
        {t('service.audit.title')}
      </h2>
      <p className="card__note">{t('service.audit.note')}</p>
      <ProblemBanner problem={problem} onRetry={() => void audit.refresh()} />
      {status === 'ready' && items.length === 0 && <p className="card__note">{t('service.audit.none')}</p>}
      {newestFirst.length > 0 && (
        <div className="table-box" tabIndex={0} role="group" aria-labelledby="audit-title">
          <table className="table">
            <thead>
              <tr>
                <th scope="col">{t('service.audit.time')}</th>
                <th scope="col">{t('service.audit.action')}</th>
                <th scope="col">{t('service.audit.subject')}</th>
                <th scope="col">{t('service.audit.from')}</th>
                <th scope="col">{t('service.audit.result')}</th>
              </tr>
            </thead>
            <tbody>
              {newestFirst.map((entry) => (
                <tr key={entry.id}>
                  <td>
                    <time dateTime={entry.time}>{format.dateAndTime(entry.time)}</time>
                  </td>
                  <td>{entry.action}</td>
                  <td>{entry.subject}</td>
                  <td>{entry.from}</td>
                  <td>
                    {entry.status < 400 ? (
                      t('service.audit.done')
                    ) : (
                      <Chip tone="caution">
                        {t('service.audit.refused', { status: entry.status })}
                        {entry.code !== undefined && <> · {codeWords(t, entry.code)}</>}
                      </Chip>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

//! What only tests ask of a store: whether it is whole, and what it does when it cannot write.

use super::{Change, Error, Store};

impl Store {
    /// Checks the file, and that each message that counts as sent is one that `arrived` knows, by its
    /// dedupe key. Returns what is wrong.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn verify(&self, arrived: &dyn Fn(&str) -> bool) -> Result<Vec<String>, Error> {
        let mut faults: Vec<String> =
            sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&self.readers).await?;
        faults.retain(|line| line != "ok");
        let sent: Vec<String> =
            sqlx::query_scalar("SELECT dedupe_key FROM outbox WHERE state = 'sent'")
                .fetch_all(&self.readers)
                .await?;
        faults.extend(sent.into_iter().filter(|key| !arrived(key)));
        Ok(faults)
    }

    /// Writes a long history: findings that came and went, and the looks that saw them, evenly over
    /// the projects `p0`, `p1` and so on.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn fill(&self, projects: i64, findings: i64, runs: i64) -> Result<(), Error> {
        let mut change = self.change().await?;
        let text = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
             INSERT INTO project (name, known_since) SELECT 'p' || i, 0 FROM n";
        sqlx::query(text).bind(projects).execute(&mut *change).await?;
        let text = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
             INSERT INTO run (project, started, ended, outcome, managed, found) \
             SELECT 1 + i % $2, i * 30000, i * 30000 + 9000, 'clean', 100, 0 FROM n";
        sqlx::query(text).bind(runs).bind(projects).execute(&mut *change).await?;
        let text = "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < $1) \
             INSERT INTO condition (project, key, fingerprint, topic, change, address, severity, \
             paths, owners, workloads, first_seen, last_seen, closed_at, closed_as) \
             SELECT 1 + i % $2, 'key' || i, 'fingerprint' || i, 'drifted', 'changed outside', \
             'module.network.aws_security_group.rule[' || i || ']', i % 4, '[\"ingress[0]\"]', \
             '[\"@example/platform\"]', '[]', i * 30000, i * 30000 + 1, \
             CASE WHEN i % 1000 = 0 THEN NULL ELSE i * 30000 + 2 END, 'gone' FROM n";
        sqlx::query(text).bind(findings).bind(projects).execute(&mut *change).await?;
        change.commit().await?;
        Ok(())
    }

    /// Takes the lock for writing, and keeps it until the result is dropped or rolled back.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn hold(&self) -> Result<Change<'static>, Error> {
        self.change().await
    }

    /// Lets the file grow by no more than this many pages, as a full disk would; by any without.
    ///
    /// # Errors
    ///
    /// Fails when the store does.
    pub async fn limit_pages(&self, more: Option<i64>) -> Result<(), Error> {
        let now: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&self.writer).await?;
        let limit = more.map_or(1_073_741_823, |more| now + more);
        let text = format!("PRAGMA max_page_count = {limit}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(text)).execute(&self.writer).await?;
        Ok(())
    }
}

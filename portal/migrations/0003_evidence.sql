-- Evidence of revocation that was fetched and judged to be sound; public data.
CREATE TABLE evidence (
    kind       TEXT    NOT NULL CHECK (kind IN ('ocsp', 'crl')),
    about      BLOB    NOT NULL CHECK (length(about) = 32),
    bytes      BLOB    NOT NULL,
    fetched_at INTEGER NOT NULL,
    PRIMARY KEY (kind, about)
) STRICT, WITHOUT ROWID;

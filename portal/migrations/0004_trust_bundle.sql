-- The last accepted trust bundle, one row: nothing older may follow it, after a restart either.
CREATE TABLE trust_bundle (
    one         INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
    version     INTEGER NOT NULL CHECK (version >= 0),
    digest      BLOB    NOT NULL CHECK (length(digest) = 32),
    accepted_at INTEGER NOT NULL
) STRICT;

-- Times are seconds since 1970 in UTC. Secrets (sessions, codes, handles, halves) are stored as SHA-256 only.

CREATE TABLE accounts (
    id             INTEGER PRIMARY KEY,
    kind           TEXT    NOT NULL CHECK (kind IN ('citizen', 'business', 'agency')),
    scheme         TEXT    NOT NULL,
    number         TEXT    NOT NULL,
    name           TEXT    NOT NULL,
    email          TEXT,
    governing_unit TEXT,
    address        TEXT,
    assurance      INTEGER NOT NULL CHECK (assurance BETWEEN 1 AND 3),
    verified_by    TEXT    NOT NULL,
    terms_version  TEXT    NOT NULL,
    made_at        INTEGER NOT NULL,
    CHECK (kind <> 'business' OR email IS NOT NULL),
    UNIQUE (kind, scheme, number)
) STRICT;

CREATE TABLE certificates (
    fingerprint  BLOB    PRIMARY KEY CHECK (length(fingerprint) = 32),
    account      INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    der          BLOB    NOT NULL,
    serial       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    ca_name      TEXT    NOT NULL,
    world        TEXT    NOT NULL CHECK (world IN ('public', 'government')),
    method       TEXT    NOT NULL CHECK (method IN ('usb', 'sim', 'remote')),
    not_before   INTEGER NOT NULL,
    not_after    INTEGER NOT NULL,
    revocation   TEXT    NOT NULL,
    added_at     INTEGER NOT NULL,
    last_used_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX certificates_of_account ON certificates (account);

CREATE TABLE asks (
    id          TEXT    PRIMARY KEY CHECK (length(id) = 22),
    purpose     TEXT    NOT NULL CHECK (purpose IN ('login', 'register')),
    method      TEXT    NOT NULL CHECK (method = 'usb'),
    subject     TEXT    CHECK (subject IN ('citizen', 'business', 'agency')),
    statement   BLOB    NOT NULL,
    binding     BLOB    NOT NULL CHECK (length(binding) = 32),
    return_path TEXT    NOT NULL,
    state       TEXT    NOT NULL CHECK (state IN ('open', 'answered', 'redeemed', 'ended')),
    failures    INTEGER NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND 3),
    problem     TEXT,
    made_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    fetched_at  INTEGER,
    CHECK ((purpose = 'register') = (subject IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX asks_by_expiry ON asks (expires_at);

-- What an accepted answer proved. One an ask; unredeemed ones open nothing.
CREATE TABLE proofs (
    ask             TEXT    PRIMARY KEY REFERENCES asks (id) ON DELETE CASCADE,
    certificate     BLOB    NOT NULL,
    fingerprint     BLOB    NOT NULL,
    serial          TEXT    NOT NULL,
    kind            TEXT    NOT NULL,
    scheme          TEXT    NOT NULL,
    number          TEXT    NOT NULL,
    name            TEXT    NOT NULL,
    acting_for      TEXT,
    ca_name         TEXT    NOT NULL,
    world           TEXT    NOT NULL,
    not_before      INTEGER NOT NULL,
    not_after       INTEGER NOT NULL,
    revocation      TEXT    NOT NULL,
    deviations      TEXT    NOT NULL,
    account         INTEGER REFERENCES accounts (id) ON DELETE CASCADE,
    answered_at     INTEGER NOT NULL,
    code_hash       BLOB    NOT NULL UNIQUE CHECK (length(code_hash) = 32),
    code_expires_at INTEGER NOT NULL,
    code_used_at    INTEGER,
    handle_hash     BLOB    NOT NULL UNIQUE CHECK (length(handle_hash) = 32),
    half_hash       BLOB    CHECK (length(half_hash) = 32),
    open_until      INTEGER,
    finished_at     INTEGER,
    captcha_seed    BLOB    CHECK (length(captcha_seed) = 32),
    captcha_wrong   INTEGER NOT NULL DEFAULT 0,
    captcha_rest    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX proofs_by_half ON proofs (half_hash, open_until);

CREATE TABLE sessions (
    id          BLOB    PRIMARY KEY CHECK (length(id) = 32),
    label       TEXT    NOT NULL UNIQUE CHECK (length(label) = 22),
    account     INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    fingerprint BLOB    NOT NULL,
    method      TEXT    NOT NULL,
    acting_for  TEXT,
    handle_hash BLOB    NOT NULL,
    address     TEXT    NOT NULL,
    device      TEXT    NOT NULL,
    made_at     INTEGER NOT NULL,
    seen_at     INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    ended_at    INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_account ON sessions (account, ended_at);

-- Browsers in which an account's session has been opened before.
CREATE TABLE known_browsers (
    id      BLOB    NOT NULL CHECK (length(id) = 32),
    account INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    used_at INTEGER NOT NULL,
    PRIMARY KEY (id, account)
) STRICT, WITHOUT ROWID;

CREATE TABLE history (
    id       INTEGER PRIMARY KEY,
    account  INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    at       INTEGER NOT NULL,
    activity TEXT    NOT NULL,
    method   TEXT    NOT NULL,
    address  TEXT    NOT NULL,
    device   TEXT    NOT NULL,
    problem  TEXT
) STRICT;
CREATE INDEX history_of_account ON history (account, id);

-- An agency's certificate names it by distinguished names; which unit that is, an administrator says.
CREATE TABLE unit_ties (
    issuer  BLOB    NOT NULL,
    subject BLOB    NOT NULL,
    unit    TEXT    NOT NULL,
    tied_at INTEGER NOT NULL,
    PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;

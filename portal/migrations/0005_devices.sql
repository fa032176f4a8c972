-- Device keys are SubjectPublicKeyInfo in DER. The one that vouched for an answer, and for the session that it opened:
ALTER TABLE proofs ADD COLUMN device_key BLOB CHECK (length(device_key) = 91);
ALTER TABLE sessions ADD COLUMN device_key BLOB CHECK (length(device_key) = 91);

-- Keys that came with a login of the account; linked ones have linked_at, the others wait for that.
CREATE TABLE device_keys (
    account   INTEGER NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    key       BLOB    NOT NULL CHECK (length(key) = 91),
    label     TEXT    NOT NULL UNIQUE CHECK (length(label) = 22),
    method    TEXT    NOT NULL,
    address   TEXT    NOT NULL,
    device    TEXT    NOT NULL,
    came_at   INTEGER NOT NULL,
    used_at   INTEGER NOT NULL,
    linked_at INTEGER,
    PRIMARY KEY (account, key)
) STRICT, WITHOUT ROWID;

-- Whether the last login came without a linked key though there was one, and until when such a login holds changes up.
ALTER TABLE accounts ADD COLUMN strange_device INTEGER NOT NULL DEFAULT 0 CHECK (strange_device IN (0, 1));
ALTER TABLE accounts ADD COLUMN held_until INTEGER;

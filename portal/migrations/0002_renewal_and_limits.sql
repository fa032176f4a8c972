-- Which browser made an ask, so that one browser's open asks can be counted.
ALTER TABLE asks ADD COLUMN half_hash BLOB CHECK (length(half_hash) = 32);
CREATE INDEX asks_by_half ON asks (half_hash, state);

-- When the portal first saw the certificate on a list of its CA; lists forget certificates that have ended.
ALTER TABLE certificates ADD COLUMN revoked_at INTEGER;

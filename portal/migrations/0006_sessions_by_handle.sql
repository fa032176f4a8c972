-- An agent names a session that it brokered by its handle.
CREATE INDEX sessions_by_handle ON sessions (handle_hash);

-- Which pending proof of a browser was opened last: two may be opened within one second.
ALTER TABLE proofs ADD COLUMN opening INTEGER;

-- Tokens of sound, which have prices of their own, and who counted the tokens of a row: the provider, or one of the
-- gateway's estimators by its name and version. NULL where no tokens were used, and in rows from before.
ALTER TABLE request ADD COLUMN audio_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN audio_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE request ADD COLUMN usage_source TEXT;
ALTER TABLE attempt ADD COLUMN audio_input_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN audio_output_tokens INTEGER NOT NULL DEFAULT 0;
ALTER TABLE attempt ADD COLUMN usage_source TEXT;

-- Configurations that were in force, so that one can be had back by its number; `document` is an export, without secrets.
CREATE TABLE configuration_version (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    taken_unix_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- Models that administration has added or changed over those of the models file (`entry` as that file has it, JSON), or
-- taken out (NULL).
CREATE TABLE model_override (
    id TEXT PRIMARY KEY,
    entry TEXT
) STRICT;

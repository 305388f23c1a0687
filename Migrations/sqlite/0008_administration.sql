-- Rate limits that administration has set, beside those of the settings; a scope has one.
CREATE TABLE rate_limit (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    scope_name TEXT,
    requests_per_minute INTEGER,
    tokens_per_minute INTEGER,
    concurrency_max INTEGER
) STRICT;

-- The configuration that was imported last; it goes over the files for as long as they say what they said then.
CREATE TABLE imported_configuration (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    document TEXT NOT NULL,
    files TEXT NOT NULL
) STRICT;

-- What the price lists were that rows of requests name; `prices` is JSON.
CREATE TABLE price_list (
    number INTEGER PRIMARY KEY,
    version TEXT NOT NULL UNIQUE,
    first_used_unix_ms INTEGER NOT NULL,
    prices TEXT NOT NULL
) STRICT;

-- How a model's tokens go with bytes and time, as it was last learned: two sums in each number.
CREATE TABLE token_calibration (
    model TEXT PRIMARY KEY,
    input INTEGER NOT NULL,
    output INTEGER NOT NULL,
    pace INTEGER NOT NULL
) STRICT;

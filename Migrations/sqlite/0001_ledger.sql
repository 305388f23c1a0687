-- One row per request, written when the request has ended.
--
-- `id` is a UUIDv7, time first: its UNIQUE index finds a request, makes a replay harmless and serves every time range,
-- so the hot table carries no second index (each one costs more than the insert itself). `number` keeps the rows in the
-- order of writing: with `id` as the table's own key, requests that last seconds would land in the middle of full pages.
-- Long JSON comes last, so that scans of the figures never read its overflow pages.
CREATE TABLE request (
    number INTEGER PRIMARY KEY,
    id BLOB NOT NULL UNIQUE,
    started_unix_ms INTEGER NOT NULL,
    tenant TEXT NOT NULL,
    key_id TEXT,
    endpoint TEXT NOT NULL,
    strategy TEXT NOT NULL,
    requested_model TEXT NOT NULL,
    capability TEXT,
    chosen_model TEXT,
    propensity REAL,
    model_used TEXT,
    provider TEXT,
    is_simulated INTEGER NOT NULL,
    is_streamed INTEGER NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER NOT NULL,
    error_kind TEXT,
    attempt_count INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    is_usage_estimated INTEGER NOT NULL,
    price_version TEXT NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    energy_joules REAL,
    carbon_micrograms INTEGER NOT NULL,
    duration_microseconds INTEGER NOT NULL,
    time_to_first_token_microseconds INTEGER,
    upstream_microseconds INTEGER NOT NULL,
    overhead_microseconds INTEGER NOT NULL,
    queue_microseconds INTEGER NOT NULL,
    tags TEXT NOT NULL,
    features TEXT NOT NULL,
    candidates TEXT NOT NULL
) STRICT;

-- One row per attempt at an upstream, under the number of its request: always appended, found by range.
CREATE TABLE attempt (
    request_number INTEGER NOT NULL,
    number INTEGER NOT NULL,
    model TEXT NOT NULL,
    outcome TEXT NOT NULL,
    status INTEGER,
    input_tokens INTEGER NOT NULL,
    cached_input_tokens INTEGER NOT NULL,
    cache_write_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    reasoning_tokens INTEGER NOT NULL,
    is_usage_estimated INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    started_offset_microseconds INTEGER NOT NULL,
    duration_microseconds INTEGER NOT NULL,
    time_to_first_byte_microseconds INTEGER,
    error_text TEXT,
    PRIMARY KEY (request_number, number)
) STRICT, WITHOUT ROWID;

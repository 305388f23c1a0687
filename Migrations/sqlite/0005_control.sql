-- Who may use the gateway, what they may spend, and what is held for them right now.
--
-- Written by administration, never by a request, but for `hold`. The SQL is standard where it can be: the same tables
-- can live in PostgreSQL. No secret is in any of them: a key is kept as its HMAC.

ALTER TABLE request ADD COLUMN team TEXT;
-- What an attempt took, so that budgets of one model can be summed up again; NULL in rows of before.
ALTER TABLE attempt ADD COLUMN energy_joules REAL;
ALTER TABLE attempt ADD COLUMN carbon_micrograms INTEGER;

CREATE TABLE organisation (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    is_disabled INTEGER NOT NULL
) STRICT;

CREATE TABLE team (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    name TEXT NOT NULL
) STRICT;

-- A key that was deleted stays, without its hash: its name stands in the ledger and is not given again.
CREATE TABLE api_key (
    id TEXT PRIMARY KEY,
    organisation TEXT NOT NULL,
    team TEXT,
    hash BLOB UNIQUE,
    pepper_mark TEXT NOT NULL,
    hint TEXT NOT NULL,
    policy TEXT NOT NULL,
    expires_unix_ms INTEGER,
    is_disabled INTEGER NOT NULL,
    created_unix_ms INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- `cap` is in the measure's smallest unit; `period` is NULL where the window is a request.
CREATE TABLE budget (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    scope_name TEXT,
    measure TEXT NOT NULL,
    cap INTEGER NOT NULL,
    window TEXT NOT NULL,
    period TEXT,
    is_paced INTEGER NOT NULL
) STRICT;

CREATE TABLE latency_budget (
    id TEXT PRIMARY KEY,
    scope TEXT NOT NULL,
    scope_name TEXT,
    limit_microseconds INTEGER NOT NULL,
    share REAL NOT NULL,
    window TEXT NOT NULL,
    period TEXT
) STRICT;

-- Raises a budget's cap for the window in which it was added.
CREATE TABLE top_up (
    number INTEGER PRIMARY KEY,
    budget_id TEXT NOT NULL,
    added_unix_ms INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    note TEXT NOT NULL
) STRICT;

-- Every change of the tables above, written in the same transaction; `before` and `after` are JSON.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    at_unix_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    before TEXT,
    after TEXT
) STRICT;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never changed'); END;
CREATE TRIGGER audit_is_never_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'audit rows are never deleted'); END;

-- Who said it, and anything else.
ALTER TABLE feedback ADD COLUMN key_id TEXT;
ALTER TABLE feedback ADD COLUMN comment TEXT;

-- What is held for requests that have been under way for longer than a tick. A row leaves in the transaction that writes
-- its request; one that a process finds at its start belongs to a request that died with the process before.
CREATE TABLE hold (
    request_id BLOB PRIMARY KEY,
    organisation TEXT NOT NULL,
    team TEXT,
    key_id TEXT,
    endpoint TEXT NOT NULL,
    requested_model TEXT NOT NULL,
    model TEXT,
    is_simulated INTEGER NOT NULL,
    price_version TEXT NOT NULL,
    input_tokens INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    energy_microjoules INTEGER NOT NULL,
    carbon_micrograms INTEGER NOT NULL,
    tags TEXT NOT NULL
) STRICT, WITHOUT ROWID;

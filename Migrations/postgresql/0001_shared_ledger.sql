-- The ledger in PostgreSQL: the tables of Migrations/sqlite up to 0010_plan, where their columns are explained.
--
-- Requests, their attempts and what was seen of their prompts are partitioned by day. The id begins with the time, so it
-- alone tells the day, keeps a request unique, and makes a replay harmless; days are dropped whole. Texts compare byte by
-- byte, as in SQLite.

CREATE SEQUENCE request_number;

CREATE TABLE request (
    -- In the order of writing, for what is added up as it comes. No cache: numbers must not be handed out ahead.
    number BIGINT NOT NULL DEFAULT nextval('request_number'),
    id UUID PRIMARY KEY,
    started_unix_ms BIGINT NOT NULL,
    tenant TEXT COLLATE "C" NOT NULL,
    key_id TEXT COLLATE "C",
    endpoint TEXT COLLATE "C" NOT NULL,
    strategy TEXT COLLATE "C" NOT NULL,
    requested_model TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C",
    chosen_model TEXT COLLATE "C",
    propensity DOUBLE PRECISION,
    model_used TEXT COLLATE "C",
    provider TEXT COLLATE "C",
    is_simulated BOOLEAN NOT NULL,
    is_streamed BOOLEAN NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    status BIGINT NOT NULL,
    error_kind TEXT COLLATE "C",
    attempt_count BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    is_usage_estimated BOOLEAN NOT NULL,
    price_version TEXT COLLATE "C" NOT NULL,
    cost_nanodollars BIGINT NOT NULL,
    energy_joules DOUBLE PRECISION,
    carbon_micrograms BIGINT NOT NULL,
    duration_microseconds BIGINT NOT NULL,
    time_to_first_token_microseconds BIGINT,
    upstream_microseconds BIGINT NOT NULL,
    overhead_microseconds BIGINT NOT NULL,
    queue_microseconds BIGINT NOT NULL,
    tags TEXT COLLATE "C" NOT NULL,
    features TEXT COLLATE "C" NOT NULL,
    candidates TEXT COLLATE "C" NOT NULL,
    quality DOUBLE PRECISION,
    baseline_model TEXT COLLATE "C",
    baseline_quality DOUBLE PRECISION,
    baseline_cost_nanodollars BIGINT,
    is_within_limits BOOLEAN,
    energy_low_joules DOUBLE PRECISION,
    energy_high_joules DOUBLE PRECISION,
    carbon_low_micrograms BIGINT,
    carbon_high_micrograms BIGINT,
    provenance TEXT COLLATE "C",
    router_micrograms BIGINT,
    loading_micrograms BIGINT,
    prompt_micrograms BIGINT,
    generation_micrograms BIGINT,
    embodied_micrograms BIGINT,
    zone TEXT COLLATE "C",
    grams_per_kwh DOUBLE PRECISION,
    baseline_carbon_micrograms BIGINT,
    alternatives TEXT COLLATE "C",
    team TEXT COLLATE "C",
    audio_input_tokens BIGINT NOT NULL DEFAULT 0,
    audio_output_tokens BIGINT NOT NULL DEFAULT 0,
    usage_source TEXT COLLATE "C",
    plan_group TEXT COLLATE "C",
    plan_tier TEXT COLLATE "C"
) PARTITION BY RANGE (id);

-- A few bytes for each 128 pages, as rows lie nearly in the order of their numbers.
CREATE INDEX request_by_number ON request USING brin (number);

CREATE TABLE attempt (
    request_id UUID NOT NULL,
    number BIGINT NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    outcome TEXT COLLATE "C" NOT NULL,
    status BIGINT,
    input_tokens BIGINT NOT NULL,
    cached_input_tokens BIGINT NOT NULL,
    cache_write_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    reasoning_tokens BIGINT NOT NULL,
    is_usage_estimated BOOLEAN NOT NULL,
    cost_nanodollars BIGINT NOT NULL,
    started_offset_microseconds BIGINT NOT NULL,
    duration_microseconds BIGINT NOT NULL,
    time_to_first_byte_microseconds BIGINT,
    error_text TEXT COLLATE "C",
    energy_joules DOUBLE PRECISION,
    carbon_micrograms BIGINT,
    audio_input_tokens BIGINT NOT NULL DEFAULT 0,
    audio_output_tokens BIGINT NOT NULL DEFAULT 0,
    usage_source TEXT COLLATE "C",
    PRIMARY KEY (request_id, number)
) PARTITION BY RANGE (request_id);

CREATE TABLE evidence (
    request_id UUID PRIMARY KEY,
    encoder TEXT COLLATE "C",
    features BYTEA NOT NULL,
    prompt TEXT COLLATE "C"
) PARTITION BY RANGE (request_id);

-- Makes the partitions of a day, counted since 1970 UTC, unless they are there. Made beside their table and then attached,
-- so that neither readers nor writers of other days wait.
CREATE FUNCTION make_day(day BIGINT) RETURNS VOID LANGUAGE plpgsql AS $$
DECLARE
    suffix TEXT := to_char(to_timestamp(day * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD');
    lowest TEXT := quote_literal(lpad(to_hex(day * 86400000), 12, '0') || repeat('0', 20));
    beyond TEXT := quote_literal(lpad(to_hex((day + 1) * 86400000), 12, '0') || repeat('0', 20));
    parent TEXT;
BEGIN
    IF (day + 1) * 86400000 >= 1::BIGINT << 48 THEN beyond := 'MAXVALUE'; END IF;
    PERFORM pg_advisory_xact_lock(x'73795f64'::BIGINT);
    FOREACH parent IN ARRAY ARRAY['request', 'attempt', 'evidence'] LOOP
        IF to_regclass(parent || '_' || suffix) IS NULL THEN
            EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', parent || '_' || suffix, parent);
            EXECUTE format(
                'ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%s) TO (%s)',
                parent, parent || '_' || suffix, lowest, beyond
            );
        END IF;
    END LOOP;
END $$;

-- Drops the partitions of the days before `day`, with the feedback on their requests; the number of these.
CREATE FUNCTION drop_days_before(day BIGINT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    suffix TEXT := to_char(to_timestamp(day * 86400) AT TIME ZONE 'UTC', 'YYYYMMDD');
    total BIGINT := 0;
    count BIGINT;
    old TEXT;
BEGIN
    FOR old IN
        SELECT substr(child.relname, 9) FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid
        WHERE inhparent = 'request'::regclass AND substr(child.relname, 9) COLLATE "C" < suffix
    LOOP
        EXECUTE format('SELECT count(*) FROM %I', 'request_' || old) INTO count;
        total := total + count;
        EXECUTE format('DROP TABLE %I, %I, %I', 'request_' || old, 'attempt_' || old, 'evidence_' || old);
    END LOOP;
    DELETE FROM feedback
    WHERE request_id < (lpad(to_hex(day * 86400000), 12, '0') || repeat('0', 20))::UUID;
    RETURN total;
END $$;

-- What a text says as JSON; NULL where it is none, or where it has a character that JSONB cannot hold.
CREATE FUNCTION json_of(words TEXT) RETURNS JSONB LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
    RETURN words::JSONB;
EXCEPTION WHEN OTHERS THEN
    RETURN NULL;
END $$;

CREATE FUNCTION json_object_of(words TEXT) RETURNS JSONB LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN jsonb_typeof(json_of(words)) = 'object' THEN json_of(words) END
$$;

-- Each tag of a request: `name=value` of an object, the items of an array, or the text itself where it is neither.
CREATE FUNCTION tag_names(tags TEXT) RETURNS SETOF TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT pair.key || '=' || coalesce(pair.value, '') FROM jsonb_each_text(json_object_of(tags)) AS pair
    UNION ALL
    SELECT coalesce(item, '') FROM jsonb_array_elements_text(
        CASE WHEN jsonb_typeof(json_of(tags)) = 'array' THEN json_of(tags) END
    ) AS item
    UNION ALL
    SELECT CASE WHEN json_of(tags) IS NULL THEN tags ELSE coalesce(json_of(tags) #>> '{}', '') END
    WHERE tags <> '' AND coalesce(jsonb_typeof(json_of(tags)), '') NOT IN ('object', 'array')
$$;

CREATE TABLE feedback (
    request_id UUID PRIMARY KEY,
    received_unix_ms BIGINT NOT NULL,
    score DOUBLE PRECISION,
    is_correct BOOLEAN,
    key_id TEXT COLLATE "C",
    comment TEXT COLLATE "C"
);

CREATE TABLE hold (
    request_id UUID PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    team TEXT COLLATE "C",
    key_id TEXT COLLATE "C",
    endpoint TEXT COLLATE "C" NOT NULL,
    requested_model TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C",
    is_simulated BOOLEAN NOT NULL,
    price_version TEXT COLLATE "C" NOT NULL,
    input_tokens BIGINT NOT NULL,
    tokens BIGINT NOT NULL,
    cost_nanodollars BIGINT NOT NULL,
    energy_microjoules BIGINT NOT NULL,
    carbon_micrograms BIGINT NOT NULL,
    tags TEXT COLLATE "C" NOT NULL
);

CREATE TABLE organisation (
    id TEXT COLLATE "C" PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    is_disabled BOOLEAN NOT NULL
);

CREATE TABLE team (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL
);

CREATE TABLE api_key (
    id TEXT COLLATE "C" PRIMARY KEY,
    organisation TEXT COLLATE "C" NOT NULL,
    team TEXT COLLATE "C",
    hash BYTEA UNIQUE,
    pepper_mark TEXT COLLATE "C" NOT NULL,
    hint TEXT COLLATE "C" NOT NULL,
    policy TEXT COLLATE "C" NOT NULL,
    expires_unix_ms BIGINT,
    is_disabled BOOLEAN NOT NULL,
    created_unix_ms BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);

CREATE TABLE budget (
    id TEXT COLLATE "C" PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL,
    scope_name TEXT COLLATE "C",
    measure TEXT COLLATE "C" NOT NULL,
    cap BIGINT NOT NULL,
    "window" TEXT COLLATE "C" NOT NULL,
    period TEXT COLLATE "C",
    is_paced BOOLEAN NOT NULL
);

CREATE TABLE latency_budget (
    id TEXT COLLATE "C" PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL,
    scope_name TEXT COLLATE "C",
    limit_microseconds BIGINT NOT NULL,
    share DOUBLE PRECISION NOT NULL,
    "window" TEXT COLLATE "C" NOT NULL,
    period TEXT COLLATE "C"
);

CREATE TABLE top_up (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    budget_id TEXT COLLATE "C" NOT NULL,
    added_unix_ms BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    note TEXT COLLATE "C" NOT NULL
);

CREATE TABLE audit (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    at_unix_ms BIGINT NOT NULL,
    actor TEXT COLLATE "C" NOT NULL,
    action TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    subject TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C",
    after TEXT COLLATE "C"
);

CREATE FUNCTION refuse_audit_change() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit rows are never changed or deleted';
END $$;
CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();

CREATE TABLE model_override (
    id TEXT COLLATE "C" PRIMARY KEY,
    entry TEXT COLLATE "C"
);

CREATE TABLE rate_limit (
    id TEXT COLLATE "C" PRIMARY KEY,
    scope TEXT COLLATE "C" NOT NULL,
    scope_name TEXT COLLATE "C",
    requests_per_minute BIGINT,
    tokens_per_minute BIGINT,
    concurrency_max BIGINT
);

CREATE TABLE imported_configuration (
    id BIGINT PRIMARY KEY CHECK (id = 1),
    document TEXT COLLATE "C" NOT NULL,
    files TEXT COLLATE "C" NOT NULL
);

CREATE TABLE price_list (
    number BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    version TEXT COLLATE "C" NOT NULL UNIQUE,
    first_used_unix_ms BIGINT NOT NULL,
    prices TEXT COLLATE "C" NOT NULL
);

CREATE TABLE token_calibration (
    model TEXT COLLATE "C" PRIMARY KEY,
    input BIGINT NOT NULL,
    output BIGINT NOT NULL,
    pace BIGINT NOT NULL
);

CREATE TABLE plan_demand (
    hour BIGINT NOT NULL,
    plan_group TEXT COLLATE "C" NOT NULL,
    capability TEXT COLLATE "C" NOT NULL,
    model TEXT COLLATE "C" NOT NULL,
    requests BIGINT NOT NULL,
    kilowatt_hours DOUBLE PRECISION NOT NULL,
    embodied_micrograms BIGINT NOT NULL,
    cost_nanodollars BIGINT NOT NULL,
    PRIMARY KEY (hour, plan_group, capability, model)
);

CREATE TABLE plan_progress (
    id BIGINT PRIMARY KEY CHECK (id = 0),
    request_number BIGINT NOT NULL
);
INSERT INTO plan_progress VALUES (0, 0);

CREATE TABLE plan_intensity (
    zone TEXT COLLATE "C" NOT NULL,
    hour BIGINT NOT NULL,
    grams_per_kwh DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (zone, hour)
);

CREATE TABLE plan (
    number BIGINT PRIMARY KEY,
    made_unix_ms BIGINT NOT NULL,
    reason TEXT COLLATE "C" NOT NULL,
    document TEXT COLLATE "C" NOT NULL
);

CREATE TABLE plan_hour (
    hour BIGINT NOT NULL,
    plan_group TEXT COLLATE "C" NOT NULL,
    tier TEXT COLLATE "C" NOT NULL,
    plan_number BIGINT NOT NULL,
    share DOUBLE PRECISION NOT NULL,
    expected_requests DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (hour, plan_group, tier)
);

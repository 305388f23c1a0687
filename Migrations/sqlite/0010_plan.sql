-- Which group of the planner a request was of, and the tier that its quota gave it; NULL where nobody planned.
ALTER TABLE request ADD COLUMN plan_group TEXT;
ALTER TABLE request ADD COLUMN plan_tier TEXT;

-- What was asked of the gateway's own choice, hour by hour: added up once, so that a plan never reads millions of rows.
-- Hours are counted since 1970 UTC; `kilowatt_hours` are at the wall, `embodied_micrograms` of building the machines.
CREATE TABLE plan_demand (
    hour INTEGER NOT NULL,
    plan_group TEXT NOT NULL,
    capability TEXT NOT NULL,
    model TEXT NOT NULL,
    requests INTEGER NOT NULL,
    kilowatt_hours REAL NOT NULL,
    embodied_micrograms INTEGER NOT NULL,
    cost_nanodollars INTEGER NOT NULL,
    PRIMARY KEY (hour, plan_group, capability, model)
) STRICT, WITHOUT ROWID;

-- The last request that was added up.
CREATE TABLE plan_progress (
    id INTEGER PRIMARY KEY CHECK (id = 0),
    request_number INTEGER NOT NULL
) STRICT;
INSERT INTO plan_progress VALUES (0, 0);

-- What the grids emitted, for forecasts after a restart.
CREATE TABLE plan_intensity (
    zone TEXT NOT NULL,
    hour INTEGER NOT NULL,
    grams_per_kwh REAL NOT NULL,
    PRIMARY KEY (zone, hour)
) STRICT, WITHOUT ROWID;

-- Plans as they were made, and why; `document` is JSON.
CREATE TABLE plan (
    number INTEGER PRIMARY KEY,
    made_unix_ms INTEGER NOT NULL,
    reason TEXT NOT NULL,
    document TEXT NOT NULL
) STRICT;

-- What the plan that was in force wanted of each hour, to be held against what came.
CREATE TABLE plan_hour (
    hour INTEGER NOT NULL,
    plan_group TEXT NOT NULL,
    tier TEXT NOT NULL,
    plan_number INTEGER NOT NULL,
    share REAL NOT NULL,
    expected_requests REAL NOT NULL,
    PRIMARY KEY (hour, plan_group, tier)
) STRICT, WITHOUT ROWID;

-- What a request took and emitted is an interval, with where its figures come from: the weakest of its attempts' words.
-- The parts add up to carbon_micrograms; NULL is a part that nobody estimated.
ALTER TABLE request ADD COLUMN energy_low_joules REAL;
ALTER TABLE request ADD COLUMN energy_high_joules REAL;
ALTER TABLE request ADD COLUMN carbon_low_micrograms INTEGER;
ALTER TABLE request ADD COLUMN carbon_high_micrograms INTEGER;
ALTER TABLE request ADD COLUMN provenance TEXT;
ALTER TABLE request ADD COLUMN router_micrograms INTEGER;
ALTER TABLE request ADD COLUMN loading_micrograms INTEGER;
ALTER TABLE request ADD COLUMN prompt_micrograms INTEGER;
ALTER TABLE request ADD COLUMN generation_micrograms INTEGER;
ALTER TABLE request ADD COLUMN embodied_micrograms INTEGER;
ALTER TABLE request ADD COLUMN zone TEXT;
ALTER TABLE request ADD COLUMN grams_per_kwh REAL;

-- What else could have answered, for what: {"model": [quality, nanodollars, micrograms]} for the tokens of the answer.
ALTER TABLE request ADD COLUMN baseline_carbon_micrograms INTEGER;
ALTER TABLE request ADD COLUMN alternatives TEXT;

-- What people or graders said of an answer; the last word counts.
CREATE TABLE feedback (
    request_id BLOB NOT NULL PRIMARY KEY,
    received_unix_ms INTEGER NOT NULL,
    score REAL,
    is_correct INTEGER
) STRICT, WITHOUT ROWID;

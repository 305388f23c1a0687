-- What the request is measured against: always using the best model that could have answered it, and the limits that it
-- set itself. Qualities are the registry's, so they are expectations; NULL where there is nothing to compare.
ALTER TABLE request ADD COLUMN quality REAL;
ALTER TABLE request ADD COLUMN baseline_model TEXT;
ALTER TABLE request ADD COLUMN baseline_quality REAL;
ALTER TABLE request ADD COLUMN baseline_cost_nanodollars INTEGER;
ALTER TABLE request ADD COLUMN is_within_limits INTEGER;

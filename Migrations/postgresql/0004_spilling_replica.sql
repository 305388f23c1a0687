-- Whether rows of a replica waited in its spill file when it last renewed its leases: what it took is not all in the tables.
ALTER TABLE replica ADD COLUMN spills BOOLEAN NOT NULL DEFAULT false;

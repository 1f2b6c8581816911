-- When a search for the attempt's payment first came up empty; 0 before.
ALTER TABLE attempts ADD COLUMN quiet_since BIGINT NOT NULL DEFAULT 0;

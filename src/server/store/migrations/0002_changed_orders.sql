-- 1 once the order's terms were changed: attempt ids handed out before are not taken any more.
ALTER TABLE orders ADD COLUMN changed BIGINT NOT NULL DEFAULT 0;

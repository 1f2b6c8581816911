-- Payments that did not succeed, counted to slow down card testing.
CREATE TABLE limits (
    -- session, order, address or card
    scope TEXT NOT NULL,
    -- an id, or a hash of what must not be kept
    bucket TEXT NOT NULL,
    strikes BIGINT NOT NULL,
    last_at BIGINT NOT NULL,
    -- the row may go after this
    forget_at BIGINT NOT NULL,
    -- counts the locks taken, so that taking one is a write
    locks BIGINT NOT NULL,
    PRIMARY KEY (scope, bucket)
);
CREATE INDEX limits_to_forget ON limits (forget_at);

-- Attempts that were counted and whose outcome is not known yet.
CREATE TABLE tries (
    order_id TEXT NOT NULL REFERENCES orders (id),
    attempt TEXT NOT NULL,
    -- hash of the address, or ''
    address TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, attempt)
);
CREATE INDEX tries_by_age ON tries (created_at);

-- A token is looked up in all organisations.
CREATE INDEX tokens_by_hash ON tokens (hash);

-- Voids and refunds of payments that an order can't keep, one row a key. They are written
-- before the gateway is asked.
CREATE TABLE reversals (
    order_id TEXT NOT NULL REFERENCES orders (id),
    attempt TEXT NOT NULL,
    -- void or refund
    kind TEXT NOT NULL,
    -- 1, 2, …: the tries of one kind
    n BIGINT NOT NULL,
    -- the idempotency key, also the reference of the action at the gateway
    idempotency_key TEXT NOT NULL UNIQUE,
    -- minor units of a refund, 0 of a void
    amount BIGINT NOT NULL,
    -- asked, accepted or refused
    state TEXT NOT NULL,
    asked_at BIGINT NOT NULL,
    PRIMARY KEY (order_id, attempt, kind, n)
);

-- An authorised payment is asked about until it is captured or released, at most until then.
ALTER TABLE attempts ADD COLUMN watch_until BIGINT NOT NULL DEFAULT 0;
-- 1 if an authorisation that won was voided or ran out without a capture
ALTER TABLE attempts ADD COLUMN released BIGINT NOT NULL DEFAULT 0;
CREATE INDEX attempts_watched ON attempts (next_ask_at) WHERE watch_until > 0;

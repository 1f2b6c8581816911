-- Captures, voids and refunds that the shop asks for. They are written before the gateway is
-- asked; `gateway_key` is the idempotency key there.
CREATE TABLE instructions (
    -- act_…, ours
    id TEXT PRIMARY KEY,
    order_id TEXT NOT NULL REFERENCES orders (id),
    attempt TEXT NOT NULL,
    -- capture, void or refund
    kind TEXT NOT NULL,
    -- minor units asked for, 0 for all that is left
    amount BIGINT NOT NULL,
    -- the shop's, or ''
    reference TEXT NOT NULL,
    -- 1 if the shop announced more captures
    more BIGINT NOT NULL,
    -- what makes another call the same one, and the hash of what it asked for
    identity TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    gateway_key TEXT NOT NULL UNIQUE,
    -- the gateway's id of the action, or ''
    gateway_action TEXT NOT NULL,
    -- what is sent to the gateway, '' as soon as it isn't needed again
    body TEXT NOT NULL,
    -- asked, unknown, accepted, done, failed or refused
    state TEXT NOT NULL,
    -- of a refusal: status and error codes, or ''
    why TEXT NOT NULL,
    -- minor units that it came to, 0 before it is done
    came_to BIGINT NOT NULL,
    asks BIGINT NOT NULL,
    next_ask_at BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX instructions_of_order ON instructions (order_id, created_at);
CREATE INDEX instructions_due ON instructions (next_ask_at)
    WHERE state IN ('asked', 'unknown', 'accepted');

-- What is known to be taken and given back of a payment that won, in minor units. They only grow.
ALTER TABLE attempts ADD COLUMN captured BIGINT NOT NULL DEFAULT 0;
ALTER TABLE attempts ADD COLUMN refunded BIGINT NOT NULL DEFAULT 0;
UPDATE attempts SET captured = amount
    WHERE phase = 'succeeded' AND gateway_state IN ('Captured', 'Paid');

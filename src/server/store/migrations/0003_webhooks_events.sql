-- Reports of the gateway, kept so that none is lost and none is followed twice. Rows older than
-- the gateway's last repeat are deleted.
CREATE TABLE webhooks (
    org TEXT NOT NULL,
    -- the gateway's event id
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    attempt TEXT NOT NULL,
    -- the gateway's payment id, or ''
    payment TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    -- how often it came again
    repeats BIGINT NOT NULL,
    -- how often the gateway was asked because of it, and when it may be asked again
    asks BIGINT NOT NULL,
    next_ask_at BIGINT NOT NULL,
    -- when the gateway's answer was in, 0 before
    done_at BIGINT NOT NULL,
    PRIMARY KEY (org, id)
);
CREATE INDEX webhooks_due ON webhooks (next_ask_at) WHERE done_at = 0;
CREATE INDEX webhooks_old ON webhooks (received_at);
CREATE INDEX attempts_of_payment ON attempts (org, gateway_payment_id);

-- Events for the shop: written in the transaction that makes them true, sent until they are
-- taken or given up.
CREATE TABLE events (
    id TEXT PRIMARY KEY,
    org TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    -- 1, 2, … within the order: they are sent in this order
    seq BIGINT NOT NULL,
    kind TEXT NOT NULL,
    -- the bytes that are signed and sent, the same each time
    body TEXT NOT NULL,
    -- pending, sent or dead
    state TEXT NOT NULL,
    tries BIGINT NOT NULL,
    next_try_at BIGINT NOT NULL,
    -- what went wrong the last time, or ''
    problem TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    UNIQUE (order_id, seq)
);
CREATE INDEX events_due ON events (next_try_at) WHERE state = 'pending';
CREATE INDEX events_of_org ON events (org, state, created_at);

-- Checkouts that may still be used, and when to look whether that is over.
CREATE TABLE open_checkouts (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    look_at BIGINT NOT NULL
);
CREATE INDEX open_checkouts_due ON open_checkouts (look_at);

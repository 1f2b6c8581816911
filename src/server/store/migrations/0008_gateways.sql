-- Which gateway an attempt was made at: its order may be opened anew with another.
ALTER TABLE attempts ADD COLUMN gateway TEXT NOT NULL DEFAULT 'checkout-com';
-- The gateway's own order that the charge was asked for, written before the call, or ''.
ALTER TABLE attempts ADD COLUMN gateway_order TEXT NOT NULL DEFAULT '';
-- The gateway's action token while the bank's question is open, else ''; and how many there were.
ALTER TABLE attempts ADD COLUMN action_token TEXT NOT NULL DEFAULT '';
ALTER TABLE attempts ADD COLUMN actions BIGINT NOT NULL DEFAULT 0;
-- How it ended by the word of an operator who has looked at the gateway: charged, not-charged or ''.
ALTER TABLE attempts ADD COLUMN operator_says TEXT NOT NULL DEFAULT '';
CREATE INDEX attempts_of_gateway_order ON attempts (org, gateway_order);

-- What a claim says for its gateway alone, a JSON object or ''.
ALTER TABLE orders ADD COLUMN gateway_terms TEXT NOT NULL DEFAULT '';

-- The client session of an order at FunnelFox: one an order, another when it has ended.
CREATE TABLE funnelfox_sessions (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    org TEXT NOT NULL,
    -- the order's id there, as last told
    gateway_order TEXT NOT NULL,
    client_token TEXT NOT NULL,
    -- Unix seconds, 0 if it isn't told
    ends_at BIGINT NOT NULL
);
CREATE INDEX funnelfox_sessions_of_order ON funnelfox_sessions (org, gateway_order);

-- Hashes of the gateway's resume tokens that were passed on: each is, once.
CREATE TABLE resumes (
    order_id TEXT NOT NULL REFERENCES orders (id),
    hash TEXT NOT NULL,
    attempt TEXT NOT NULL,
    PRIMARY KEY (order_id, hash)
);

-- Who an order is for and what it sells, where a client session or one_click said so.
CREATE TABLE order_customers (
    order_id TEXT PRIMARY KEY REFERENCES orders (id),
    org TEXT NOT NULL,
    -- the shop's name for the customer
    external_id TEXT NOT NULL,
    email TEXT NOT NULL,
    -- two letters, or ''
    country TEXT NOT NULL,
    -- the price point
    price TEXT NOT NULL,
    -- 1 if the card is kept when it pays
    save_card BIGINT NOT NULL
);

-- The card of a customer's last payment of a price point that keeps cards: the gateway's name
-- for it, which is of use with the account's secret key only.
CREATE TABLE saved_cards (
    org TEXT NOT NULL,
    external_id TEXT NOT NULL,
    source TEXT NOT NULL,
    -- the gateway's id of the payment in which the customer agreed
    payment TEXT NOT NULL,
    order_id TEXT NOT NULL REFERENCES orders (id),
    saved_at BIGINT NOT NULL,
    PRIMARY KEY (org, external_id)
);

-- Calls of one_click and the orders that they made: a repeat finds the order of the first.
CREATE TABLE one_clicks (
    org TEXT NOT NULL,
    -- what makes another call the same one, and the hash of what it asked for
    identity TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    order_id TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    -- counts the locks taken, so that taking one is a write
    locks BIGINT NOT NULL,
    PRIMARY KEY (org, identity)
);

-- 1 if the card is kept when the attempt pays
ALTER TABLE attempts ADD COLUMN keep_card BIGINT NOT NULL DEFAULT 0;
-- of a charge to a saved card the payment in which the customer agreed, else ''
ALTER TABLE attempts ADD COLUMN previous_payment TEXT NOT NULL DEFAULT '';
